"""Afterwards: moving, cancelling, reaching people elsewhere."""

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar

from booking.appointments.bookings.changes import (
    cancel_appointment,
    change_contact,
    move_appointment,
    send_again,
)
from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyOver, HoldExpired, HoldNotYours, NotOffered
from booking.appointments.models import Appointment, FreeGap
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from booking.residents.actions import send_lost_link
from notifications.models import Message, MessageState
from tests.factories.appointments import at
from tests.people import INES, MEHDI, ODILE, manager_of_facility
from tests.worlds import day_ahead, entry_of, shared_calendar

pytestmark = pytest.mark.django_db


def queued(appointment: Appointment) -> list[str]:
    return sorted(
        Message.objects.filter(subject_id=appointment.pk, state=MessageState.QUEUED).values_list("kind", flat=True)
    )


def test_a_move_is_the_same_appointment_at_another_time_and_place() -> None:
    world = shared_calendar(town_halls=2)
    here, there = world.facilities
    day = day_ahead()
    booked = world.book(at(day, 9), facility=here)
    reference, entry = booked.reference, entry_of(booked)
    hold = world.hold(at(day, 10), facility=there, moves=booked)
    moved = move_appointment(appointment=booked, hold_id=hold.pk, browser="lune")

    moved.refresh_from_db()
    assert (moved.pk, moved.reference, moved.sequence) == (booked.pk, reference, 1)
    assert (moved.facility, moved.starts_at) == (there, at(day, 10))
    assert Appointment.objects.count() == 1
    before, after = Calendar.from_ical(_wrapped(entry)), Calendar.from_ical(_wrapped(entry_of(moved)))
    assert before.walk("VEVENT")[0]["UID"] == after.walk("VEVENT")[0]["UID"]
    assert after.walk("VEVENT")[0].start == at(day, 10)
    assert "appointment.moved" in queued(moved)
    free = {
        found.facility: [s.starts_at for s in found.slots] for found in find(Search(world.type, day=day)).day_facilities
    }
    assert at(day, 9) in free[here]
    assert at(day, 10) not in free[there]


def _wrapped(entry: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{entry}END:VCALENDAR\r\n"


def test_a_move_needs_its_own_hold() -> None:
    world = shared_calendar()
    day = day_ahead()
    booked = world.book(at(day, 9))
    plain = world.hold(at(day, 10))
    with pytest.raises(NotOffered):
        move_appointment(appointment=booked, hold_id=plain.pk, browser="lune")
    meant = world.hold(at(day, 11), moves=booked)
    with pytest.raises(HoldNotYours):
        move_appointment(appointment=booked, hold_id=meant.pk, browser="soleil")
    move_appointment(appointment=booked, hold_id=meant.pk, browser="lune")
    with pytest.raises(HoldExpired):
        move_appointment(appointment=booked, hold_id=meant.pk, browser="lune")


def test_a_move_keeps_type_and_number_of_people() -> None:
    world = shared_calendar()
    day = day_ahead()
    booked = world.book(at(day, 9), ODILE, INES)
    hold = world.hold(booked.ends_at, moves=booked, people=1)
    with pytest.raises(NotOffered):
        move_appointment(appointment=booked, hold_id=hold.pk, browser="lune")


def test_cancelled_time_is_free_at_once_and_what_was_owed_is_withdrawn() -> None:
    world = shared_calendar()
    day = day_ahead()
    booked = world.book(at(day, 9))
    cancelled = cancel_appointment(appointment=booked)
    assert cancelled.state == State.CANCELLED_BY_RESIDENT
    assert FreeGap.objects.filter(day=day).count() == 1
    assert at(day, 9) in [slot.starts_at for slot in find(Search(world.type, day=day)).day_facilities[0].slots]
    assert queued(cancelled) == ["appointment.cancelled_by_resident"]
    assert "STATUS:CANCELLED" in entry_of(cancelled)
    assert "SEQUENCE:1" in entry_of(cancelled)


def test_cancelling_twice_is_cancelling_once() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    cancel_appointment(appointment=booked)
    count = Message.objects.count()
    assert cancel_appointment(appointment=booked).sequence == 1
    assert Message.objects.count() == count


def test_the_office_cancels_with_a_reason() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    manager = manager_of_facility(world.facilities[0])
    cancelled = cancel_appointment(appointment=booked, reason="Panne du dispositif", by=manager)
    assert cancelled.state == State.CANCELLED_BY_OFFICE
    assert cancelled.cancel_reason == "Panne du dispositif"
    assert queued(cancelled) == ["appointment.cancelled_by_office"]


def test_what_is_over_cannot_be_changed() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    with time_machine.travel(booked.starts_at + timedelta(minutes=1), tick=False):
        for change in (
            lambda: cancel_appointment(appointment=booked),
            lambda: change_contact(appointment=booked, email="x@mail.example", phone="", language="fr"),
            lambda: send_again(appointment=booked),
        ):
            with pytest.raises(AlreadyOver):
                change()


def test_new_contact_details_get_the_messages_and_close_the_old_links() -> None:
    from booking.residents.actions import exchange, mint_link
    from booking.residents.exceptions import LinkRevoked

    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9), ODILE)
    token = mint_link(subject_type="appointment", subject_id=booked.pk, expires_at=booked.ends_at)
    change_contact(appointment=booked, email="", phone=MEHDI.phone, language="en")
    recipients = set(
        Message.objects.filter(subject_id=booked.pk, state=MessageState.QUEUED).values_list("recipient", flat=True)
    )
    assert recipients == {MEHDI.phone, ODILE.email}, "the old mailbox is told that it is left"
    with pytest.raises(LinkRevoked):
        exchange(token=token)
    count = Message.objects.count()
    change_contact(appointment=booked, email="", phone=MEHDI.phone, language="en")
    assert Message.objects.count() == count


def test_the_confirmation_is_sent_again_on_demand() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    assert send_again(appointment=booked) == 1
    assert queued(booked).count("appointment.confirmed") == 2


def test_a_lost_link_goes_to_the_known_address_and_nowhere_else() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9), ODILE)
    for unknown in ("", "nobody@mail.example", "+33600000000"):
        send_lost_link(email_or_phone=unknown)
    assert "appointment.lost_link" not in queued(booked)
    send_lost_link(email_or_phone="ODILE@mail.example")
    lost = Message.objects.get(kind="appointment.lost_link")
    assert (lost.recipient, lost.subject_id) == (ODILE.email, booked.pk)
