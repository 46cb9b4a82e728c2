"""An opening as it would go with so many invented families: in a copy of the tables, which is dropped afterwards.

The copy is a schema of the same database: the same disk, the same settings, the same indexes, constraints and triggers.
What is offered is copied into it, of people nothing. Those who rehearse see the copy first and write nowhere else.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection, connections
from django.utils import timezone

from booking.activities.enrolling.eligibility import ON_CERTIFICATE, Person, obstacles
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.refusals import GroupFull, NotEnrolled, NotYourTurn
from booking.activities.models import Enrolment, Level, Opening, Window
from booking.activities.opening import admission
from booking.activities.opening.tickets import take
from booking.activities.seasons.offered import Offered, offered
from booking.activities.seasons.openings import announce
from booking.residents.models import Household, Member, Membership
from municipalities.database.transactions import Busy
from municipalities.models import Municipality

SCHEMA = "guichet_repetition"
#: What is offered, and by whom; of people nothing.
COPIED = (
    "municipalities_edition",
    "municipalities_operator",
    "municipalities_municipality",
    "municipalities_facility",
    "payments_cashoffice",
    *(
        f"activities_{table}"
        for table in (
            "pool",
            "basin",
            "lane",
            "season",
            "activity",
            "window",
            "group",
            "group_lanes",
            "session",
            "tariffgrid",
            "tariff",
            "pricerow",
            "adjustment",
        )
    ),
)
HANDS = 8
#: Of ten families five wait before the minute; the others come within so many seconds.
EARLY, LATE_WITHIN = 0.5, 60.0
#: Seconds between two looks of one family, and until whoever is still waiting is given up.
EVERY, PATIENCE = 10.0, 600.0
#: Groups that a family looks at, the first choice first.
WISHES = 2

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname
"""
_TRIGGERS = """
SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY t.tgname, c.relname
"""


class NothingToRehearse(Exception):
    """No group that an invented child could choose opens at that minute."""


@dataclass
class Report:
    """Milliseconds, seconds and numbers of one rehearsal."""

    families: int
    tickets: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    holds: list[float] = field(default_factory=list)
    sold: int = 0
    told_full: int = 0
    wrongly_full: int = 0
    oversold: int = 0
    given_up: int = 0
    last_admitted: float = 0.0

    @staticmethod
    def p95(times: Sequence[float]) -> float:
        ordered = sorted(times)
        return ordered[round(0.95 * (len(ordered) - 1))] if ordered else 0.0

    @property
    def held_each_second(self) -> float:
        """How many places all hands together would hold, if they did nothing else."""
        return HANDS * 1000 * len(self.holds) / sum(self.holds) if self.holds else 0.0


