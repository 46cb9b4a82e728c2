"""The minute at which two thousand families want twelve places in each of two hundred groups, over HTTP."""

import hashlib
import heapq
import json
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from booking.activities.models import Activity, Basin, Enrolment, Group, Opening, Pool, Season, Session, Window
from booking.activities.models.tariffs import PriceRow, Tariff, TariffGrid
from booking.activities.seasons.openings import announce
from booking.payments.models import CashOffice
from booking.residents.models import Guardian, Household, HouseholdSession, Member, Membership
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.models import Facility, Municipality, Operator
from tests.bench import database
from tests.bench.measure import Row, Size, percentile
from tests.bench.search import laid_out
from tests.bench.territory import Territory, m2a
from tests.simulators.service import Service
from tests.simulators.visitor import TROUBLE, Answer, Unexpected, Visitor

DATABASE = "bench_opening"
#: Places of a group, and its sessions: a term.
PLACES, SESSIONS = 12, 10
#: People who ask at once; each is as many families as there are.
HANDS = 16
CSRF = "bench" + "0" * 27
TICKET = re.compile(rb'data-ticket="([^"]+)"')
#: Seconds after which whoever still waits is counted as given up.
PATIENCE = 600


@dataclass(frozen=True)
class Crowd:
    families: int
    groups: int
    wishes: int
    #: Seconds within which the second half comes, and between two polls of one family.
    within: float
    every: float


def run(size: Size) -> Iterator[Row]:
    crowd = Crowd(
        families=size.pick(2000, 60), groups=size.pick(200, 4), wishes=size.pick(3000, 90), within=size.pick(60, 3),
        every=size.pick(10, 1),
    )  # fmt: skip
    for valkey_dies in (False, True):
        with laid_out(DATABASE, m2a) as town, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            minute = timezone.now() + timedelta(seconds=size.pick(75, 15))
            ground = Ground(crowd, minute)
            env = {"DATABASE_URL": database.address_of(DATABASE), "WEB_THREADS": "4"}
            with Service(Path(folder), env) as service:
                service.start("valkey", "web")
                yield from _Rush(crowd, ground, town, service, valkey_dies).go(size)


@dataclass
class Family:
    token: str
    member: str
    wishes: list[int]
    comes: float
    ticket: str = ""
    #: What it does next: take a ticket, look at the page, poll, choose.
    step: str = "ticket"


class Ground:
    """A pool, its groups that open at one minute, and families that are signed in."""

    def __init__(self, crowd: Crowd, minute: object) -> None:
        town = Municipality.objects.order_by("-population")[0]
        operator = Operator.objects.create(name="Bains fictifs", kind=OperatorKind.AGGLOMERATION)
        facility = Facility.objects.create(
            kind=FacilityKind.POOL, name="Piscine fictive", slug="piscine-fictive", municipality=town,
            operator=operator, latitude=town.latitude, longitude=town.longitude,
        )  # fmt: skip
        CashOffice.objects.create(operator=operator, name="Régie fictive")
        basin = Basin.objects.create(pool=Pool.objects.create(facility=facility, most_heads=900), name="Grand bassin")
        today = timezone.localdate()
        season = Season.objects.create(
            operator=operator, name="Saison", first_day=today, last_day=today + timedelta(days=400), is_public=True
        )
        activity = Activity.objects.create(season=season, code="ecole", kind="school", name={"fr": "École"})
        Window.objects.create(activity=activity, audience="everybody", opens_at=minute)
        grid = TariffGrid.objects.create(operator=operator, name="Grille", valid_from=today, decision="fictive")
        PriceRow.objects.create(tariff=Tariff.objects.create(grid=grid, code="ecole", label={"fr": "x"}), cents=9000)
        TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
        self.groups = [_group(activity, basin, number) for number in range(crowd.groups)]
        announce(season)
        self.opening = Opening.objects.get(season=season)
        self.families = _families(crowd, town, [one.pk for one in self.groups])


def _group(activity: Activity, basin: Basin, number: int) -> Group:
    season = activity.season
    group = Group.objects.create(
        activity=activity, code=f"g{number}", basin=basin, weekday=number % 7, starts="10:00", ends="10:45",
        first_day=season.first_day, last_day=season.last_day, capacity=PLACES, tariff_code="ecole",
    )  # fmt: skip
    # No two of them at one time: what is measured is the queue, not who has two wishes at once.
    first = timezone.now() + timedelta(days=7, minutes=48 * number)
    starts = [first + timedelta(weeks=week) for week in range(SESSIONS)]
    Session.objects.bulk_create(
        Session(group=group, starts_at=one, ends_at=one + timedelta(minutes=45)) for one in starts
    )
    return group


