"""Renders messages when they are sent: what is true then, in the reader's language, in the municipality's name."""

from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from booking.appointments.calendar import Method, invitation, plain
from booking.appointments.enums import CANCELLED, State
from booking.appointments.messages.entry import address_line, calendar_entry
from booking.appointments.messages.facts import Facts, gather
from booking.appointments.messages.kinds import CANCELLATIONS, REMINDERS, WITH_INVITATION, Kind
from booking.appointments.messages.letters import Office, Person, Sender, Setting, letter
from booking.appointments.messages.links import directions, private_link, search_link
from booking.appointments.messages.texts import Words, sms, words
from municipalities.identity import accessible_accent
from municipalities.models import Municipality
from municipalities.wording import say_moment, say_phone
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
    sender = facts.sender
    said = words(message.kind, appointment, reason=str(message.context.get("reason", "")), now=now)
    text, html = _letter(message, facts, said, link)
    alternatives, attachments = _calendar(message, facts)
    return Mail(
        subject=said.subject,
        text=text,
        html=html,
        from_email=_from(sender.sender_name or sender.name, sender.sender_email or settings.DEFAULT_FROM_EMAIL),
        reply_to=(sender.email,) if sender.email else (),
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


def _letter(message: Message, facts: Facts, said: Words, link: str) -> tuple[str, str]:
    appointment, facility, sender = facts.appointment, facts.appointment.facility, facts.sender
    people = [
        Person(plain(f"{person.first_name} {person.last_name}"), person.pre_application_number[-3:], papers)
        for person, papers in zip(facts.people, facts.papers, strict=False)
    ]
    is_confirmation = message.kind == Kind.CONFIRMED
    setting = Setting(
        language=message.language,
        is_cancelled=message.kind in CANCELLATIONS,
        is_confirmation=is_confirmation,
        has_invitation=message.kind in WITH_INVITATION,
        has_people=bool(people),
        has_fees=any(person.papers.fees for person in people),
        reason=str(appointment.type),
        address=address_line(facility),
        access_text=plain(str(facility.access_text)),
        directions=directions(facility),
        service=_office(facility.municipality, facility.municipality.name),
    )
    writes = _office(sender, sender.sender_name or sender.name)
    signed = Sender(message.language, writes, _band(sender.colour), settings.TERRITORY_NAME)
    own = {
        "subject": said.subject,
        "heading": said.heading,
        "lead": said.lead,
        "moment": say_moment(appointment.starts_at),
        "reference": appointment.reference,
        "link": link,
        "booked": say_moment(appointment.booked_at) if is_confirmation and appointment.booked_at else "",
    }
    return letter(setting, signed, own, people)


def _office(municipality: Municipality, name: str) -> Office:
    phone = _phone(municipality.phone) if municipality.phone else ""
    return Office(name, municipality.address, phone, municipality.email, municipality.website)


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


@lru_cache(maxsize=256)
def _from(name: str, address: str) -> str:
    return formataddr((plain(name), parseaddr(address)[1]))
