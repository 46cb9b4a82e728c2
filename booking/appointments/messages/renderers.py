"""Renders messages when they are sent: what is true then, in the reader's language, in the municipality's name."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from booking.appointments.enums import CANCELLED, State
from booking.appointments.messages.facts import Facts, gather
from booking.appointments.messages.kinds import CANCELLATIONS, FAREWELLS, REMINDERS, WITH_INVITATION, Kind
from booking.appointments.messages.texts import sms, words
from booking.appointments.models.waiting import is_one_mailbox
from booking.ical import Method, invitation, plain
from booking.residents.addresses import absolute, private_link
from municipalities.phones import takes_sms
from notifications.kinds import Rendered, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message

ICS_NAME = "rendez-vous.ics"


def register() -> None:
    """Tells the outbox who renders the messages of appointments."""
    for kind in (*Kind, *REMINDERS):
        urgency = Urgency.LATER if kind in (*REMINDERS, Kind.REMINDER_SMS) else Urgency.SOON
        register_kind(str(kind), render, gather, urgency=urgency)


def render(message: Message, facts: Facts | None, now: datetime | None = None) -> Rendered | None:
    """The mail or SMS; None when it has been overtaken: the appointment gone, over, moved on, or no longer theirs."""
    now = now or timezone.now()
    if facts is None or _is_overtaken(message, facts, now):
        return None
    appointment = facts.appointment
    through = appointment.booked_through
    link = (
        private_link(facts.token, through=through) if facts.token else absolute("appointments:search", through=through)
    )
    if message.channel == Channel.SMS:
        return sms(message.kind, appointment, link=link, before=_before(message))
    reason = str(message.context.get("reason", ""))
    said = words(message.kind, appointment, reason=reason, before=_before(message), now=now)
    mail = letter(
        "mail/appointment",
        _context(message, facts) | {"words": said, "link": link},
        subject=said.subject,
        sender=Sender.of(facts.sender),
        language=message.language,
    )
    alternatives, attachments = _calendar(message, facts)
    return replace(mail, alternatives=alternatives, attachments=attachments)


def _is_overtaken(message: Message, facts: Facts, now: datetime) -> bool:
    appointment = facts.appointment
    if appointment.starts_at <= now:
        return True
    if message.channel == Channel.SMS and not takes_sms(message.recipient):
        return True
    if message.kind in CANCELLATIONS:
        return appointment.state not in CANCELLED
    if message.kind == Kind.MAILBOX_LEFT:
        return is_one_mailbox(message.recipient, appointment.email)
    if message.kind == Kind.NUMBER_AWAITED and appointment.number_due_at is None:
        return True
    current = appointment.email if message.channel == Channel.MAIL else appointment.phone
    return appointment.state != State.BOOKED or message.recipient != current


def _before(message: Message) -> datetime | None:
    """When it was before it was moved; messages of an earlier version do not say."""
    text = message.context.get("before")
    return datetime.fromisoformat(text) if text else None


def _context(message: Message, facts: Facts) -> dict[str, Any]:
    """`service` is in charge of the request (SVE): who runs the place that receives the person.

    `number_end` is the last characters of the number: enough for its owner, too little to use it.
    """
    appointment, facility = facts.appointment, facts.appointment.facility
    people = [
        {
            "name": plain(f"{person.first_name} {person.last_name}"),
            "number_end": person.pre_application_number[-3:],
            "papers": papers,
        }
        for person, papers in zip(facts.people, facts.papers, strict=False)
    ]
    return {
        "appointment": appointment,
        "facility": facility,
        "service": facility.operator.identity,
        "is_town_hall": facility.operator.municipality_id is not None,
        "address": facility.address_line,
        "people": people,
        "papers": facts.papers,
        "has_fees": any(papers.fees for papers in facts.papers),
        "is_cancelled": message.kind in FAREWELLS,
        "link_again": message.kind in CANCELLATIONS,
        "is_confirmation": message.kind == Kind.CONFIRMED,
        "has_invitation": message.kind in WITH_INVITATION,
    }


def _calendar(message: Message, facts: Facts) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str], ...]]:
    """The invitation as an alternative part, for calendars, and the same attached, for people."""
    method: Method
    if message.kind in FAREWELLS:
        method = "CANCEL"
    elif message.kind in WITH_INVITATION:
        method = "REQUEST"
    else:
        return (), ()
    text = invitation(facts.entry, method, attendee=message.recipient).decode()
    mimetype = f"text/calendar; method={method}"
    return ((text, mimetype),), ((ICS_NAME, text, mimetype),)