def _families(crowd: Crowd, town: Municipality, groups: list[int]) -> list[Family]:
    """Half of them before the minute, half within it; wishes by one over the root of a group's rank."""
    chance = random.Random(11)
    weights = [1 / (rank + 1) ** 0.5 for rank in range(len(groups))]
    homes = [Household(home_municipality=town) for _ in range(crowd.families)]
    members = [Member(given_name="Léa", family_name="Fictive", born_on=date(2018, 5, 4)) for _ in homes]
    adults = [
        Guardian(household=home, email=f"f{number}@famille.example", confirmed_at=timezone.now())
        for number, home in enumerate(homes)
    ]
    tokens = [f"jeton-{number}-{'x' * 32}" for number in range(len(homes))]
    until = timezone.now() + timedelta(hours=12)
    Household.objects.bulk_create(homes)
    Member.objects.bulk_create(members)
    Membership.objects.bulk_create(
        Membership(household=home, member=member) for home, member in zip(homes, members, strict=True)
    )
    Guardian.objects.bulk_create(adults)
    HouseholdSession.objects.bulk_create(
        HouseholdSession(
            guardian=adult, token_hash=hashlib.sha256(token.encode()).digest(), device="bench", ends_at=until
        )
        for adult, token in zip(adults, tokens, strict=True)
    )
    more = crowd.wishes - crowd.families
    found = []
    for number, (token, member) in enumerate(zip(tokens, members, strict=True)):
        wishes = chance.choices(groups, weights)
        while number < more and len(wishes) < 2:
            wishes = list({*wishes, *chance.choices(groups, weights)})
        comes = -1.0 if number % 2 else chance.uniform(0, crowd.within)
        found.append(Family(token, str(member.pk), wishes, comes))
    return found


