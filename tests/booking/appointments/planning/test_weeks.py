"""A manager sets whole weeks: from a day on, for several counters, copied, cut; all or nothing, nobody left outside."""

from datetime import date, time, timedelta
from functools import partial

import pytest
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.exceptions import AppointmentsInTheWay
from booking.appointments.free_time import gaps
from booking.appointments.models import Appointment, Counter, FreeGap, OpeningPeriod
from booking.appointments.planning.openings import OpeningsOverlap, save_opening
from booking.appointments.planning.weeks import (
    CalendarChanged,
    Hours,
    NoSuchCut,
    PastWeek,
    copy_day,
    copy_week,
    end_opening,
    mark_of,
    set_week,
    split_opening,
    week_of,
)
from municipalities.models import StaffMember
from municipalities.wording import say_day
from tests.concurrency.crowd import crowd
from tests.factories import AppointmentTypeFactory, CounterFactory
from tests.factories.appointments import OpeningPeriodFactory, at, next_weekday
from tests.people import manager_of_facility
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

MONDAY = next_weekday(0, weeks=2)


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def manager(world: World) -> StaffMember:
    return manager_of_facility(world.facilities[0])


def hours(*weekdays: int, starts: time = time(13), ends: time = time(17)) -> list[Hours]:
    return [Hours(weekday, starts, ends) for weekday in weekdays]


def open_on(counter: Counter, day: date) -> list[tuple[time, time]]:
    rows = week_of(counter, day - timedelta(days=day.weekday()))
    return [(row.starts, row.ends) for row in rows if row.weekday == day.weekday()]


