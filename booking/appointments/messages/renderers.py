"""Renders messages when they are sent: what is true then, in the reader's language, in the municipality's name."""

from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone

from booking.appointments.calendar import Method, invitation, plain
from booking.appointments.enums import CANCELLED, State
from booking.appointments.messages.entry import address_line, calendar_entry
from booking.appointments.messages.facts import Facts, gather
from booking.appointments.messages.kinds import CANCELLATIONS, REMINDERS, WITH_INVITATION, Kind
from booking.appointments.messages.links import private_link, search_link
from booking.appointments.messages.texts import sms, words
from municipalities.identity import accessible_accent
from municipalities.models import Municipality
from municipalities.wording import say_phone
from notifications.kinds import Mail, Rendered, Text
from notifications.kinds import register as register_kind
from notifications.models import Channel, Message

ICS_NAME = "rendez-vous.ics"


def register() -> None:
    """Tells the outbox who renders the messages of appointments."""
    for kind in (*Kind, *REMINDERS):
        register_kind(str(kind), render, gather)


def render(message: Message, facts: Facts | None, now: datetime | None = None) -> Rendered | None:
    """The mail or SMS; None when it has been overtaken: the appointment gone, over, moved on, or no longer theirs."""
    now = now or timezone.now()
    if facts is None or _is_overtaken(message, facts, now):
        return None
    appointment = facts.appointment
    through = appointment.booked_through
    link = private_link(facts.token, through=through) if facts.token else search_link(through=through)
    if message.channel == Channel.SMS:
        return Text(sms(message.kind, appointment, link=link))
    said = words(message.kind, appointment, reason=str(message.context.get("reason", "")), now=now)
    context = _context(message, facts, link) | {"words": said}
    alternatives, attachments = _calendar(message, facts)
    return Mail(
        subject=said.subject,
        text=_text(context),
        html=_html(context),
        from_email=_sender(facts.sender),
        reply_to=(facts.sender.email,) if facts.sender.email else (),
        alternatives=alternatives,
        attachments=attachments,
    )


def _is_overtaken(message: Message, facts: Facts, now: datetime) -> bool:
    appointment = facts.appointment
    if appointment.starts_at <= now:
        return True
    if message.kind in CANCELLATIONS:
        return appointment.state not in CANCELLED
    current = appointment.email if message.channel == Channel.MAIL else appointment.phone
    return appointment.state != State.BOOKED or message.recipient != current


def _context(message: Message, facts: Facts, link: str) -> dict[str, Any]:
    appointment, sender = facts.appointment, facts.sender
    people = [
        {
            "name": plain(f"{person.first_name} {person.last_name}"),
            # Enough for the owner to recognise the number, too little to use it.
            "number_end": person.pre_application_number[-3:],
            "documents": [
                {"label": plain(str(line.label)), "detail": plain(str(line.detail))} for line in listed.lines
            ],
            "fees": [{"label": plain(str(fee.label)), "cents": fee.cents} for fee in listed.fees],
        }
        for person, listed in zip(facts.people, facts.documents, strict=False)
    ]
    return {
        "language": message.language,
        "kind": message.kind,
        "is_cancelled": message.kind in CANCELLATIONS,
        "is_confirmation": message.kind == Kind.CONFIRMED,
        "has_invitation": message.kind in WITH_INVITATION,
        "appointment": appointment,
        "facility": appointment.facility,
        "address": address_line(appointment.facility),
        "access_text": plain(str(appointment.facility.access_text)),
        "people": people,
        "has_fees": any(person["fees"] for person in people),
        "link": link,
        "sender": sender,
        "band": _band(sender.colour),
        # Who is in charge of the request (SVE): the town hall that receives the person.
        "service": appointment.facility.municipality,
        "service_phone": _phone(appointment.facility.municipality.phone),
        "sender_phone": _phone(sender.phone),
        "territory_name": settings.TERRITORY_NAME,
    }


def _text(context: dict[str, Any]) -> str:
    rendered = get_template("mail/appointment.txt").render(context)
    # "-- " before the signature is how mail programmes know it.
    lines = [line if line == "-- " else line.rstrip() for line in rendered.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before) + "\n"


def _html(context: dict[str, Any]) -> str:
    return get_template("mail/appointment.html").render(context)


def _calendar(message: Message, facts: Facts) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str], ...]]:
    """The invitation as an alternative part, for calendars, and the same attached, for people."""
    method: Method
    if message.kind in CANCELLATIONS:
        method = "CANCEL"
    elif message.kind in WITH_INVITATION:
        method = "REQUEST"
    else:
        return (), ()
    appointment = facts.appointment
    entry = appointment.calendar_entry or calendar_entry(appointment)
    text = invitation(entry, method, attendee=message.recipient).decode()
    mimetype = f"text/calendar; method={method}"
    return ((text, mimetype),), ((ICS_NAME, text, mimetype),)


@lru_cache(maxsize=256)
def _phone(number: str) -> str:
    return say_phone(number)


@lru_cache(maxsize=256)
def _band(colour: str) -> str:
    """The municipality's colour, dark enough for white letters."""
    return accessible_accent(colour)


def _sender(municipality: Municipality) -> str:
    """The municipality's own address where it has one, else ours under its name."""
    name = plain(municipality.sender_name or municipality.name)
    return formataddr((name, municipality.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