@dataclass
class _Rush:
    crowd: Crowd
    ground: Ground
    town: Territory
    service: Service
    valkey_dies: bool
    times: dict[str, list[float]] = field(default_factory=lambda: {"ticket": [], "page": [], "poll": [], "choose": []})
    outcomes: Counter[str] = field(default_factory=Counter)
    searches: list[float] = field(default_factory=list)
    last: float = 0.0

    def go(self, size: Size) -> Iterator[Row]:
        early = [one for one in self.ground.families if one.comes < 0]
        self.lock, self.heap = threading.Lock(), []
        self.count = 0
        self.began = self.ground.opening.opens_at.timestamp()
        for family in early:
            self._later(family, -1e6)
        self._work(until_minute=True)
        quiet = self._search_for(size.pick(5, 1))
        late = [one for one in self.ground.families if one.comes >= 0]
        for family in late:
            self._later(family, family.comes)
        time.sleep(max(0.0, self.began - time.time()))
        if self.valkey_dies:
            self.service.kill("valkey")
        stop = threading.Event()
        searching = threading.Thread(target=self._search_until, args=(stop,))
        searching.start()
        self._work(until_minute=False)
        stop.set()
        searching.join()
        yield from self._rows(quiet)

    def _later(self, family: Family, due: float) -> None:
        with self.lock:
            self.count += 1
            heapq.heappush(self.heap, (due, self.count, family))

    def _work(self, *, until_minute: bool) -> None:
        self.busy = 0
        threads = [threading.Thread(target=self._hand, args=(until_minute,)) for _ in range(HANDS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _hand(self, until_minute: bool) -> None:
        person = Visitor(self.service.port, timeout=60)
        while True:
            with self.lock:
                now = time.time() - self.began
                if not self.heap and not self.busy:
                    return
                due = self.heap[0][0] if self.heap else now + 1
                family = heapq.heappop(self.heap)[2] if due <= now else None
                if until_minute and family is None and not self.busy:
                    return
                self.busy += family is not None
            if family is None:
                time.sleep(min(0.02, max(0.0, due - now)))
                continue
            try:
                self._do(person, family)
            finally:
                with self.lock:
                    self.busy -= 1
        person.close()

    def _do(self, person: Visitor, family: Family) -> None:
        person.cookies = {"gc_famille": family.token, "csrftoken": CSRF}
        step, began = family.step, time.perf_counter()
        try:
            again = getattr(self, f"_{step}")(person, family)
        except TROUBLE as error:
            self.outcomes[f"{step} {type(error).__name__}"] += 1
            again = self.crowd.every
        except Unexpected as answer:
            self.outcomes[f"{step} {answer.status}"] += 1
            again = self.crowd.every
        self.times[step].append((time.perf_counter() - began) * 1000)
        if again is None:
            return
        due = time.time() - self.began + again
        if due > PATIENCE:
            self.outcomes["given up"] += 1
            return
        # Before the minute a page is looked at once; its polls begin with it.
        if family.step == "poll" and step == "page" and due < 0:
            due = random.uniform(0, self.crowd.every)
        self._later(family, due)

    def _post(self, person: Visitor, address: str, **fields: str) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
        try:
            return person._ask("post", "POST", address, body, expect=302)
        except Unexpected as answer:
            if answer.status == 409:
                return Answer(409)
            raise

    def _ticket(self, person: Visitor, family: Family) -> float:
        self._post(person, f"/piscines/ouvertures/{self.ground.opening.pk}/ticket/")
        family.step = "page"
        return 0.0

    def _page(self, person: Visitor, family: Family) -> float:
        address = f"/piscines/ouvertures/{self.ground.opening.pk}/"
        found = TICKET.search(person._ask("page", "GET", address, expect=200).body)
        family.step, family.ticket = ("poll", found[1].decode()) if found else ("choose", "")
        return self.crowd.every if found else 0.0

    def _poll(self, person: Visitor, family: Family) -> float:
        address = f"/piscines/ouvertures/rang/?{urlencode({'ticket': family.ticket})}"
        said = json.loads(person._ask("poll", "GET", address, expect=200).body)
        family.ticket = said["ticket"] or family.ticket
        if not said["in"]:
            return self.crowd.every
        family.step = "choose"
        self.last = max(self.last, time.time() - self.began)
        return 0.0

    def _choose(self, person: Visitor, family: Family) -> float | None:
        group = family.wishes[0]
        answer = self._post(person, f"/piscines/groupes/{group}/choisir/", pour=family.member)
        if "/ouvertures/" in answer.location:
            self.outcomes["sent back to the queue"] += 1
            family.step = "page"
            return 1.0
        if answer.status == 302:
            self.outcomes["held"] += 1
        else:
            self.outcomes["told full"] += 1
            self.outcomes["told full while a number was free"] += _has_room(group)
        family.wishes.pop(0)
        return 0.0 if family.wishes else None

    def _search_for(self, seconds: float) -> list[float]:
        person, found = Visitor(self.service.port, timeout=60), []
        ends = time.time() + seconds
        while time.time() < ends:
            found.append(self._search(person))
            time.sleep(0.1)
        person.close()
        return found

    def _search_until(self, stop: threading.Event) -> None:
        person = Visitor(self.service.port, timeout=60)
        while not stop.wait(0.2):
            self.searches.append(self._search(person))
        person.close()

    def _search(self, person: Visitor) -> float:
        began = time.perf_counter()
        person.search(type=self.town.kind.code)
        return (time.perf_counter() - began) * 1000

    def _rows(self, quiet: list[float]) -> Iterator[Row]:
        what = "opening, Valkey killed at the minute" if self.valkey_dies else "opening"
        size = f"{self.crowd.families:,} families, {self.crowd.groups} groups × {PLACES}, {self.crowd.wishes:,} wishes"
        sold, oversold = _sold()
        wrongly = self.outcomes["told full while a number was free"]
        yield Row(
            f"{what}: {size}",
            f"{sold:,} held, {dict(self.outcomes)}",
            f"oversold {oversold}, wrongly full {wrongly}",
            goal="none oversold, none told full while a number was free",
            met=not oversold and not wrongly and not self.outcomes["given up"],
        )
        choose, polls = percentile(self.times["choose"], 95), percentile(self.times["poll"], 95)
        tickets = percentile(self.times["ticket"], 95)
        yield Row(
            f"{what}: requests of those let in", f"p95 {choose:.0f} ms", f"tickets p95 {tickets:.0f} ms",
            goal="≤ 1 s", met=choose <= 1000,
        )  # fmt: skip
        yield Row(
            f"{what}: polls every {self.crowd.every:.0f} s", f"p95 {polls:.0f} ms",
            f"{len(self.times['poll']):,} polls", goal="≤ 300 ms", met=polls <= 300,
        )  # fmt: skip
        yield Row(f"{what}: last one let in", f"{self.last:.0f} s", goal="≤ 180 s", met=self.last <= 180)
        before, meanwhile = percentile(quiet, 95), percentile(self.searches, 95)
        yield Row(
            f"{what}: appointment search meanwhile", f"p95 {meanwhile:.0f} ms", f"quiet {before:.0f} ms",
            f"{meanwhile / before:.1f}×", "≤ 2×", meanwhile <= 2 * before,
        )  # fmt: skip


def _has_room(group: int) -> bool:
    taken = Enrolment.objects.standing().filter(group=group).count()
    connection.close()
    return taken < PLACES


def _sold() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT group_id, count(*) FROM activities_enrolment WHERE NOT (state = 'ended') GROUP BY 1")
        counts = [number for _group_id, number in cursor.fetchall()]
    return sum(counts), sum(number > PLACES for number in counts)
