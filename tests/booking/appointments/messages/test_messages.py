"""What appointments make the service say, in three languages, in mails and SMS, to real and hostile names."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import translation
from icalendar import Calendar

from booking.appointments.enums import State
from booking.appointments.messages.kinds import CANCELLATIONS, REMINDERS, Kind
from booking.appointments.messages.owed import (
    owed_on_booking,
    owed_on_cancel,
    owed_on_lost_link,
    owed_on_move,
    owed_on_send_again,
)
from booking.appointments.models import Appointment
from booking.residents.actions import exchange
from municipalities.models import Facility, Municipality
from notifications.delivery import deliver_due
from notifications.kinds import Mail, gather_all, kind_of, registered
from notifications.models import Channel, Message, MessageState
from notifications.queries import reminder_policy
from tests.factories import (
    AppointmentFactory,
    FacilityFactory,
    FeeFactory,
    MessageFactory,
    MunicipalityFactory,
    RequiredDocumentFactory,
)
from tests.factories.notifications import ReminderPolicyFactory
from tests.worlds import entry_of

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 8, 40, tzinfo=PARIS)
ALL_KINDS = [*map(str, Kind), "appointment.reminder_7", "appointment.reminder_1"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_of_november() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def booked(**fields: Any) -> Appointment:
    rixheim = Municipality.objects.filter(slug="rixheim").first() or MunicipalityFactory.create(
        name="Rixheim", slug="rixheim", sender_name="Mairie de Rixheim", sender_email="rendez-vous@rixheim.example",
        email="accueil@rixheim.example", phone="0389000001", address="28 rue Zuber, 68170 Rixheim",
    )  # fmt: skip
    facility = Facility.objects.filter(municipality=rixheim).first() or FacilityFactory.create(
        municipality=rixheim, name="Mairie de Rixheim", address="28 rue Zuber", postal_code="68170"
    )
    defaults: dict[str, Any] = {
        "counter__facility": facility,
        "starts_at": TUESDAY,
        "email": "odile@mail.example",
        "phone": "+33612345678",
        "changed_at": NOW,
        "booked_at": NOW,
        "booked_through": rixheim,
    }
    return AppointmentFactory.create(**(defaults | fields))


def render(message: Message, now: datetime = NOW) -> Any:
    from booking.appointments.messages.renderers import render as render_message

    return render_message(message, gather_all([message]).get(message.pk), now)


def owed(appointment: Appointment, kind: str, channel: str = "mail", **fields: Any) -> Message:
    recipient = appointment.email if channel == "mail" else appointment.phone
    return MessageFactory.create(
        kind=kind, channel=channel, recipient=recipient, subject_id=appointment.pk, subject_type="appointment",
        language=appointment.language, **fields,
    )  # fmt: skip


class _Strict(HTMLParser):
    """Every opened element is closed, in order."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_kind_has_a_renderer() -> None:
    assert {*map(str, Kind), *REMINDERS} <= set(registered())


# --- What is owed ---------------------------------------------------------------------------------------------------


def rows(appointment: Appointment, state: str = MessageState.QUEUED) -> list[tuple[str, str, datetime]]:
    found = Message.objects.filter(subject_id=appointment.pk, state=state).order_by("due_at", "id")
    return [(m.kind.removeprefix("appointment."), m.channel, m.due_at.astimezone(PARIS)) for m in found]


def test_booking_owes_confirmation_and_reminders(django_assert_num_queries: Any) -> None:
    appointment = booked()
    reminder_policy(appointment.facility_id)  # cached from now on
    with django_assert_num_queries(2):
        owed_on_booking(appointment, now=NOW)
    assert rows(appointment) == [
        ("confirmed", "mail", NOW),
        ("confirmed", "sms", NOW),
        ("reminder_7", "mail", datetime(2026, 11, 17, 9, 0, tzinfo=PARIS)),
        ("reminder_2", "mail", datetime(2026, 11, 22, 9, 0, tzinfo=PARIS)),
        ("reminder_sms", "sms", datetime(2026, 11, 23, 10, 0, tzinfo=PARIS)),
    ]


