"""A time first, the pre-application number later: where the town allows it, reminded, released two days before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.appointments.bookings.changes import move_appointment, release_numberless
from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.bookings.late_numbers import number_due
from booking.appointments.enums import State
from booking.appointments.exceptions import NumberFirst, NumberNeeded
from booking.appointments.models import Appointment, EarlierOffer
from booking.appointments.waiting_list.entries import WaitingPreferences, join_waiting_list
from booking.appointments.waiting_list.offers import offer_freed_starts
from municipalities.holidays import public_holidays
from municipalities.zone import ZONE
from notifications.models import Message
from notifications.tasks import deliver_due
from tests.booking.appointments.bookings.test_correcting import as_known, correct
from tests.factories.appointments import at
from tests.people import ODILE, Resident, agent_of
from tests.worlds import World, booking_of, day_ahead, reached, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()
NUMBERLESS = Resident("Odile", "Fictive", 1968, "", email="odile@mail.example")
START = at(DAY, 9)


def world_where_it_may_follow(**more: Any) -> World:
    world = shared_calendar(**more)
    for facility in world.facilities:
        facility.municipality.takes_number_later = True
        facility.municipality.save()
    return world


def book(world: World, start: datetime = START, *people: Resident) -> Appointment:
    people = people or (NUMBERLESS,)
    hold = world.hold(start, people=len(people))
    return confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(*people, number_later=True))


def add_number(appointment: Appointment) -> Appointment:
    return correct(appointment, as_known(appointment, number="A123456789"))


def test_where_the_town_allows_it_the_time_is_booked_and_its_number_awaited() -> None:
    booked = book(world_where_it_may_follow())
    assert booked.state == State.BOOKED
    assert booked.number_due_at == START - timedelta(days=2)
    kinds = Message.objects.filter(subject_id=booked.pk, kind="appointment.number_awaited")
    days = [(START.astimezone(ZONE).date() - m.due_at.astimezone(ZONE).date()).days for m in kinds.order_by("due_at")]
    assert days == [7, 3]


def test_elsewhere_the_number_is_needed_at_once() -> None:
    world = shared_calendar()
    with pytest.raises(NumberNeeded):
        book(world)
    assert Appointment.objects.get().state == State.HELD


def test_nor_where_hardly_a_day_is_left_to_add_it() -> None:
    world = world_where_it_may_follow(weekdays=(0, 1, 2, 3, 4, 5, 6))
    soon = at(timezone.localdate() + timedelta(days=2), 9)
    with pytest.raises(NumberNeeded):
        book(world, soon)


def test_whoever_has_a_number_awaits_none() -> None:
    assert book(world_where_it_may_follow(), START, ODILE).number_due_at is None


def test_two_days_before_is_the_same_hour_on_the_wall_across_the_change_of_clocks() -> None:
    monday = datetime(2027, 3, 29, 9, 0, tzinfo=ZONE)
    assert number_due(monday) == datetime(2027, 3, 27, 9, 0, tzinfo=ZONE)
    assert monday.utcoffset() != number_due(monday).utcoffset()


def test_the_number_added_in_time_keeps_the_time_and_stops_the_reminders() -> None:
    booked = book(world_where_it_may_follow())
    add_number(booked)
    booked.refresh_from_db()
    assert booked.number_due_at is None and booked.people.get().holds_number
    queued = Message.objects.filter(subject_id=booked.pk, kind="appointment.number_awaited", state="queued")
    assert not queued.exists()
    with time_machine.travel(START - timedelta(days=1)):
        assert release_numberless() == 0


def test_one_number_of_two_is_not_enough() -> None:
    world = world_where_it_may_follow(max_people=2)
    booked = book(world, START, NUMBERLESS, Resident("Inès", "Fictive", 2017, "", is_minor=True))
    add_number(booked)
    booked.refresh_from_db()
    assert booked.number_due_at == START - timedelta(days=2)


def test_without_a_number_the_time_is_free_again_two_days_before_and_said() -> None:
    world = world_where_it_may_follow()
    booked = book(world)
    with time_machine.travel(START - timedelta(days=2, seconds=1)):
        assert release_numberless() == 0
    with time_machine.travel(START - timedelta(days=2) + timedelta(seconds=1), tick=False):
        assert release_numberless() == 1
        assert release_numberless() == 0
        deliver_due()
        world.hold(START, browser="soleil")
    booked.refresh_from_db()
    assert booked.state == State.CANCELLED_BY_RESIDENT and booked.was_let_go
    (told,) = [sent for sent in mail.outbox if "numéro non ajouté" in sent.subject]
    assert "passeport.ants.gouv.fr" in str(told.body)
    assert any("METHOD:CANCEL" in str(part.content) for part in told.alternatives)


def test_those_who_wait_are_offered_it_first() -> None:
    world = world_where_it_may_follow()
    book(world)
    wish = WaitingPreferences(from_day=timezone.localdate(), until_day=DAY)
    (entry,) = reached(join_waiting_list(wish=wish, type=world.type, email="attend@mail.example"))
    with time_machine.travel(START - timedelta(days=2) + timedelta(seconds=1)):
        release_numberless()
        assert offer_freed_starts() == 1
    assert EarlierOffer.objects.get().entry == entry


def test_whose_day_has_come_because_nothing_ran_is_received() -> None:
    booked = book(world_where_it_may_follow())
    with time_machine.travel(START + timedelta(minutes=1)):
        assert release_numberless() == 0
    booked.refresh_from_db()
    assert booked.state == State.BOOKED


#: Some days before, and none on which counters are closed.
NEAR = next(
    day
    for day in (DAY - timedelta(days=n) for n in range(4, 9))
    if day not in public_holidays(day.year, insee_code="68400", good_friday=True)
)


class TestMoving:
    @pytest.fixture
    def eve(self) -> Iterator[None]:
        with time_machine.travel(at(NEAR - timedelta(days=1), 12)):
            yield

    def near(self, world: World) -> tuple[Appointment, Appointment]:
        """One without a number, and a time of tomorrow held for it."""
        booked = book(world)
        return booked, world.hold(at(NEAR, 9), browser="soleil", moves=booked)

    def test_later_it_is_awaited_until_two_days_before_that(self) -> None:
        world = world_where_it_may_follow()
        booked, later = book(world), at(day_ahead(3), 10)
        hold = world.hold(later, browser="soleil", moves=booked)
        moved = move_appointment(appointment=booked, hold_id=hold.pk, browser="soleil")
        assert moved.number_due_at == later - timedelta(days=2)

    def test_its_holder_adds_the_number_before_moving_it_near(self, eve: None) -> None:
        world = world_where_it_may_follow(weekdays=(0, 1, 2, 3, 4, 5, 6))
        booked, hold = self.near(world)
        with pytest.raises(NumberFirst):
            move_appointment(appointment=booked, hold_id=hold.pk, browser="soleil")
        add_number(booked)
        assert move_appointment(appointment=booked, hold_id=hold.pk, browser="soleil").starts_at == hold.starts_at

    def test_the_office_moves_it_near_and_receives_it_without(self, eve: None) -> None:
        world = world_where_it_may_follow(weekdays=(0, 1, 2, 3, 4, 5, 6))
        booked, hold = self.near(world)
        agent = agent_of(world.facilities[0])
        moved = move_appointment(appointment=booked, hold_id=hold.pk, browser="soleil", by=agent)
        assert (moved.starts_at, moved.number_due_at) == (hold.starts_at, None)


def test_the_database_knows_that_a_number_comes_before_its_appointment() -> None:
    booked = book(world_where_it_may_follow())
    with pytest.raises(IntegrityError, match="number_is_awaited_until_before_the_appointment"), transaction.atomic():
        Appointment.objects.filter(pk=booked.pk).update(number_due_at=booked.starts_at)


def test_confirmation_and_reminder_say_until_when(mailoutbox: Any) -> None:
    book(world_where_it_may_follow())
    deliver_due()
    assert "numéro à ajouter" in mailoutbox[0].subject
    assert "sinon l’horaire est libéré" in str(mailoutbox[0].body).replace("\n", " ")
    with time_machine.travel(START - timedelta(days=6)):
        deliver_due()
    asked = [sent for sent in mailoutbox if sent.subject.startswith("Numéro à ajouter avant")]
    assert len(asked) == 1 and "/lien/" in str(asked[0].body)
