"""The page of all activities: nine pools, two hundred groups, everything that fits and what a family narrows it to."""

import hashlib
import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from time import monotonic
from uuid import UUID

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Activity, Basin, Group, Lane, Pool, Season
from booking.activities.seasons import copying
from booking.residents.access import COOKIE
from booking.residents.models import Guardian, Household, HouseholdSession, Member, Membership
from config.demo import offer, places
from municipalities.cookies import cookie_name
from municipalities.enums import FacilityKind, OperatorKind, Role
from municipalities.models import Facility, Municipality, Operator, StaffMember, StaffRole
from tests.bench import database
from tests.bench.measure import Row, Size, percentile, sql_time, timed, warm_up

DATABASE = "bench_offer"
#: What is asked in turn: everything, a child's age from home, a week.
ASKED = ("", "?commune=rixheim&age=8", "?vue=semaine", "?jours=mer&jours=sam&nature=school", "?q=aqua")


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE):
        groups = nine_pools()
        yield from _page(size, groups)
        yield from _copied(size)


def nine_pools() -> int:
    """The demonstration's offer in nine pools of six lanes. How many groups."""
    places.load_municipalities()
    operator = Operator.objects.create(name="Agglomération", kind=OperatorKind.AGGLOMERATION)
    for number, town in enumerate(Municipality.objects.order_by("-population")[:9]):
        facility = Facility.objects.create(
            kind=FacilityKind.POOL,
            name=f"Piscine {number + 1}",
            slug=f"piscine-{number + 1}",
            municipality=town,
            operator=operator,
            latitude=town.latitude,
            longitude=town.longitude,
            phone="+33389123456",
            email="piscine@agglo.example",
        )
        basin = Basin.objects.create(pool=Pool.objects.create(facility=facility, most_heads=200), name="Grand bassin")
        Lane.objects.bulk_create([Lane(basin=basin, name=f"Ligne {lane}", position=lane) for lane in range(1, 7)])
    offer.build_prices(timezone.localdate())
    offer.build_season(timezone.localdate(), 1)
    return Group.objects.count()


def _page(size: Size, groups: int) -> Iterator[Row]:
    yield _asked(size, Client(), ASKED, f"offer page, {groups} groups")
    client, child = signed_in_family()
    yield _asked(size, client, (f"?pour={child}",), f"offer page, {groups} groups, price for me")


def signed_in_family() -> tuple[Client, UUID]:
    """A family that is signed in, with a child of eight and an adult; what its browser sends, and the child."""
    household = Household.objects.create(home_municipality=Municipality.objects.filter(is_member=True)[0])
    today = timezone.localdate()
    members = [
        Member.objects.create(given_name=name, family_name="Fictive", born_on=date(today.year - age, 1, 15))
        for name, age in (("Léa", 8), ("Camille", 41))
    ]
    Membership.objects.bulk_create(Membership(household=household, member=member) for member in members)
    guardian = Guardian.objects.create(household=household, email="banc@famille.example", confirmed_at=timezone.now())
    HouseholdSession.objects.create(
        guardian=guardian,
        token_hash=hashlib.sha256(b"banc").digest(),
        ends_at=timezone.now() + timedelta(hours=12),
    )
    client = Client()
    client.cookies[cookie_name(COOKIE)] = "banc"
    return client, members[0].pk


def _asked(size: Size, client: Client, queries: Sequence[str], work: str) -> Row:
    address = reverse("catalogue:offer")
    asked = itertools.cycle(queries)
    statements = 0

    def get() -> None:
        nonlocal statements
        with sql_time() as clock:
            answer = client.get(address + next(asked))
        assert answer.status_code == 200, answer.status_code
        statements = max(statements, clock.statements)

    warm_up(get)
    statements = 0
    times = [timed(get) for _ in range(size.pick(200, 5))]
    p95 = percentile(times, 95)
    return Row(
        work,
        f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms",
        f"{statements} statements",
        goal="p95 ≤ 60 ms",
        met=p95 <= 60,
    )


def season_of(groups: int) -> Season:
    """So many groups in two lanes each, of thirty-four weeks in which thirty-two times nothing is in the way."""
    operator = Operator.objects.get()
    first = date(timezone.localdate().year + 1, 9, 1)
    season = Season.objects.create(
        operator=operator, name="À copier", first_day=first, last_day=first + timedelta(weeks=34) - timedelta(days=1)
    )
    activity = Activity.objects.create(season=season, code="ecole", kind="school", name={"fr": "École"})
    by_basin: dict[int, list[Lane]] = defaultdict(list)
    for lane in Lane.objects.order_by("basin", "position"):
        by_basin[lane.basin_id].append(lane)
    places = [pair for lanes in by_basin.values() for pair in zip(lanes[::2], lanes[1::2], strict=True)]
    hours = itertools.product((1, 2, 3, 5), (9, 11, 14, 16))
    wanted = itertools.islice(((pair, when) for when in hours for pair in places), groups)
    made, through = [], []
    for number, (pair, (weekday, hour)) in enumerate(wanted):
        group = Group(
            activity=activity,
            code=f"g{number}",
            basin_id=pair[0].basin_id,
            weekday=weekday,
            starts=time(hour),
            ends=time(hour, 45),
            first_day=season.first_day,
            last_day=season.last_day,
            in_school_holidays=True,
            capacity=10,
            tariff_code="ecole",
        )
        made.append(group)
        through.append(pair)
    Group.objects.bulk_create(made)
    link = Group.lanes.through
    link.objects.bulk_create(
        [link(group_id=group.pk, lane_id=lane.pk) for group, pair in zip(made, through, strict=True) for lane in pair]
    )
    return season


def next_year(season: Season, name: str, weeks: int = 52) -> Season:
    later = timedelta(weeks=weeks)
    return Season(
        operator=season.operator, name=name, first_day=season.first_day + later, last_day=season.last_day + later
    )


def _copied(size: Size) -> Iterator[Row]:
    """What the page does: shown first, then made."""
    season = season_of(size.pick(200, 20))
    manager = StaffMember.objects.create_superuser("banc@agglo.example")
    StaffRole.objects.create(staff=manager, role=Role.TERRITORY_MANAGER)
    shown: list[float] = []
    made: list[float] = []
    sessions = uses = 0
    for number in range(1, size.pick(3, 1) + 1):
        new = next_year(season, f"Copie {number}", 52 * number)
        before = monotonic()
        found = copying.preview(season=season, new=new)
        shown.append(monotonic() - before)
        assert found.is_possible
        sessions, uses = found.sessions, 2 * found.sessions
        before = monotonic()
        copying.copy_season(season=season, new=new, by=manager)
        made.append(monotonic() - before)
    slowest_shown, slowest_made = max(shown), max(made)
    yield Row(
        f"season copied: {len(found.copies)} groups, {sessions:,} sessions, {uses:,} lanes",
        f"preview {slowest_shown:.1f} s, copy {slowest_made:.1f} s",
        goal="preview ≤ 2 s, both ≤ 20 s",
        met=slowest_shown <= 2 and slowest_shown + slowest_made <= 20,
    )