def test_reminders_that_would_repeat_the_confirmation_are_left_out() -> None:
    appointment = booked()
    owed_on_booking(appointment, now=datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    assert [kind for kind, _, _ in rows(appointment)] == ["confirmed", "confirmed", "reminder_sms"]


def test_only_the_given_address_is_written_to() -> None:
    by_mail = booked(phone="")
    by_phone = booked(email="", booked_through=None, counter__facility=FacilityFactory.create())
    owed_on_booking(by_mail, now=NOW)
    owed_on_booking(by_phone, now=NOW)
    assert {channel for _, channel, _ in rows(by_mail)} == {"mail"}
    assert [(kind, channel) for kind, channel, _ in rows(by_phone)] == [("confirmed", "sms"), ("reminder_sms", "sms")]


def test_facility_settings_win_over_the_territory() -> None:
    appointment = booked()
    ReminderPolicyFactory.create(mail_days=[10])
    ReminderPolicyFactory.create(facility=appointment.facility, mail_days=[5, 1], mail_time=time(18), sms_is_on=False)
    owed_on_booking(appointment, now=NOW)
    assert rows(appointment) == [
        ("confirmed", "mail", NOW),
        ("reminder_5", "mail", datetime(2026, 11, 19, 18, 0, tzinfo=PARIS)),
        ("reminder_1", "mail", datetime(2026, 11, 23, 18, 0, tzinfo=PARIS)),
    ]


def test_phone_only_gets_its_confirmation_where_sms_reminders_are_off() -> None:
    appointment = booked(email="")
    ReminderPolicyFactory.create(facility=appointment.facility, sms_is_on=False)
    owed_on_booking(appointment, now=NOW)
    assert [(kind, channel) for kind, channel, _ in rows(appointment)] == [("confirmed", "sms")]


@pytest.mark.parametrize(
    ("starts_at", "due_at"),
    [
        (datetime(2027, 3, 29, 9, 0, tzinfo=PARIS), datetime(2027, 3, 28, 8, 0, tzinfo=UTC)),
        (datetime(2027, 11, 1, 9, 0, tzinfo=PARIS), datetime(2027, 10, 31, 9, 0, tzinfo=UTC)),
    ],
)
def test_reminder_hour_is_by_the_clock_on_the_wall_when_it_changes(starts_at: datetime, due_at: datetime) -> None:
    appointment = booked(starts_at=starts_at)
    owed_on_booking(appointment, now=NOW)
    assert Message.objects.get(subject_id=appointment.pk, kind="appointment.reminder_sms").due_at == due_at


def test_move_takes_back_what_spoke_of_the_old_time() -> None:
    appointment = booked()
    owed_on_booking(appointment, now=NOW)
    appointment.starts_at += timedelta(days=7)
    appointment.ends_at += timedelta(days=7)
    appointment.save()
    owed_on_move(appointment, before=NOW, now=NOW)
    assert len(rows(appointment, MessageState.WITHDRAWN)) == 5
    assert [kind for kind, _, _ in rows(appointment)] == ["moved", "moved", "reminder_7", "reminder_2", "reminder_sms"]


@pytest.mark.parametrize("by_office", [True, False])
def test_cancelling_leaves_only_the_cancellation(by_office: bool) -> None:
    appointment = booked()
    owed_on_booking(appointment, now=NOW)
    owed_on_cancel(appointment, by_office=by_office, reason="Panne", now=NOW)
    kind = "cancelled_by_office" if by_office else "cancelled_by_resident"
    assert [(found, channel) for found, channel, _ in rows(appointment)] == [(kind, "mail"), (kind, "sms")]


def test_a_rolled_back_booking_owes_nothing() -> None:
    appointment = booked()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        owed_on_booking(appointment, now=NOW)
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_lost_link_goes_by_the_channel_asked_for() -> None:
    appointment = booked()
    owed_on_lost_link([appointment], channel="sms", now=NOW)
    owed_on_send_again(appointment, now=NOW)
    assert [(kind, channel) for kind, channel, _ in rows(appointment)] == [
        ("lost_link", "sms"), ("confirmed", "mail"), ("confirmed", "sms")
    ]  # fmt: skip


# --- What it says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "de", "en"])
@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind != Kind.REMINDER_SMS])
def test_every_mail_in_every_language(kind: str, language: str, settings: Any) -> None:
    state = State.BOOKED
    if kind in CANCELLATIONS:
        state = State.CANCELLED_BY_OFFICE if kind == Kind.CANCELLED_BY_OFFICE else State.CANCELLED_BY_RESIDENT
    due = NOW + timedelta(days=20) if kind == Kind.NUMBER_AWAITED else None
    appointment = booked(language=language, state=state, number_due_at=due)
    RequiredDocumentFactory.create(types=[appointment.type], label={"fr": "Photo", "de": "Foto", "en": "Photo"})
    FeeFactory.create(types=[appointment.type], cents=8600, label={"fr": "Passeport", "de": "Pass", "en": "Passport"})
    message = owed(appointment, kind, context={"reason": "Panne du dispositif", "before": NOW.isoformat()})
    if kind == Kind.MAILBOX_LEFT:
        Message.objects.filter(pk=message.pk).update(recipient="avant@mail.example")
    deliver_due()
    message.refresh_from_db()
    assert message.state == MessageState.SENT, message.last_error
    sent = mail.outbox[0]
    day = {"fr": "mardi 24", "de": "Dienstag, 24.", "en": "Tuesday 24"}[language]
    assert day in sent.subject
    assert "Mairie de Rixheim" in sent.subject
    html = sent.alternatives[0].content
    parser = _Strict()
    parser.feed(html)
    assert not parser.open
    assert not {"script", "img", "link", "iframe"} & parser.tags
    for part in (sent.body, html):
        assert appointment.reference in part
        assert "68170 Rixheim" in part
        assert "%(" not in part
        assert "{{" not in part
    assert sent.body.count("\n\n\n") == 0