def exact(world: World) -> bool:
    """The stored free time is what the openings say."""
    counters = list(gaps.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    days = gaps.days_between(timezone.localdate(), timezone.localdate() + timedelta(days=60))
    stored: dict[int, list[gaps.Stretch]] = {counter.pk: [] for counter in counters}
    for gap in FreeGap.objects.filter(day__lte=days[-1]).order_by("starts_at"):
        stored[gap.counter_id].append(gaps.as_stretch(gap))
    return stored == gaps.computed(counters, days)


def test_from_a_day_on_a_new_week_and_before_it_the_old_one(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    change = set_week(counters=[counter], hours=hours(0, 1), from_day=MONDAY, by=manager)
    assert change.counters == [counter]
    assert change.left_out == []
    assert open_on(counter, MONDAY - timedelta(days=7)) == [(time(8), time(12))]
    assert open_on(counter, MONDAY) == [(time(13), time(17))]
    assert open_on(counter, MONDAY + timedelta(days=2)) == []
    assert open_on(world.counters[1], MONDAY) == [(time(8), time(12))]
    assert exact(world)


def test_a_week_for_a_season_gives_the_old_one_back(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    last = MONDAY + timedelta(days=13)
    set_week(counters=[counter], hours=hours(0), from_day=MONDAY, until_day=last, by=manager)
    assert [open_on(counter, MONDAY + timedelta(days=7 * n)) for n in (-1, 0, 1, 2)] == [
        [(time(8), time(12))],
        [(time(13), time(17))],
        [(time(13), time(17))],
        [(time(8), time(12))],
    ]
    assert open_on(counter, MONDAY + timedelta(days=15)) == [(time(8), time(12))]
    assert exact(world)
    # And again over a part of it: what began later is moved on or goes.
    set_week(counters=[counter], hours=[], from_day=MONDAY, until_day=MONDAY + timedelta(days=6), by=manager)
    assert [open_on(counter, MONDAY + timedelta(days=7 * n)) for n in (-1, 0, 1, 2)] == [
        [(time(8), time(12))],
        [],
        [(time(13), time(17))],
        [(time(8), time(12))],
    ]
    assert exact(world)


def test_what_stays_the_same_is_left_alone(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    before = set(counter.openings.values_list("pk", "valid_until"))
    same = [Hours.of(row) for row in week_of(counter, MONDAY)]
    set_week(counters=[counter], hours=same, from_day=MONDAY, by=manager)
    assert set(counter.openings.values_list("pk", "valid_until")) == before


def test_several_counters_change_together_or_not_at_all(world: World, manager: StaffMember) -> None:
    inside = world.book(at(day_ahead(), 11))
    with pytest.raises(AppointmentsInTheWay) as refusal:
        set_week(counters=world.counters, hours=hours(0, 1, 2, 3, 4), from_day=timezone.localdate(), by=manager)
    assert list(refusal.value.appointments) == [inside]
    assert {(row.starts, row.valid_until) for row in OpeningPeriod.objects.all()} == {(time(8), None)}
    assert exact(world)
    set_week(
        counters=world.counters,
        hours=hours(0, 1, 2, 3, 4),
        from_day=timezone.localdate(),
        by=manager,
        keep_appointments=True,
    )
    assert gaps.outside(world.counters) == [inside]
    assert exact(world)


def test_every_appointment_left_outside_is_listed_at_once(world: World, manager: StaffMember) -> None:
    booked = {world.book(at(day_ahead(), hour), browser=f"b{hour}", address=f"192.0.2.{hour}") for hour in (8,)}
    from tests.people import GRETEL, MEHDI

    booked.add(world.book(at(day_ahead(), 8), MEHDI, browser="m", address="192.0.2.50"))
    booked.add(world.book(at(day_ahead(3), 10), GRETEL, browser="g", address="192.0.2.51"))
    with pytest.raises(AppointmentsInTheWay) as refusal:
        set_week(counters=world.counters, hours=[], from_day=timezone.localdate(), by=manager)
    assert set(refusal.value.appointments) == booked


def test_a_week_is_copied_to_another_counter_as_far_as_it_serves_the_same(world: World, manager: StaffMember) -> None:
    source, target = world.counters
    other = AppointmentTypeFactory.create()
    source.types.add(other)
    OpeningPeriodFactory.create(counter=source, weekday=5, types=[other])
    OpeningPeriodFactory.create(
        counter=source,
        weekday=0,
        starts=time(12),
        ends=time(13),
        audience=Audience.ANY_STAFF,
        fallback_days=1,
        fallback_time=time(12),
        types=[world.type, other],
    )
    gaps.rebuild_ahead(world.counters)
    change = copy_week(source=source, week=MONDAY, targets=[target], from_day=MONDAY, by=manager)
    assert [(counter, hours.weekday) for counter, hours in change.left_out] == [(target, 5)]
    assert open_on(target, MONDAY + timedelta(days=5)) == []
    copied = target.openings.get(starts=time(12))
    assert (copied.audience, copied.fallback_days, copied.fallback_time) == (Audience.ANY_STAFF, 1, time(12))
    assert [kind.pk for kind in copied.types.all()] == [world.type.pk]
    assert copied.valid_from == MONDAY
    assert exact(world)


def test_a_day_is_copied_to_other_days(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    OpeningPeriodFactory.create(counter=counter, weekday=1, starts=time(14), ends=time(16))
    gaps.rebuild_ahead(world.counters)
    copy_day(counter=counter, week=MONDAY, weekday=1, to=[1, 2, 5], from_day=MONDAY, by=manager)
    both = [(time(8), time(12)), (time(14), time(16))]
    found = [open_on(counter, MONDAY + timedelta(days=n)) for n in range(7)]
    assert found == [[both[0]], both, both, [both[0]], [both[0]], both, []]
    assert exact(world)


def test_an_opening_is_cut_in_two_from_a_day_on(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    opening = counter.openings.get(weekday=0)
    split_opening(opening=opening, pause=time(10), resumes=time(10, 30), from_day=MONDAY, by=manager)
    assert open_on(counter, MONDAY - timedelta(days=7)) == [(time(8), time(12))]
    assert open_on(counter, MONDAY) == [(time(8), time(10)), (time(10, 30), time(12))]
    assert exact(world)
    late = counter.openings.get(starts=time(10, 30))
    # A period that has not begun yet is replaced altogether.
    split_opening(opening=late, pause=time(11), resumes=time(11), from_day=timezone.localdate(), by=manager)
    assert open_on(counter, MONDAY)[1:] == [(time(10, 30), time(11)), (time(11), time(12))]
    assert open_on(counter, MONDAY - timedelta(days=7)) == [(time(8), time(12))]


def test_an_opening_ends_on_a_day(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    end_opening(opening=counter.openings.get(weekday=0), last_day=MONDAY, by=manager)
    assert counter.openings.get(weekday=0).valid_until == MONDAY
    assert exact(world)
    coming = OpeningPeriodFactory.create(counter=counter, weekday=6, valid_from=MONDAY)
    end_opening(opening=coming, last_day=timezone.localdate(), by=manager)
    assert not counter.openings.filter(weekday=6).exists()


@pytest.mark.parametrize(("pause", "resumes"), [(8, 9), (12, 12), (11, 10), (9, 12), (7, 13)])
def test_a_cut_outside_of_the_period_is_refused(pause: int, resumes: int, world: World, manager: StaffMember) -> None:
    with pytest.raises(NoSuchCut):
        split_opening(
            opening=world.counters[0].openings.get(weekday=0),
            pause=time(pause),
            resumes=time(resumes),
            from_day=MONDAY,
            by=manager,
        )


def test_the_past_stays_as_it_was(world: World, manager: StaffMember) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    opening = world.counters[0].openings.get(weekday=0)
    with pytest.raises(PastWeek):
        set_week(counters=world.counters, hours=[], from_day=yesterday, by=manager)
    with pytest.raises(PastWeek):
        set_week(counters=world.counters, hours=[], from_day=MONDAY, until_day=yesterday, by=manager)
    with pytest.raises(PastWeek):
        split_opening(opening=opening, pause=time(9), resumes=time(9), from_day=yesterday, by=manager)


def test_a_week_somebody_else_has_changed_is_shown_again_and_not_overwritten(
    world: World, manager: StaffMember
) -> None:
    counter = world.counters[0]
    seen = mark_of(counter)
    opening = counter.openings.get(weekday=0)
    end_opening(opening=opening, last_day=timezone.localdate(), by=manager)
    with pytest.raises(CalendarChanged):
        set_week(counters=[counter], hours=[], from_day=MONDAY, seen=seen, by=manager)
    with pytest.raises(CalendarChanged):
        split_opening(opening=opening, pause=time(9), resumes=time(9), from_day=MONDAY, by=manager)
    other = counter.openings.get(weekday=1)
    counter.openings.filter(weekday=1).update(ends=time(11))
    with pytest.raises(CalendarChanged):
        end_opening(opening=other, last_day=MONDAY, by=manager)
    set_week(counters=[counter], hours=[], from_day=MONDAY, seen=mark_of(counter), by=manager)
    assert open_on(counter, MONDAY + timedelta(days=1)) == []


def test_overlaps_are_named(world: World, manager: StaffMember) -> None:
    counter = world.counters[0]
    overlapping = [*hours(1), *hours(1, starts=time(16), ends=time(18))]
    with pytest.raises(OpeningsOverlap) as refusal:
        set_week(counters=[counter], hours=overlapping, from_day=MONDAY, by=manager)
    said = str(refusal.value).replace("\xa0", " ")
    assert "mardi 13 h – 17 h et mardi 16 h – 18 h" in said

    since = counter.openings.get(weekday=1).valid_from
    with pytest.raises(OpeningsOverlap) as refusal:
        save_opening(
            opening=OpeningPeriodFactory.build(counter=counter, weekday=1, starts=time(11), ends=time(13)), by=manager
        )
    said = str(refusal.value).replace("\xa0", " ")
    assert "mardi 8 h – 12 h" in said and say_day(since).replace("\xa0", " ") in said
    counter.openings.filter(weekday=1).update(valid_until=MONDAY)
    with pytest.raises(OpeningsOverlap, match="au "):
        save_opening(
            opening=OpeningPeriodFactory.build(
                counter=counter, weekday=1, starts=time(11), ends=time(13), valid_until=MONDAY
            ),
            by=manager,
        )


def test_a_counter_that_never_had_a_week_gets_one(world: World, manager: StaffMember) -> None:
    fresh = CounterFactory.create(facility=world.facilities[0], types=[world.type])
    copy_week(source=world.counters[0], week=MONDAY, targets=[fresh], from_day=timezone.localdate(), by=manager)
    assert open_on(fresh, MONDAY) == [(time(8), time(12))]
    assert FreeGap.objects.filter(counter=fresh, day=MONDAY).exists()


class TestRaces:
    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

    @staticmethod
    def rush() -> tuple[World, object]:
        """Ten people book the day's last hour while its manager shortens that day for both counters."""
        world = shared_calendar(counters=2)
        manager = manager_of_facility(world.facilities[0])
        day = day_ahead()

        def shorten() -> object:
            return set_week(
                counters=world.counters, hours=hours(0, 1, 2, 3, 4, starts=time(8), ends=time(11)),
                from_day=timezone.localdate(), by=manager,
            )  # fmt: skip

        bookings = [
            partial(
                world.book,
                at(day, 11, 20 * (n % 3)),
                _somebody(n),
                browser=f"n{n}",
                address=f"192.0.2.{n}",
            )
            for n in range(10)
        ]
        outcomes = crowd([*bookings[:5], shorten, *bookings[5:]])
        return world, outcomes[5]

    def test_a_booking_meanwhile_is_inside_or_stops_the_change(self) -> None:
        world, outcome = self.rush()
        left = gaps.outside(world.counters)
        assert left == []
        if isinstance(outcome, AppointmentsInTheWay):
            assert {row.ends for row in OpeningPeriod.objects.all()} == {time(12)}
        assert exact(world)

    def test_without_looking_again_the_race_is_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The twin: the check left out, somebody ends up in front of a closed counter."""
        for _try in range(5):
            world, _outcome = self.careless(monkeypatch)
            if gaps.outside(world.counters):
                return
        pytest.fail("the guard is not what keeps people inside")

    def careless(self, monkeypatch: pytest.MonkeyPatch) -> tuple[World, object]:
        from contextlib import nullcontext

        from booking.appointments.planning import weeks

        monkeypatch.setattr(weeks, "nobody_left_outside", lambda *_: nullcontext())
        return self.rush()

    def test_two_managers_at_once_make_one_week_after_the_other(self) -> None:
        world = shared_calendar()
        manager = manager_of_facility(world.facilities[0])
        seen = mark_of(world.counters[0])
        outcomes = crowd(
            [
                partial(
                    set_week,
                    counters=world.counters,
                    hours=hours(0, starts=time(13 + n)),
                    from_day=MONDAY,
                    seen=seen,
                    by=manager,
                )
                for n in range(4)
            ]
        )
        done = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
        assert len(done) == 1
        assert all(isinstance(one, CalendarChanged) for one in outcomes if one not in done)
        assert exact(world)
        assert Appointment.objects.count() == 0


def _somebody(n: int) -> object:
    from dataclasses import replace

    from tests.people import ODILE

    return replace(ODILE, number=f"R{n:09d}", email=f"personne{n}@mail.example")