@contextmanager
def copy_of_the_tables() -> Iterator[None]:
    """Every table again in a schema of its own, which this connection looks into first while the block lasts."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_KEYS)
        keys = cursor.fetchall()
        cursor.execute(_TRIGGERS)
        triggers = [text for (text,) in cursor.fetchall()]
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        try:
            for table in tables:
                cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" (LIKE public."{table}" INCLUDING ALL)')
            for table in COPIED:
                cursor.execute(f'INSERT INTO {SCHEMA}."{table}" OVERRIDING SYSTEM VALUE SELECT * FROM public."{table}"')
            _look_into_the_copy()
            for table, name, definition in keys:
                # What is copied refers to agents, who are not.
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID')
            for text in triggers:
                cursor.execute(text)
            yield
        finally:
            cursor.execute("SET search_path TO DEFAULT")
            cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def _look_into_the_copy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {SCHEMA}, public")


@dataclass
class Home:
    household: Household
    choices: Sequence[tuple[Member, int]]
    comes_after: float
    opening: Opening | None = None
    rank: int | None = None


def rehearse(original: Opening, families: int, *, within: float = LATE_WITHIN, every: float = EVERY) -> Report:
    """What the machine bears of this opening. Raises NothingToRehearse."""
    report = Report(families)
    admission.forget()
    with copy_of_the_tables():
        # As if it opened in a moment: all that opened at its minute does.
        minute = timezone.now() + timedelta(seconds=2 + families / 100)
        Window.objects.filter(activity__season=original.season_id, opens_at=original.opens_at).update(opens_at=minute)
        announce(original.season)
        opening = Opening.objects.get(season=original.season_id, opens_at=minute)
        homes = _families(opening, families, minute, within)
        early = [home for home in homes if home.comes_after <= 0]
        _by_all_hands(partial(_take_each, iter(early), threading.Lock(), opening, report))
        time.sleep(max(0.0, (minute - timezone.now()).total_seconds()))
        began = time.monotonic()
        _by_all_hands(_Queue(homes, opening, report, began, every).serve)
        report.sold = Enrolment.objects.standing().count()
        report.oversold = _oversold()
    admission.forget()
    return report


def _families(opening: Opening, number: int, minute: datetime, within: float) -> list[Home]:
    """Invented households of one child, each with a group or two that it may choose; the first groups are wanted most,
    as one over the root of their rank.
    """
    groups = [group for group in offered().values() if _opens(group, opening) and _for_a_beginner(group)]
    if not groups:
        raise NothingToRehearse
    chance = random.Random(number)
    wanted = chance.choices(groups, [1 / (rank + 1) ** 0.5 for rank in range(len(groups))], k=number)
    town = Municipality.objects.order_by("pk").first()
    homes, members, joins = [], [], []
    for place, group in enumerate(wanted):
        household = Household(home_municipality=town)
        born = _born(group, minute)
        member = Member(given_name="Fictif", family_name="Fictif", born_on=born)
        person = Person(born_on=born, lives_here=True)
        fits = [one for one in chance.sample(groups, min(len(groups), 12)) if not obstacles(person, one, now=minute)]
        choices = [group, *(one for one in fits if one.pk != group.pk)][:WISHES]
        late = 0.0 if place < number * EARLY else chance.uniform(0.0, within)
        homes.append(Home(household, [(member, one.pk) for one in choices], late))
        members.append(member)
        joins.append(Membership(household=household, member=member))
    Household.objects.bulk_create([home.household for home in homes])
    Member.objects.bulk_create(members)
    Membership.objects.bulk_create(joins)
    return homes


def _opens(group: Offered, opening: Opening) -> bool:
    return group.season_id == opening.season_id and any(at == opening.opens_at for _audience, at in group.windows)


def _for_a_beginner(group: Offered) -> bool:
    return group.kind not in ON_CERTIFICATE and group.is_for_level(Level.DISCOVERY) and bool(group.meets)


def _born(group: Offered, minute: datetime) -> date:
    """Old enough by half a year, on the day that the group counts from."""
    months = group.months_from + (6 if group.months_below is None or group.months_below > group.months_from + 6 else 0)
    day = group.counted_on
    whole = day.year * 12 + day.month - 1 - months
    return min(date(whole // 12, whole % 12 + 1, 1), timezone.localdate(minute))


class _Queue:
    """Families in the order in which they ask next; each hand takes the next one whose time has come."""

    def __init__(self, homes: Sequence[Home], opening: Opening, report: Report, began: float, every: float) -> None:
        self.opening, self.report, self.began, self.every = opening, report, began, every
        chance = random.Random(1)
        #: (seconds after the minute, who): those who wait already come back within the first turn.
        self.next = sorted(
            ((home.comes_after or chance.uniform(0.0, every), place, home) for place, home in enumerate(homes)),
            reverse=True,
        )
        self.lock = threading.Lock()

    def serve(self) -> None:
        while True:
            with self.lock:
                if not self.next:
                    return
                due, place, home = self.next[-1]
                waits = due - (time.monotonic() - self.began)
                if waits <= 0:
                    self.next.pop()
            if waits > 0:
                time.sleep(min(waits, 0.05))
                continue
            if not self._ask(home):
                later = time.monotonic() - self.began + self.every
                with self.lock:
                    if later > PATIENCE:
                        self.report.given_up += 1
                        continue
                    self.next.append((later, place, home))
                    self.next.sort(reverse=True)

    def _ask(self, home: Home) -> bool:
        """Whether this family is done: it has a place, or every group it wants is full."""
        if home.opening is None:
            _take(home, self.opening, self.report)
        began = time.perf_counter()
        reading = admission.look(self.opening.pk)
        if home.rank is None:
            home.rank = take(opening=self.opening, household=home.household).ticket.rank
        self.report.polls.append((time.perf_counter() - began) * 1000)
        if not reading.is_in(home.rank):
            return False
        self.report.last_admitted = max(self.report.last_admitted, time.monotonic() - self.began)
        return self._hold(home)

    def _hold(self, home: Home) -> bool:
        for member, group in home.choices:
            began = time.perf_counter()
            try:
                hold(household=home.household, choices=[Choice(member, group)])
            except GroupFull:
                self.report.told_full += 1
                self.report.wrongly_full += _has_room(group)
            except (NotYourTurn, Busy):
                return False
            except NotEnrolled:
                continue
            else:
                return True
            finally:
                self.report.holds.append((time.perf_counter() - began) * 1000)
        return True


def _take(home: Home, opening: Opening, report: Report) -> None:
    began = time.perf_counter()
    home.rank = take(opening=opening, household=home.household).ticket.rank
    home.opening = opening
    report.tickets.append((time.perf_counter() - began) * 1000)


def _take_each(homes: Iterator[Home], lock: threading.Lock, opening: Opening, report: Report) -> None:
    while True:
        with lock:
            home = next(homes, None)
        if home is None:
            return
        _take(home, opening, report)


def _by_all_hands(work: Callable[[], None]) -> None:
    """In threads that all look into the copy. Raises what one of them raised."""
    failed: list[Exception] = []

    def hand() -> None:
        try:
            _look_into_the_copy()
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand) for _hand in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _has_room(group: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.capacity > (SELECT count(*) FROM activities_enrolment e"
            " WHERE e.group_id = g.id AND NOT (e.state = 'ended')) FROM activities_group g WHERE g.id = %s",
            [group],
        )
        return bool(cursor.fetchone()[0])


def _oversold() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT e.group_id FROM activities_enrolment e JOIN activities_group g"
            " ON g.id = e.group_id WHERE NOT (e.state = 'ended')"
            " GROUP BY e.group_id, g.capacity HAVING count(*) > g.capacity) AS over"
        )
        return int(cursor.fetchone()[0])
