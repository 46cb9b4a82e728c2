"""The search against its rules read one by one: whatever is stored, found is what they allow and nothing else."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.appointments.enums import ReleaseMode
from booking.appointments.free_time.slots import Release, at
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import CounterOffering, FreeGap, ReleasePolicy
from booking.appointments.search import availability
from booking.appointments.search.answers import Answer, DayStatus, FacilityStatus, Search, Slot
from booking.appointments.search.availability import find, first_slot, free_time_of_day
from municipalities.directory import facilities
from municipalities.distance import distance_km
from municipalities.models import Facility
from tests.booking.appointments.starts import starts_in
from tests.factories.appointments import ReleasePolicyFactory
from tests.factories.municipalities import MunicipalityFactory
from tests.worlds import World, shared_calendar

pytestmark = pytest.mark.django_db
HERE = timezone.get_default_timezone()


@pytest.fixture
def world() -> World:
    """Four town halls whose stored free time and offers know every rule there is, mixed at random."""
    chance = Random(68)
    world = shared_calendar(town_halls=4, counters=2, closes=time(10))
    rolling = ReleasePolicyFactory.create(facility=world.facilities[0], notice_minutes=30, horizon_days=20)
    batch = ReleasePolicyFactory.create(
        facility=world.facilities[1], mode=ReleaseMode.BATCH, batch_weekday=3, batch_time=time(17, 30), batch_weeks=2
    )
    for facility, longitude in zip(world.facilities, (7.31, 7.38, 7.34, 7.5), strict=True):
        Facility.objects.filter(pk=facility.pk).update(latitude=47.75, longitude=longitude)
    today = timezone.localdate()
    FreeGap.objects.filter(day__gt=today + timedelta(days=60)).delete()
    gaps = [gap for gap in FreeGap.objects.order_by("counter", "starts_at") if chance.random() < 0.7]
    FreeGap.objects.exclude(pk__in=[gap.pk for gap in gaps]).delete()
    for gap in gaps:
        gap.starts_at += chance.choice([0, 0, 5, 20, 35, 60]) * timedelta(minutes=1)
        gap.ends_at = gap.starts_at + chance.choice([15, 20, 40, 60, 90]) * timedelta(minutes=1)
        gap.audience = chance.choice([0, 0, 0, 1, 2])
        gap.public_from = gap.starts_at - timedelta(days=3) if gap.audience and chance.random() < 0.5 else None
        gap.portion = chance.choice([0, 0, 250, 500, 750])
        gap.type_ids = chance.choice([[], [], [], [world.type.pk], [world.type.pk + 1]])
    FreeGap.objects.bulk_update(gaps, ["starts_at", "ends_at", "audience", "public_from", "portion", "type_ids"])
    for offer in CounterOffering.objects.order_by("counter"):
        offer.policy = {world.facilities[0].pk: rolling, world.facilities[1].pk: batch}.get(offer.facility_id)
        offer.shared_from = chance.choice([None, today - timedelta(days=1), today + timedelta(days=9)])
        offer.shared_until = chance.choice([None, today + timedelta(days=40)])
        offer.reserve_until, offer.reserve_days = chance.choice([(0, 0), (500, 6)])
        offer.held_from_7, offer.held_from_1 = chance.choice([(1000, 1000), (500, 750)])
        offer.minutes = chance.choice([[20, 35, 50, 65, 80, 95], [20, 35, None, None, None, None]])
        offer.save()
    return world


@dataclass(frozen=True)
class Start:
    starts_at: datetime
    ends_at: datetime
    facility_id: int
    day: date


def allowed(search: Search, now: datetime) -> Iterator[Start]:
    """Every start that the rules allow, once per counter."""
    viewer, today = search.viewer, now.astimezone(HERE).date()
    offers = {
        offer.counter_id: offer for offer in CounterOffering.objects.filter(type=search.type).select_related("policy")
    }
    for gap in FreeGap.objects.order_by("starts_at"):
        offer = offers[gap.counter_id]
        length = offer.minutes[search.people - 1]
        own = viewer.staff and gap.facility_id in viewer.facility_ids
        local = own or (viewer.home is not None and offer.municipality_id == viewer.home.pk)
        if length is None or (search.facilities is not None and gap.facility_id not in search.facilities):
            continue
        if gap.type_ids and search.type.pk not in gap.type_ids:
            continue
        if search.weekdays and gap.day.weekday() not in search.weekdays:
            continue
        shared = offer.shared_from is not None and offer.shared_from <= gap.day
        if not local and not (shared and (offer.shared_until is None or gap.day <= offer.shared_until)):
            continue
        public = gap.audience == 0 or (gap.public_from is not None and gap.public_from <= now)
        if not public and not (viewer.staff and (gap.audience == 1 or own)):
            continue
        ahead = (gap.day - today).days
        if not local and gap.portion < offer.reserve_until and ahead > offer.reserve_days:
            continue
        if not own and gap.portion >= offer.held_from_7 and ahead > (7 if gap.portion < offer.held_from_1 else 1):
            continue
        earliest, latest = _release(offer.policy).window(now, HERE)
        earliest = now if viewer.staff else earliest
        if search.earliest:
            earliest = max(earliest, at(gap.day, search.earliest, HERE))
        step = offer.minutes[0] or length
        for start in starts_in(gap.starts_at, gap.ends_at, minutes=length, step=step, earliest=earliest):
            if (own or start < latest) and (search.latest is None or start.astimezone(HERE).time() <= search.latest):
                yield Start(start, start + timedelta(minutes=length), gap.facility_id, gap.day)


def _release(policy: ReleasePolicy | None) -> Release:
    if policy is None:
        return Release()
    if policy.mode != ReleaseMode.BATCH:
        return Release(policy.notice_minutes, policy.horizon_days)
    hour, weeks = policy.batch_time, policy.batch_weeks
    return Release(policy.notice_minutes, policy.horizon_days, policy.batch_weekday, hour, weeks)


def wishes(world: World, chance: Random) -> Search:
    today = timezone.localdate()

    def maybe(value: Any) -> Any:
        return value if chance.random() < 0.3 else None

    mine = frozenset(place.pk for place in chance.sample(world.facilities, 2))
    return Search(
        world.type,
        people=chance.choice([1, 1, 2, 3]),
        viewer=Viewer(
            home=chance.choice([None, *(place.municipality for place in world.facilities)]),
            staff=chance.random() < 0.3,
            facility_ids=mine,
        ),
        facilities=maybe(tuple(mine)),
        weekdays=maybe(frozenset(chance.sample(range(5), 3))) or frozenset(),
        earliest=maybe(time(8, chance.choice([0, 10, 30]))),
        latest=maybe(time(9, chance.choice([0, 20]))),
        from_day=maybe(today + timedelta(days=chance.randint(-2, 20))),
        until_day=maybe(today + timedelta(days=chance.randint(0, 30))),
        day=maybe(today + timedelta(days=chance.randint(0, 25))),
        month=maybe((today + timedelta(days=chance.randint(0, 40))).replace(day=1)),
        limit=chance.choice([1, 5, 12, 40]),
    )


def told(slots: list[Slot]) -> list[tuple[datetime, datetime, int, int]]:
    return [(slot.starts_at, slot.ends_at, slot.facility.pk, slot.free) for slot in slots]


def expected(starts: list[Start], order: dict[int, Any]) -> list[tuple[datetime, datetime, int, int]]:
    """Starts of several counters of a place told once, soonest first, nearest first among equals."""
    found: dict[tuple[datetime, int], list[datetime]] = defaultdict(list)
    for start in starts:
        found[start.starts_at, start.facility_id].append(start.ends_at)
    keys = sorted(found, key=lambda key: (key[0], order[key[1]]))
    return [(key[0], min(found[key]), key[1], len(found[key])) for key in keys]


def hold_against_rules(search: Search, now: datetime) -> Answer:
    answer = find(search, now=now)
    starts = list(allowed(search, now))
    home = search.viewer.home
    order: dict[int, Any] = {place.pk: place.pk for place in Facility.objects.all()}
    if home is not None:
        for place in Facility.objects.all():
            km = distance_km(home.latitude, home.longitude, place.latitude, place.longitude)
            order[place.pk] = (0.0 if place.municipality_id == home.pk else km, place.pk)
    today = now.astimezone(HERE).date()
    windows = [
        _release(offer.policy).window(now, HERE)[1]
        for offer in CounterOffering.objects.select_related("policy")
        if offer.minutes[search.people - 1] and (search.facilities is None or offer.facility_id in search.facilities)
    ]
    far = (max(windows) - timedelta(minutes=1)).astimezone(HERE).date() if windows else today
    first, last = max(today, search.from_day or today), min(far, search.until_day or far)
    asked = [start for start in starts if first <= start.day <= last]
    listed = {found.facility.pk for found in answer.facilities}
    # Of a large territory the listed places come first among equals: they are the nearest, where there is a home.
    order = {pk: (pk not in listed, rank if pk in listed or home is None else pk) for pk, rank in order.items()}
    assert told(answer.first) == expected(asked, order)[: search.limit]
    assert (answer.soonest and told([answer.soonest])) == (told(answer.first[:1]) or None)
    for found in answer.facilities:
        own = expected([start for start in asked if start.facility_id == found.facility.pk], order)
        assert (found.first and told([found.first])) == (own[:1] or None), found.facility
    days = sorted({start.day for start in starts if start.day <= far})
    free = {entry.day for entry in answer.month if entry.status == DayStatus.FREE}
    assert free == {entry.day for entry in answer.month if entry.day in days}
    turned_to = [d for d in days if search.month is None or d.replace(day=1) == search.month]
    assert answer.day == (search.day or min((d for d in turned_to if first <= d <= last), default=None))
    if answer.day is not None:
        assert answer.next_day == min((d for d in days if d > answer.day), default=None)
        assert answer.previous_day == max((d for d in days if d < answer.day), default=None)
        there = expected([s for s in starts if s.day == answer.day and s.facility_id in listed], order)
        assert sorted(entry for found in answer.day_facilities for entry in told(found.slots)) == sorted(there)
        gaps = free_time_of_day(search, answer.day, now=now)
        assert {gap.starts_at for gap in gaps} <= {start[0] for start in there}
        assert {start[2] for start in there} == {gap.facility.pk for gap in gaps}
    soonest = first_slot(search.type, search.people, search.viewer, search.facilities, now)
    anything = allowed(Search(search.type, search.people, search.viewer, search.facilities), now)
    assert (soonest and soonest.starts_at) == min((s.starts_at for s in anything if s.day <= far), default=None)
    return answer


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_is_what_the_rules_allow(world: World, seed: int) -> None:
    chance = Random(seed)
    answers = []
    for _n in range(12):
        now = timezone.now() + timedelta(hours=chance.randint(0, 24 * 9))
        answers.append(hold_against_rules(wishes(world, chance), now))
    assert any(len(answer.first) > 1 for answer in answers) and any(answer.day_facilities for answer in answers)


@pytest.mark.parametrize("seed", range(3))
def test_a_large_territory_tells_the_same_of_all_its_places(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "MOST_FACILITIES", 1)
    monkeypatch.setattr(availability, "NEAREST", 1)
    chance = Random(seed)
    answers = []
    for _n in range(12):
        now = timezone.now() + timedelta(hours=chance.randint(0, 24 * 9))
        answers.append(hold_against_rules(wishes(world, chance), now))
    assert any(len({slot.facility.pk for slot in answer.first}) > 1 for answer in answers)


def hold_against_homes(search: Search, now: datetime) -> set[str]:
    """What was said of places and days that have nothing; full only where it is full for everybody."""
    answer = find(search, now=now)
    at_home = [
        start
        for place in Facility.objects.select_related("municipality")
        for start in allowed(replace(search, viewer=Viewer(home=place.municipality)), now)
    ]
    first = max(now.astimezone(HERE).date(), search.from_day or date.min)
    last = search.until_day or date.max
    for found in answer.facilities:
        somewhere = {start for start in at_home if start.facility_id == found.facility.pk}
        in_time = {start for start in somewhere if first <= start.day <= last}
        assert not (found.status == FacilityStatus.FULL and in_time), found.facility
        assert found.status != FacilityStatus.RESERVED or in_time or search.viewer.staff, found.facility
    for entry in answer.month:
        that_day = {start for start in at_home if start.day == entry.day}
        assert not (entry.status == DayStatus.FULL and that_day), entry.day
        assert entry.status != DayStatus.RESERVED or that_day or search.viewer.staff, entry.day
    return {*(str(found.status) for found in answer.facilities), *(str(entry.status) for entry in answer.month)}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_full_while_some_home_makes_it_free(world: World, seed: int) -> None:
    chance = Random(seed)
    CounterOffering.objects.filter(facility=world.facilities[2]).update(shared_from=None)
    said: set[str] = set()
    for _n in range(12):
        now = timezone.now() + timedelta(hours=chance.randint(0, 24 * 9))
        said |= hold_against_homes(wishes(world, chance), now)
    assert {"reserved", "full"} <= said


def test_behind_a_pooler_where_nothing_is_prepared_the_answer_is_the_same(world: World) -> None:
    search, now = Search(world.type, viewer=Viewer(home=MunicipalityFactory.create())), timezone.now()
    answer = find(search, now=now)
    before = connection.connection.prepare_threshold
    connection.connection.prepare_threshold = None
    try:
        assert find(search, now=now) == answer
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            prepared = cursor.fetchone()
            find(Search(world.type, weekdays=frozenset({1}), day=timezone.localdate()), now=now)
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == prepared
    finally:
        connection.connection.prepare_threshold = before


def test_one_plan_serves_whatever_is_asked(world: World) -> None:
    chance = Random(1)
    for _n in range(30):
        find(wishes(world, chance))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT statement), sum(custom_plans) FROM pg_prepared_statements"
            " WHERE statement LIKE '%%generate_series%%' OR statement LIKE '%%appointments_releasepolicy%%'"
        )
        several, different, planned_anew = cursor.fetchone()
    assert several == different and planned_anew == 0


def test_rare_free_time_takes_few_statements_more() -> None:
    world = shared_calendar(weekdays=(2,), closes=time(8, 20))
    search = Search(world.type, limit=12)
    facilities()  # cached from now on
    with CaptureQueriesContext(connection) as queries:
        answer = find(search)
    assert len(answer.first) == 12
    assert len(queries) <= 7
