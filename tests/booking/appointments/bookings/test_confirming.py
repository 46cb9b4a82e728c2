"""From hold to appointment: people, numbers, messages, all or nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from booking.appointments.bookings import confirming
from booking.appointments.bookings.changes import cancel_appointment, mark_attendance
from booking.appointments.bookings.confirming import PersonDetails, confirm_booking
from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyOver, HoldExpired, HoldNotYours, NotOffered, NotYourDay, NumberInUse
from booking.appointments.models import Appointment, AppointmentPerson
from notifications.models import Message
from tests.factories.appointments import at
from tests.people import GRETEL, INES, MEHDI, ODILE, agent_of
from tests.worlds import booking_of, day_ahead, entry_of, shared_calendar

pytestmark = pytest.mark.django_db


def test_a_confirmed_hold_is_an_appointment_with_its_people_and_messages() -> None:
    world = shared_calendar()
    appointment = world.book(at(day_ahead(), 9), GRETEL, INES)
    appointment.refresh_from_db()
    assert appointment.state == State.BOOKED
    assert (appointment.email, appointment.language) == ("gretel@mail.example", "de")
    assert [str(person) for person in appointment.people.all()] == ["Gretel Erfunden", "Inès Fictive"]
    assert all(person.holds_number for person in appointment.people.all())
    assert "BEGIN:VEVENT" in entry_of(appointment)
    kinds = set(Message.objects.filter(subject_id=appointment.pk).values_list("kind", flat=True))
    assert {"appointment.confirmed", "appointment.reminder_7", "appointment.reminder_2"} <= kinds


def test_confirming_twice_is_one_appointment() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    first = confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(ODILE))
    messages = Message.objects.count()
    second = confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(MEHDI))
    assert first == second
    assert Message.objects.count() == messages
    assert [str(person) for person in second.people.all()] == ["Odile Fictive"]


def test_another_browser_cannot_confirm() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    with pytest.raises(HoldNotYours):
        confirm_booking(hold_id=hold.pk, browser="soleil", details=booking_of(ODILE))
    assert Appointment.objects.get().state == State.HELD


def test_a_hold_that_never_was_has_expired() -> None:
    import uuid

    with pytest.raises(HoldExpired):
        confirm_booking(hold_id=uuid.uuid4(), browser="lune", details=booking_of(ODILE))


def test_as_many_people_as_were_held_for() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    with pytest.raises(NotOffered):
        confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(ODILE, INES))


def test_a_number_has_one_active_deposit_appointment_in_the_whole_territory() -> None:
    world = shared_calendar(town_halls=2)
    first = world.book(at(day_ahead(), 9), ODILE)
    hold = world.hold(at(day_ahead(), 10), facility=world.facilities[1], browser="soleil")
    with pytest.raises(NumberInUse) as refusal:
        confirm_booking(hold_id=hold.pk, browser="soleil", details=booking_of(ODILE))
    assert refusal.value.number == ODILE.number
    assert refusal.value.appointment == first
    assert Appointment.objects.get(pk=hold.pk).state == State.HELD

    cancel_appointment(appointment=first)
    assert confirm_booking(hold_id=hold.pk, browser="soleil", details=booking_of(ODILE)).state == State.BOOKED


def test_the_same_number_for_two_people_of_one_appointment_is_refused() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9), people=2)
    twice = [
        PersonDetails("Odile", "Fictive", number="A123456789"),
        PersonDetails("Inès", "Fictive", number="A123456789"),
    ]
    with pytest.raises(NumberInUse):
        confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(ODILE, people=twice))
    assert not AppointmentPerson.objects.exists()


def test_a_number_is_free_again_once_its_appointment_is_over_even_if_nobody_marked_it() -> None:
    world = shared_calendar()
    past = world.book(at(day_ahead(), 9), ODILE)
    with time_machine.travel(past.ends_at + timedelta(days=1), tick=False):
        later = world.book(at(day_ahead(weeks=4), 9), ODILE, browser="soleil")
        assert later.state == State.BOOKED
    assert AppointmentPerson.objects.filter(holds_number=True).count() == 1


def test_a_collection_neither_asks_for_nor_keeps_a_number() -> None:
    world = shared_calendar(kind="collection", needs_number=False)
    world.book(at(day_ahead(), 9), ODILE)
    world.book(at(day_ahead(), 10), ODILE, browser="soleil")
    assert not AppointmentPerson.objects.filter(holds_number=True).exists()


def bring_to_today(appointment: Appointment) -> None:
    start = at(timezone.localdate(), 9)
    appointment.starts_at, appointment.ends_at = start, start + (appointment.ends_at - appointment.starts_at)
    appointment.save(update_fields=["starts_at", "ends_at"])


def test_what_became_of_it_is_marked_undone_and_frees_the_number() -> None:
    world = shared_calendar()
    appointment = world.book(at(day_ahead(), 9), ODILE)
    agent = agent_of(world.facilities[0])
    with pytest.raises(NotYourDay):
        mark_attendance(appointment=appointment, state=State.ATTENDED, by=agent)
    bring_to_today(appointment)
    for state in (State.INCOMPLETE, State.ATTENDED, State.NO_SHOW):
        assert mark_attendance(appointment=appointment, state=state, by=agent).state == state
        assert not appointment.people.filter(holds_number=True).exists()
    mark_attendance(appointment=appointment, state=State.BOOKED, by=agent)
    assert appointment.people.filter(holds_number=True).exists()
    with pytest.raises(AlreadyOver):
        mark_attendance(appointment=appointment, state=State.CANCELLED_BY_OFFICE, by=agent)
    Appointment.objects.filter(pk=appointment.pk).update(state=State.CANCELLED_BY_RESIDENT, cancelled_at=timezone.now())
    with pytest.raises(AlreadyOver):
        mark_attendance(appointment=appointment, state=State.ATTENDED, by=agent)


def test_undoing_a_mark_does_not_take_a_number_that_is_used_elsewhere() -> None:
    world = shared_calendar()
    agent = agent_of(world.facilities[0])
    first = world.book(at(day_ahead(), 9), ODILE)
    bring_to_today(first)
    mark_attendance(appointment=first, state=State.INCOMPLETE, by=agent)
    world.book(at(day_ahead(), 10), ODILE, browser="soleil")
    with pytest.raises(NumberInUse):
        mark_attendance(appointment=first, state=State.BOOKED, by=agent)
    first.refresh_from_db()
    assert first.state == State.INCOMPLETE


def test_references_are_readable_and_unique() -> None:
    world = shared_calendar()
    day = day_ahead()
    references = {world.hold(at(day, 8 + n), browser=f"n{n}").reference for n in range(4)}
    assert len(references) == 4
    assert all(len(reference) == 9 and reference[4] == "-" for reference in references)
    assert not set("".join(references)) & set("ILOU")


def test_messages_leave_with_the_booking_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))

    def broken(*args: object, **kwargs: object) -> int:
        raise RuntimeError("the outbox is out")

    monkeypatch.setattr(confirming, "booking_rows", broken)
    with pytest.raises(RuntimeError):
        confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(ODILE))
    assert Appointment.objects.get(pk=hold.pk).state == State.HELD
    assert timezone.now() < Appointment.objects.get(pk=hold.pk).expires_at  # type: ignore[operator]
