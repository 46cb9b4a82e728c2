"""One function answers: first starts, days, times, and why there is nothing."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.appointments.enums import Audience, ReleaseMode
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import OpeningPeriod, PoolShare, ReleasePolicy
from booking.appointments.planning.openings import configuration_change, save_opening
from booking.appointments.search import availability
from booking.appointments.search.answers import DayStatus, FacilityStatus, Search
from booking.appointments.search.availability import find, first_slot
from municipalities.actions.closures import close_place
from municipalities.directory import facilities
from municipalities.languages import Translated
from tests.factories.appointments import (
    AppointmentTypeFactory,
    CounterFactory,
    OpeningPeriodFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
    at,
)
from tests.factories.municipalities import MunicipalityFactory
from tests.people import manager_of_facility
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


def starts(world: World, day: date, viewer: Viewer | None = None, **more: object) -> list[datetime]:
    answer = find(Search(world.type, viewer=viewer or Viewer(), day=day, **more))  # type: ignore[arg-type]
    return sorted(slot.starts_at for found in answer.day_facilities for slot in found.slots)


def set_policy(**fields: object) -> ReleasePolicy:
    with configuration_change(by=None):
        ReleasePolicy.objects.update_or_create(facility=None, type=None, defaults=fields)
    return ReleasePolicy.objects.get(facility=None, type=None)


@time_machine.travel("2026-11-25T08:00Z")
def test_the_first_starts_of_the_territory_and_of_each_town_hall() -> None:
    # Seen from a Wednesday: on a Tuesday some times of the day are over and others are not.
    day = date(2026, 12, 1)
    world = shared_calendar(town_halls=2, weekdays=(1,))
    here, there = world.facilities
    world.hold(at(day, 8), facility=here, browser="a")
    answer = find(Search(world.type))
    assert answer.soonest is not None
    assert (answer.soonest.facility, answer.soonest.starts_at) == (there, at(day, 8))
    assert [(slot.facility, slot.starts_at) for slot in answer.first[:3]] == [
        (there, at(day, 8)),
        (here, at(day, 8, 20)),
        (there, at(day, 8, 20)),
    ]
    assert {found.facility: found.first and found.first.starts_at for found in answer.facilities} == {
        here: at(day, 8, 20),
        there: at(day, 8),
    }
    assert answer.day == day
    assert answer.next_day == day + timedelta(days=7)
    assert answer.previous_day is None
    assert first_slot(world.type) == answer.soonest


def test_two_counters_free_at_once_are_one_start() -> None:
    world = shared_calendar(counters=2)
    slot = find(Search(world.type, day=day_ahead())).day_facilities[0].slots[0]
    assert slot.free == 2


def test_nearest_first_for_a_home_municipality() -> None:
    world = shared_calendar(town_halls=3)
    for facility, longitude in zip(world.facilities, (7.45, 7.31, 7.38), strict=True):
        facility.latitude, facility.longitude = 47.75, longitude
        facility.save()
    home = MunicipalityFactory.create(latitude=47.75, longitude=7.30)
    answer = find(Search(world.type, viewer=Viewer.resident(home), sort="nearest"))
    assert [found.facility for found in answer.facilities] == [world.facilities[n] for n in (1, 2, 0)]
    assert answer.facilities[0].distance_km == pytest.approx(0.75, abs=0.1)
    assert answer.nearest is not None and answer.nearest.facility == world.facilities[1]


def test_full_closed_and_not_yet_released_are_told_apart() -> None:
    world = shared_calendar(weekdays=(1,), opens=time(8), closes=time(8, 40))
    tuesday = day_ahead(1)
    for minute in (0, 20):
        world.hold(at(tuesday, 8, minute), browser=f"n{minute}")
    answer = find(Search(world.type, month=tuesday, day=tuesday))
    known = {entry.day: entry.status for entry in answer.month}
    assert known[tuesday] == DayStatus.FULL
    assert known[tuesday + timedelta(days=1)] == DayStatus.CLOSED
    assert answer.day_facilities == []
    assert answer.next_day == tuesday + timedelta(days=7)
    far = (tuesday + timedelta(days=120)).replace(day=1)
    later = {entry.day: entry.status for entry in find(Search(world.type, month=far)).month}
    assert {later[day] for day in later if day.weekday() == 1 and day.month == far.month} == {DayStatus.NOT_RELEASED}
    assert later[far.replace(day=15)] in (DayStatus.CLOSED, DayStatus.NOT_RELEASED)


def test_a_town_hall_without_a_start_says_why() -> None:
    world = shared_calendar(town_halls=3, weekdays=(1,), closes=time(8, 20))
    full, closed, opening_later = world.facilities
    manager = manager_of_facility(closed)
    tuesday = day_ahead(1)
    span = {"from_day": tuesday, "until_day": tuesday}
    world.hold(at(tuesday, 8), facility=full)
    close_place(facility=closed, period=(at(tuesday, 0), at(tuesday, 23)), reason=Translated(fr="x"), by=manager)
    with configuration_change(by=None):
        ReleasePolicyFactory.create(facility=opening_later, horizon_days=2)
    found = {entry.facility: entry.status for entry in find(Search(world.type, **span)).facilities}  # type: ignore[arg-type]
    assert found == {
        full: FacilityStatus.FULL,
        closed: FacilityStatus.CLOSED,
        opening_later: FacilityStatus.NOT_RELEASED,
    }


def test_weekday_and_hour_filters_hold_for_first_starts_days_and_times_alike() -> None:
    world = shared_calendar(opens=time(8), closes=time(17))
    answer = find(Search(world.type, weekdays=frozenset({2}), earliest=time(13, 30), latest=time(15)))
    assert answer.soonest is not None
    assert answer.soonest.starts_at.astimezone(timezone.get_default_timezone()).time() == time(13, 40)
    assert answer.day is not None and answer.day.weekday() == 2
    times = [
        slot.starts_at.astimezone(timezone.get_default_timezone()).time() for slot in answer.day_facilities[0].slots
    ]
    assert (times[0], times[-1]) == (time(13, 40), time(15))
    assert {entry.day.weekday() for entry in answer.month if entry.status == DayStatus.FREE} == {2}


@time_machine.travel(datetime(2027, 3, 3, 9, tzinfo=UTC), tick=False)  # neither today nor `far` is a holiday
def test_minimum_notice_and_horizon_are_for_the_public_only() -> None:
    world = shared_calendar(weekdays=tuple(range(7)), opens=time(0), closes=time(23, 55), notice_minutes=180)
    now = timezone.now()
    soonest = first_slot(world.type)
    assert soonest is not None and soonest.starts_at >= now + timedelta(minutes=180)
    staff = Viewer.of_staff(manager_of_facility(world.facilities[0]))
    at_counter = first_slot(world.type, viewer=staff)
    assert at_counter is not None and at_counter.starts_at < now + timedelta(minutes=30)
    far = timezone.localdate() + timedelta(days=200)
    assert starts(world, far) == []
    assert starts(world, far, staff)


def test_staff_time_is_unseen_by_residents_until_it_falls_back() -> None:
    world = shared_calendar()
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    elsewhere = Viewer(staff=True)
    here = Viewer.of_staff(manager)
    opening = OpeningPeriod.objects.get(weekday=day.weekday())
    opening.fallback_days, opening.fallback_time = 1, time(12)
    opening.audience = Audience.ANY_STAFF
    save_opening(opening=opening, by=manager)
    assert starts(world, day) == []
    assert starts(world, day, elsewhere) and starts(world, day, here)
    opening.audience = Audience.FACILITY_STAFF
    save_opening(opening=opening, by=manager)
    assert starts(world, day, elsewhere) == []
    assert starts(world, day, here)
    with time_machine.travel(at(day - timedelta(days=1), 11, 59), tick=False):
        assert starts(world, day) == []
    with time_machine.travel(at(day - timedelta(days=1), 12), tick=False):
        assert len(starts(world, day)) == 12


def test_a_held_back_share_is_released_seven_days_and_one_day_before() -> None:
    world = shared_calendar()
    day = day_ahead(weeks=3)
    set_policy(held_until_7_days_percent=25, held_until_1_day_percent=25, notice_minutes=0)
    seen = len(starts(world, day))
    assert seen == 6
    with time_machine.travel(at(day - timedelta(days=8), 12), tick=False):
        assert len(starts(world, day)) == 6
    with time_machine.travel(at(day - timedelta(days=7), 12), tick=False):
        assert len(starts(world, day)) == 9
    with time_machine.travel(at(day - timedelta(days=1), 12), tick=False):
        assert len(starts(world, day)) == 12


def test_a_local_reserve_is_for_the_towns_own_residents_until_some_days_before() -> None:
    world = shared_calendar()
    day = day_ahead(weeks=2)
    with configuration_change(by=None):
        PoolShare.objects.update(reserve_percent=50, reserve_days=3)
    own, other = Viewer.resident(world.municipality), Viewer.resident(MunicipalityFactory.create())
    assert (len(starts(world, day, own)), len(starts(world, day, other))) == (12, 6)
    with time_machine.travel(at(day - timedelta(days=3), 6), tick=False):
        assert len(starts(world, day, other)) == 12


def test_time_that_is_not_shared_is_for_the_towns_own_residents() -> None:
    world = shared_calendar()
    with configuration_change(by=None):
        PoolShare.objects.all().delete()
    assert first_slot(world.type) is None
    assert first_slot(world.type, viewer=Viewer.resident(world.municipality)) is not None
    assert first_slot(world.type, viewer=Viewer(staff=True)) is None


def test_a_share_begins_and_ends_on_its_days() -> None:
    world = shared_calendar()
    day = day_ahead()
    with configuration_change(by=None):
        PoolShare.objects.update(shared_from=day, shared_until=day)
    assert starts(world, day)
    assert starts(world, day - timedelta(days=1)) == starts(world, day + timedelta(days=1)) == []


def test_time_set_aside_for_one_type_is_not_offered_to_another() -> None:
    world = shared_calendar()
    other = AppointmentTypeFactory.create(kind="collection")
    counter = world.counters[0]
    with configuration_change(by=None):
        counter.types.add(other)
        world.pool.types.add(other)
    day = day_ahead()
    opening = OpeningPeriod.objects.get(counter=counter, weekday=day.weekday())
    save_opening(opening=opening, types=[other], by=manager_of_facility(world.facilities[0]))
    assert starts(world, day) == []
    assert find(Search(other, day=day)).day_facilities


def test_a_batch_opens_a_week_at_its_hour() -> None:
    world = shared_calendar()
    set_policy(mode=ReleaseMode.BATCH, batch_weekday=3, batch_time=time(17, 30), batch_weeks=1, notice_minutes=0)
    thursday = day_ahead(3, weeks=1)
    next_week = thursday + timedelta(days=5)
    with time_machine.travel(at(thursday, 17, 29), tick=False):
        answer = find(Search(world.type, day=next_week))
        assert answer.day_facilities == []
        assert answer.released_next_at == at(thursday, 17, 30)
        assert {entry.day: entry.status for entry in answer.month}[next_week] == DayStatus.NOT_RELEASED
    with time_machine.travel(at(thursday, 17, 30), tick=False):
        assert find(Search(world.type, day=next_week)).day_facilities


def test_groups_see_only_what_is_long_enough_for_them() -> None:
    world = shared_calendar(opens=time(8), closes=time(9))
    day = day_ahead()
    assert len(starts(world, day)) == 3
    assert len(starts(world, day, people=2)) == 2
    assert starts(world, day, people=5) == []


def test_public_holidays_are_closed_and_good_friday_where_it_is_one() -> None:
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=timezone.get_default_timezone()), tick=False):
        world = shared_calendar(town_halls=2)
        protestant, catholic = (facility.municipality for facility in world.facilities)
        with configuration_change(by=None, counters=world.counters):
            protestant.insee_code, catholic.insee_code = "68278", "68271"
            catholic.good_friday_is_holiday = False
            protestant.save()
            catholic.save()
        good_friday, easter_monday = date(2027, 3, 26), date(2027, 3, 29)
        open_on = {
            found.facility.municipality: True for found in find(Search(world.type, day=good_friday)).day_facilities
        }
        assert open_on == {catholic: True}
        assert starts(world, easter_monday) == []


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_both_clock_change_days_show_each_wall_clock_time_once(day: date) -> None:
    paris = timezone.get_default_timezone()
    with time_machine.travel(at(day - timedelta(days=10), 8), tick=False):
        world = shared_calendar(weekdays=(6,), opens=time(0, 30), closes=time(10))
        labels = [f"{start.astimezone(paris):%H:%M}" for start in starts(world, day)]
        assert len(labels) == len(set(labels))
        assert [label for label in labels if label.startswith("08")]
        assert not [label for label in labels if day.month == 3 and label.startswith("02")]
        wanted = starts(world, day)[-1]
        hold = world.hold(wanted)
        assert (hold.ends_at - hold.starts_at) == timedelta(minutes=20)
        assert wanted not in starts(world, day)


@pytest.mark.usefixtures("before_anything_opens")
def test_the_number_of_queries_does_not_grow_with_the_town_halls() -> None:
    counts = []
    for town_halls in (1, 3):
        world = shared_calendar(town_halls=town_halls, counters=2)
        search = Search(world.type, viewer=Viewer.resident(world.municipality), day=day_ahead())
        facilities()  # cached from now on
        with CaptureQueriesContext(connection) as queries:
            find(search)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


@pytest.mark.usefixtures("before_anything_opens")
def test_a_large_territory_lists_the_nearest_and_still_finds_the_soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar(town_halls=4)
    monkeypatch.setattr(availability, "MOST_FACILITIES", 3)
    monkeypatch.setattr(availability, "NEAREST", 2)
    for n, facility in enumerate(world.facilities):
        facility.latitude, facility.longitude = 47.75, 7.30 + n / 10
        facility.save()
    home = MunicipalityFactory.create(latitude=47.75, longitude=7.30)
    far = world.facilities[3]
    early = CounterFactory.create(facility=far, types=[world.type])
    with configuration_change(by=None):
        PoolShareFactory.create(pool=world.pool, counter=early)
        for weekday in range(5):
            OpeningPeriodFactory.create(counter=early, weekday=weekday, starts=time(7), ends=time(7, 40))
    answer = find(Search(world.type, viewer=Viewer.resident(home)))
    assert {found.facility for found in answer.facilities} == set(world.facilities[:2])
    assert answer.soonest is not None and answer.soonest.facility == far
    assert first_slot(world.type) == answer.soonest


def test_nothing_offered_is_an_empty_answer_not_an_error() -> None:
    answer = find(Search(AppointmentTypeFactory.create()))
    assert (answer.soonest, answer.first, answer.facilities, answer.day) == (None, [], [], None)
    assert answer.month
