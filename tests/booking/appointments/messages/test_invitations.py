"""Whose invitation it is, who is invited, and what a mailbox hears that is left."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.message import sanitize_address
from django.utils import timezone
from icalendar import Calendar, Event

from booking.appointments.bookings.changes import change_contact, move_appointment
from booking.appointments.messages.kinds import Kind
from booking.appointments.messages.owed import owed_on_booking, owed_on_rehoming, owed_on_send_again
from booking.appointments.models import Appointment
from municipalities.models import Facility
from notifications.delivery import deliver_due
from notifications.models import Channel, Message, MessageState
from notifications.sms import MemoryBackend
from tests.factories import AppointmentFactory, OperatorFactory, ReminderPolicyFactory
from tests.factories.appointments import at
from tests.people import ODILE
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_sent_yet() -> None:
    MemoryBackend.outbox.clear()


def invited(letter: mail.EmailMessage) -> tuple[str, Event]:
    """Method and event of the invitation attached to a mail."""
    assert isinstance(letter, mail.EmailMultiAlternatives)
    (raw,) = [one.content for one in letter.alternatives if str(one.mimetype).startswith("text/calendar")]
    calendar = Calendar.from_ical(str(raw))
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def booked(place: Facility, **fields: object) -> Appointment:
    start = timezone.now() + timedelta(days=20)
    return AppointmentFactory.create(
        **{"counter__facility": place, "starts_at": start, "booked_through": None} | fields
    )


@pytest.mark.parametrize("address", ["zoe@münchen.example", "zoe@Mülhausen-Straße.example", "zoe@東京.example"])
def test_the_guest_is_written_as_on_the_envelope(rixheim_town_hall: Facility, address: str) -> None:
    owed_on_booking(booked(rixheim_town_hall, email=address))
    deliver_due()
    _method, event = invited(mail.outbox[0])
    assert event["ATTENDEE"] == f"mailto:{sanitize_address(address, 'utf-8')}"


@pytest.mark.parametrize(
    ("email", "sender", "answers_at"),
    [
        ("accueil@rixheim.example", "rdv@rixheim.example", "accueil@rixheim.example"),
        ("", "rdv@rixheim.example", "rdv@rixheim.example"),
        ("", "", "rendez-vous@territoire.example"),
    ],
)
def test_what_a_calendar_answers_comes_to_who_answers(
    rixheim_town_hall: Facility, settings: object, email: str, sender: str, answers_at: str
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Guichet <rendez-vous@territoire.example>"  # type: ignore[attr-defined]
    town = rixheim_town_hall.municipality
    town.email, town.sender_email = email, sender
    town.save()
    owed_on_booking(booked(rixheim_town_hall))
    deliver_due()
    (letter,) = mail.outbox
    _method, event = invited(letter)
    assert event["ORGANIZER"] == f"mailto:{answers_at}"
    assert answers_at in (letter.reply_to or [letter.from_email])[0]


def test_who_runs_the_place_invites_there(rixheim_town_hall: Facility) -> None:
    operator = OperatorFactory.create(name="Agglomération d’essai", email="agglo@essai.example")
    rixheim_town_hall.operator = operator
    rixheim_town_hall.save()
    owed_on_booking(booked(rixheim_town_hall))
    deliver_due()
    _method, event = invited(mail.outbox[0])
    assert event["ORGANIZER"] == "mailto:agglo@essai.example"
    assert event["ORGANIZER"].params["CN"] == "Agglomération d’essai"


def test_a_mailbox_that_is_left_takes_the_entry_out_and_learns_nothing_new() -> None:
    appointment = shared_calendar().book(at(day_ahead(), 9))
    deliver_due()
    mail.outbox.clear()
    change_contact(appointment=appointment, email="neuve@mail.example", phone="", language="fr")
    deliver_due()
    letters = {letter.to[0]: letter for letter in mail.outbox}
    method, event = invited(letters[ODILE.email])
    assert (method, event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["ATTENDEE"] == f"mailto:{ODILE.email}"
    said = f"{letters[ODILE.email].subject} {letters[ODILE.email].body}"
    assert "maintenu" in said
    for secret in ("neuve@", "/lien/", ODILE.last_name):
        assert secret not in said
    assert invited(letters["neuve@mail.example"])[0] == "REQUEST"
    assert invited(letters["neuve@mail.example"])[1]["UID"] == event["UID"]


def test_whoever_comes_back_to_the_old_mailbox_is_not_told_to_leave() -> None:
    appointment = shared_calendar().book(at(day_ahead(), 9))
    change_contact(appointment=appointment, email="neuve@mail.example", phone="", language="fr")
    change_contact(appointment=appointment, email=ODILE.email, phone="", language="fr")
    deliver_due()
    kinds = [invited(letter)[0] for letter in mail.outbox if letter.to == [ODILE.email]]
    assert kinds == ["REQUEST"]


def test_a_move_names_the_time_it_was() -> None:
    world = shared_calendar()
    day = day_ahead()
    appointment = world.book(at(day, 9))
    hold = world.hold(at(day, 10), moves=appointment)
    move_appointment(appointment=appointment, hold_id=hold.pk, browser="lune")
    deliver_due()
    (letter,) = [letter for letter in mail.outbox if "Déplacé" in letter.subject]
    assert "à 9 h a été déplacé" in str(letter.body).replace("\u00a0", " ")


@pytest.mark.parametrize(("language", "said"), [("fr", "14 h 25"), ("de", "14.25 Uhr"), ("en", "2:25 pm")])
def test_so_does_one_by_the_office_by_mail_and_sms(rixheim_town_hall: Facility, language: str, said: str) -> None:
    appointment = booked(rixheim_town_hall, language=language, phone="+33612345678")
    before = datetime.combine(day_ahead(), datetime.min.time(), at(day_ahead(), 9).tzinfo).replace(hour=14, minute=25)
    owed_on_rehoming(appointment, reason="Panne", before=before, now=timezone.now())
    deliver_due()
    assert said in str(mail.outbox[0].body).replace("\u00a0", " ")
    assert said in MemoryBackend.outbox[0].text.replace("\u00a0", " ")


@pytest.mark.parametrize("landline", ["+33389456789", "+590590821234", "+4976214150"])
def test_nothing_is_written_to_a_landline(rixheim_town_hall: Facility, landline: str) -> None:
    ReminderPolicyFactory.create(facility=rixheim_town_hall, sms_is_on=True)
    appointment = booked(rixheim_town_hall, phone=landline)
    owed_on_booking(appointment)
    owed_on_send_again(appointment)
    assert not Message.objects.filter(channel=Channel.SMS).exists()
    # What an earlier version queued is withdrawn when its hour comes.
    Message.objects.create(
        kind=Kind.CONFIRMED, channel=Channel.SMS, recipient=landline, due_at=timezone.now(), language="fr",
        subject_type="appointment", subject_id=appointment.pk,
    )  # fmt: skip
    deliver_due()
    assert MemoryBackend.outbox == []
    assert Message.objects.get(channel=Channel.SMS).state == MessageState.WITHDRAWN