def test_confirmation_says_everything_and_its_link_opens() -> None:
    appointment = booked(
        people=[{"first_name": "Odile", "last_name": "Fictive", "pre_application_number": "A123456789"}]
    )
    RequiredDocumentFactory.create(types=[appointment.type], label={"fr": "Photo de moins de six mois"})
    FeeFactory.create(types=[appointment.type], cents=8600, label={"fr": "Passeport adulte"})
    rendered = render(owed(appointment, Kind.CONFIRMED))
    assert isinstance(rendered, Mail)
    assert rendered.subject == "Confirmé\u00a0: mardi 24\u00a0novembre, 8\u00a0h\u00a040, Mairie de Rixheim"
    assert rendered.text.startswith(rendered.subject)
    assert rendered.from_email == "Mairie de Rixheim <rendez-vous@rixheim.example>"
    assert rendered.reply_to == ("accueil@rixheim.example",)
    for part in (rendered.text, rendered.html):
        for expected in (
            "Odile Fictive", "Photo de moins de six mois", "Passeport adulte", "86\u00a0€", "timbres.impots.gouv.fr",
            "Accusé de réception", "lundi 2\u00a0novembre à 10\u00a0h", "28 rue Zuber, 68170 Rixheim",
            "openstreetmap.org",
        ):  # fmt: skip
            assert expected in part, expected
        assert "A123456789" not in part
        assert "789" in part
    link = next(word for word in rendered.text.split() if "/lien/" in word)
    assert link.startswith("https://guichet.test/communes/rixheim/lien/")
    assert link in rendered.html
    assert exchange(token=link.rstrip("/").rpartition("/")[2]).subject_id == appointment.pk


def test_link_keeps_language_and_leaves_out_the_town_when_booked_on_the_portal() -> None:
    owed(booked(language="de", booked_through=None), Kind.CONFIRMED)
    with translation.override("de"):
        rendered = render(Message.objects.get())
    assert "https://guichet.test/de/lien/" in rendered.text


