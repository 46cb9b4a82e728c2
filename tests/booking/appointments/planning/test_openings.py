"""Managers change when counters are open; appointments are never left outside silently."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from booking.appointments.exceptions import AppointmentsInTheWay
from booking.appointments.free_time import gaps as free_time
from booking.appointments.models import CounterClosure, CounterOffering, Duration, FreeGap, OpeningPeriod
from booking.appointments.planning.openings import (
    OpeningsOverlap,
    close_counter,
    configuration_change,
    delete_opening,
    reopen,
    save_opening,
)
from municipalities.actions.closures import close_place, reopen_place
from municipalities.languages import Translated
from municipalities.models import Closure
from tests.factories.appointments import OpeningPeriodFactory, at
from tests.people import MEHDI, manager_of_facility
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

REASON = Translated(fr="Panne du dispositif")


def test_a_new_opening_is_free_time_at_once() -> None:
    world = shared_calendar(weekdays=(1,))
    day = day_ahead(2)
    manager = manager_of_facility(world.facilities[0])
    assert not FreeGap.objects.filter(day=day).exists()
    save_opening(
        opening=OpeningPeriod(
            counter=world.counters[0], weekday=2, starts=time(14), ends=time(17), valid_from=timezone.localdate()
        ),
        by=manager,
    )
    gap = FreeGap.objects.get(day=day)
    assert (gap.starts_at, gap.ends_at) == (at(day, 14), at(day, 17))


def test_overlapping_openings_are_refused_in_a_sentence() -> None:
    world = shared_calendar()
    manager = manager_of_facility(world.facilities[0])
    with pytest.raises(OpeningsOverlap, match="couvre déjà"):
        save_opening(
            opening=OpeningPeriodFactory.build(counter=world.counters[0], weekday=1, starts=time(11), ends=time(13)),
            by=manager,
        )
    assert OpeningPeriod.objects.count() == 5


def test_openings_that_follow_each_other_or_in_other_seasons_do_not_overlap() -> None:
    world = shared_calendar()
    OpeningPeriodFactory.create(counter=world.counters[0], weekday=1, starts=time(12), ends=time(13))
    OpeningPeriod.objects.filter(weekday=2).update(valid_until=timezone.localdate())
    OpeningPeriodFactory.create(
        counter=world.counters[0], weekday=2, valid_from=timezone.localdate() + timedelta(days=1)
    )


def test_shortening_over_an_appointment_is_refused_with_the_list_or_done_knowingly() -> None:
    world = shared_calendar()
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    inside = world.book(at(day, 11))
    opening = OpeningPeriod.objects.get(weekday=day.weekday())
    opening.ends = time(11)
    with pytest.raises(AppointmentsInTheWay) as refusal:
        save_opening(opening=opening, by=manager)
    assert list(refusal.value.appointments) == [inside]
    assert OpeningPeriod.objects.get(pk=opening.pk).ends == time(12)

    save_opening(opening=opening, by=manager, keep_appointments=True)
    assert free_time.outside(world.counters) == [inside]
    other = world.book(at(day, 9), MEHDI, browser="soleil")
    with pytest.raises(AppointmentsInTheWay) as refusal:
        delete_opening(opening=opening, by=manager)
    assert list(refusal.value.appointments) == [other]


def test_closing_a_counter_takes_its_time_out_and_reopening_gives_it_back() -> None:
    world = shared_calendar(counters=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    before = set(FreeGap.objects.filter(day=day).values_list("counter", "starts_at", "ends_at"))
    closure = close_counter(counter=world.counters[0], period=(at(day, 9), at(day, 10)), reason=REASON, by=manager)
    gaps = FreeGap.objects.filter(day=day, counter=world.counters[0]).order_by("starts_at")
    assert [(gap.starts_at, gap.ends_at) for gap in gaps] == [(at(day, 8), at(day, 9)), (at(day, 10), at(day, 12))]
    reopen(closure=closure, by=manager)
    assert set(FreeGap.objects.filter(day=day).values_list("counter", "starts_at", "ends_at")) == before
    assert not CounterClosure.objects.exists()


def test_closing_a_town_or_the_territory_closes_its_counters() -> None:
    world = shared_calendar(town_halls=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    period = (at(day, 0), at(day + timedelta(days=1), 0))
    town = close_place(municipality=world.municipality, period=period, reason=REASON, by=manager)
    assert set(FreeGap.objects.filter(day=day).values_list("facility", flat=True)) == {world.facilities[1].pk}
    close_place(period=period, reason=REASON, by=manager)
    assert not FreeGap.objects.filter(day=day).exists()
    reopen_place(closure=Closure.objects.get(pk=town.pk), by=manager)
    assert not FreeGap.objects.filter(day=day).exists()


def test_closing_over_an_appointment_is_refused_with_the_list() -> None:
    world = shared_calendar()
    day = day_ahead()
    inside = world.book(at(day, 9))
    manager = manager_of_facility(world.facilities[0])
    with pytest.raises(AppointmentsInTheWay) as refusal:
        close_counter(counter=world.counters[0], period=(at(day, 8), at(day, 10)), reason=REASON, by=manager)
    assert list(refusal.value.appointments) == [inside]
    assert not CounterClosure.objects.exists()


def test_a_facilitys_own_duration_wins() -> None:
    world = shared_calendar(town_halls=2)
    with configuration_change(by=None):
        Duration.objects.create(facility=world.facilities[0], type=world.type, people=1, minutes=30)
    minutes = dict(CounterOffering.objects.values_list("facility", "minutes"))
    assert minutes[world.facilities[0].pk][:2] == [30, 35]
    assert minutes[world.facilities[1].pk][:2] == [20, 35]
    hold = world.hold(at(day_ahead(), 9))
    assert hold.ends_at - hold.starts_at == timedelta(minutes=30)


def test_a_type_no_longer_offered_disappears() -> None:
    world = shared_calendar()
    with configuration_change(by=None):
        world.type.is_active = False
        world.type.save()
    assert not CounterOffering.objects.exists()


def test_putting_a_counter_out_of_service_over_an_appointment_is_refused() -> None:
    world = shared_calendar()
    world.book(at(day_ahead(), 9))
    with pytest.raises(AppointmentsInTheWay), configuration_change(by=None, counters=world.counters):
        world.counters[0].is_active = False
        world.counters[0].save()
    world.counters[0].refresh_from_db()
    assert world.counters[0].is_active
