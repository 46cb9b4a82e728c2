"""A counter is closed with appointments on it: all re-homed or listed, each person told once, calendars follow."""

from datetime import time, timedelta

import pytest
from icalendar import Calendar

from booking.appointments.free_time import gaps
from booking.appointments.models import Appointment, CounterClosure, FreeGap
from booking.appointments.rehoming.actions import plan_rehoming, rehome
from booking.ical import invitation
from municipalities.languages import Translated
from notifications.models import Message, MessageState
from tests.factories.appointments import at
from tests.people import ODILE, manager_of_facility
from tests.worlds import World, booking_of, day_ahead, entry_of, shared_calendar

pytestmark = pytest.mark.django_db

REASON = Translated(fr="Panne du dispositif", en="Terminal failure")


def fill_first_counter(world: World, count: int, opens: int = 8) -> list[Appointment]:
    """`count` appointments of 20 minutes in a row at the first counter of the first town hall."""
    from booking.appointments.bookings.confirming import PersonDetails, confirm_booking
    from booking.appointments.planning.openings import close_counter, reopen

    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    others = [counter for counter in world.counters[1:] if counter.facility_id == world.facilities[0].pk]
    closures = [
        close_counter(counter=other, period=(at(day, 0), at(day, 23)), reason=REASON, by=manager) for other in others
    ]
    made = []
    for n in range(count):
        start = at(day, opens) + timedelta(minutes=20 * n)
        hold = world.hold(start, browser=f"n{n}", address=f"192.0.2.{n}")
        people = [PersonDetails(f"Personne {n}", "Fictive", number=f"R{n:09d}")]
        details = booking_of(ODILE, people=people, email=f"personne{n}@mail.example")
        made.append(confirm_booking(hold_id=hold.pk, browser=f"n{n}", details=details))
    for closure in closures:
        reopen(closure=closure, by=manager)
    return made


def test_twenty_appointments_are_all_rehomed_or_listed_and_each_person_is_told_once() -> None:
    world = shared_calendar(town_halls=2, counters=2, opens=time(8), closes=time(14, 40))
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    booked = fill_first_counter(world, 20)
    assert {appointment.counter_id for appointment in booked} == {world.counters[0].pk}
    Message.objects.all().update(state=MessageState.SENT)

    period = (at(day, 8), at(day, 15))
    outcome = rehome(counter=world.counters[0], period=period, reason=REASON, by=manager)
    assert len(outcome.moved) + len(outcome.unsolved) == 20
    assert not outcome.unsolved
    assert gaps.outside(world.counters) == []
    for proposal in outcome.moved:
        now = Appointment.objects.get(pk=proposal.appointment.pk)
        assert now.counter_id != world.counters[0].pk
        assert (now.facility_id, now.starts_at) == (world.facilities[0].pk, proposal.slot.starts_at)  # type: ignore[union-attr]
        told = Message.objects.filter(subject_id=now.pk, kind="appointment.moved_by_office", state=MessageState.QUEUED)
        assert [message.recipient for message in told] == [now.email]
        (event,) = Calendar.from_ical(invitation(entry_of(now))).walk("VEVENT")
        assert event.start == now.starts_at
        assert event["SEQUENCE"] == 1
    assert not FreeGap.objects.filter(counter=world.counters[0], day=day).exists()


def test_the_same_hour_in_the_same_house_comes_first_then_the_pool() -> None:
    world = shared_calendar(town_halls=2, counters=1)
    day = day_ahead()
    here, there = world.facilities
    there.latitude, there.longitude = here.latitude, here.longitude + 0.05
    there.save()
    manager = manager_of_facility(here)
    first, second = world.book(at(day, 9)), fill(world, at(day, 11))
    proposals = plan_rehoming(counter=world.counters[0], period=(at(day, 8), at(day, 10)), by=manager)
    assert [proposal.appointment for proposal in proposals] == [first]
    (proposal,) = proposals
    assert proposal.slot is not None
    assert (proposal.slot.facility, proposal.minutes_apart) == (here, 60)

    proposals = plan_rehoming(counter=world.counters[0], period=(at(day, 8), at(day, 12)), by=manager)
    assert [(p.slot and p.slot.facility, p.minutes_apart) for p in proposals] == [(there, 0), (there, 0)]
    assert proposals[1].appointment == second


def fill(world: World, start: object) -> Appointment:
    from tests.people import MEHDI

    return world.book(start, MEHDI, browser="soleil")  # type: ignore[arg-type]


def test_a_plan_changes_nothing() -> None:
    world = shared_calendar(counters=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    booked = world.book(at(day, 9))
    before = set(FreeGap.objects.values_list("counter", "starts_at", "ends_at"))
    counter = next(counter for counter in world.counters if counter.pk == booked.counter_id)
    plan_rehoming(counter=counter, period=(at(day, 8), at(day, 12)), by=manager)
    assert set(FreeGap.objects.values_list("counter", "starts_at", "ends_at")) == before
    assert not CounterClosure.objects.exists()
    assert Appointment.objects.count() == 1


def test_what_finds_no_place_stays_and_is_listed() -> None:
    world = shared_calendar()
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    booked = world.book(at(day, 9))
    outcome = rehome(counter=world.counters[0], period=(at(day, 8), at(day, 12)), reason=REASON, by=manager)
    assert (outcome.moved, outcome.unsolved) == ([], [booked])
    assert gaps.outside(world.counters) == [booked]
    assert not Message.objects.filter(kind="appointment.moved_by_office").exists()


def test_only_the_chosen_ones_are_moved() -> None:
    world = shared_calendar(counters=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    one, two = fill_first_counter(world, 2)
    outcome = rehome(
        counter=world.counters[0], period=(at(day, 8), at(day, 12)), reason=REASON, by=manager, only={one.pk}
    )
    assert [proposal.appointment for proposal in outcome.moved] == [one]
    assert outcome.unsolved == [two]


def test_nobody_is_sent_too_far() -> None:
    world = shared_calendar(town_halls=2)
    here, there = world.facilities
    there.latitude = here.latitude + 0.5
    there.save()
    day = day_ahead()
    world.book(at(day, 9))
    manager = manager_of_facility(here)
    (proposal,) = plan_rehoming(counter=world.counters[0], period=(at(day, 8), at(day, 12)), by=manager)
    assert proposal.slot is None