def test_hostile_names_stay_names() -> None:
    nasty = "<script>alert(1)</script>\r\nBcc: all@x.example\u2028X"
    appointment = booked(people=[{"first_name": nasty, "last_name": '"><img src=x>'}])
    appointment.facility.name = "Mairie\r\nBcc: evil@x.example"
    appointment.facility.save()
    appointment.booked_through.sender_name = 'Mairie "x" <a@b>\r\nBcc: evil@x.example'
    appointment.booked_through.save()
    RequiredDocumentFactory.create(types=[appointment.type])
    owed(appointment, Kind.CONFIRMED)
    deliver_due()
    sent = mail.outbox[0].message().as_bytes()
    parsed = message_from_bytes(sent, policy=policy.default)
    assert parsed["Bcc"] is None
    assert parsed["From"].addresses[0].addr_spec == "rendez-vous@rixheim.example"
    html = parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script" not in html
    assert "<img" not in html
    parser = _Strict()
    parser.feed(html)
    assert not {"script", "img"} & parser.tags


def test_invitation_is_an_alternative_and_an_attachment() -> None:
    appointment = booked()
    owed(appointment, Kind.CONFIRMED)
    deliver_due()
    parsed = message_from_bytes(mail.outbox[0].message().as_bytes(linesep="\r\n"), policy=policy.default)
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "text/calendar"
    ]  # fmt: skip
    alternative, attached = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    assert alternative["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert attached.get_filename() == "rendez-vous.ics"
    raw = alternative.get_payload(decode=True)
    assert raw == attached.get_payload(decode=True)
    calendar = Calendar.from_ical(raw)
    event = calendar.walk("VEVENT")[0]
    assert calendar["METHOD"] == "REQUEST"
    assert event["ATTENDEE"] == "mailto:odile@mail.example"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["UID"] == f"{appointment.pk}@guichet.example"


@pytest.mark.parametrize("state", [State.CANCELLED_BY_OFFICE, State.CANCELLED_BY_RESIDENT])
def test_cancellation_cancels_the_same_event(state: State) -> None:
    appointment = booked(state=state, sequence=1)
    rendered = render(owed(appointment, f"appointment.{state}"))
    calendar = Calendar.from_ical(rendered.alternatives[0][0])
    event = calendar.walk("VEVENT")[0]
    assert calendar["METHOD"] == "CANCEL"
    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCELLED", 1, f"{appointment.pk}@guichet.example")
    assert "/lien/" not in rendered.text
    assert "https://guichet.test/communes/rixheim/rendez-vous/" in rendered.text


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Kind.CONFIRMED, {"state": State.CANCELLED_BY_OFFICE}),
        ("appointment.reminder_2", {"state": State.ATTENDED}),
        (Kind.REMINDER_SMS, {"state": State.CANCELLED_BY_RESIDENT}),
        (Kind.CANCELLED_BY_OFFICE, {}),
        ("appointment.reminder_7", {"starts_at": NOW - timedelta(hours=1)}),
    ],
)
def test_messages_overtaken_by_events_are_withdrawn(kind: str, changes: dict[str, Any]) -> None:
    appointment = booked(**changes)
    channel = Channel.SMS if kind == Kind.REMINDER_SMS else Channel.MAIL
    assert render(owed(appointment, kind, channel)) is None


def test_message_to_a_former_address_is_withdrawn() -> None:
    appointment = booked()
    message = owed(appointment, Kind.CONFIRMED)
    Appointment.objects.update(email="nouvelle@mail.example")
    deliver_due()
    message.refresh_from_db()
    assert message.state == MessageState.WITHDRAWN
    assert not mail.outbox


def test_a_batch_is_read_in_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    appointment = booked()
    entry_of(appointment)  # made at the first need, then stored
    for count in (1, 3):
        Message.objects.all().delete()
        batch = [owed(appointment, Kind.CONFIRMED) for _ in range(count)]
        with django_assert_num_queries(9):
            gather_all(batch)
        assert kind_of(batch[0]).render
