"""What the messages of a batch speak of: a fixed number of queries, however many messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking.appointments.documents.queries import PersonDocuments, RequiredDocuments
from booking.appointments.enums import State
from booking.appointments.messages.entry import calendar_entries, calendar_entry
from booking.appointments.messages.kinds import CANCELLATIONS, FAREWELLS, SUBJECT, WITH_DOCUMENTS, WITH_INVITATION, Kind
from booking.appointments.models import Appointment, AppointmentPerson, AppointmentType
from booking.residents.actions import link_expiry, mint_links
from municipalities.models import Facility, Municipality, Operator
from notifications.models import Channel, Message


@dataclass(frozen=True, slots=True)
class Facts:
    """An appointment with everything a message may say of it. `token` is empty where no private link is due.

    `papers` are those of each of the `people`; empty where the message lists none. `entry` is that of a calendar.
    """

    appointment: Appointment
    people: Sequence[AppointmentPerson]
    papers: Sequence[PersonDocuments]
    token: str
    entry: str = ""

    @property
    def sender(self) -> Municipality | Operator:
        """In whose name we write: the town where it was booked, else who runs the place."""
        return self.appointment.booked_through or self.appointment.facility.operator.identity


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id. Messages whose appointment is gone have none."""
    appointments = _appointments({message.subject_id for message in messages if message.subject_id})
    people: dict[UUID, list[AppointmentPerson]] = {pk: [] for pk in appointments}
    for person in AppointmentPerson.objects.filter(appointment__in=appointments).order_by("appointment", "position"):
        people[person.appointment_id].append(person)
    known = [(message, appointments[key]) for message in messages if (key := message.subject_id) in appointments]
    tokens = _tokens(known)
    papers = _papers(known, people)
    entries = calendar_entries(
        appointment for message, appointment in known if message.kind in (*WITH_INVITATION, *CANCELLATIONS)
    )
    # The appointment stands, but not in the calendar of the mailbox it has left: never the stored entry.
    left = {
        message.pk: calendar_entry(appointment, is_cancelled=True)
        for message, appointment in known
        if message.kind == Kind.MAILBOX_LEFT
    }
    return {
        message.pk: Facts(
            appointment,
            people[appointment.pk],
            papers.get(message.pk, ()),
            tokens.get(message.pk, ""),
            left.get(message.pk) or entries.get(appointment.pk, ""),
        )
        for message, appointment in known
    }


def _appointments(keys: set[UUID]) -> dict[UUID, Appointment]:
    """With type, facility, municipality and `booked_through`: few of each, so each is read and made once."""
    found = Appointment.objects.defer("browser_hash", "address_hash").in_bulk(keys)
    types = AppointmentType.objects.in_bulk({each.type_id for each in found.values()})
    facilities = Facility.objects.select_related("operator").in_bulk({each.facility_id for each in found.values()})
    ids = {each.booked_through_id for each in found.values() if each.booked_through_id}
    for facility in facilities.values():
        ids |= {facility.municipality_id, facility.operator.municipality_id or facility.municipality_id}
    towns = Municipality.objects.defer("logo").in_bulk(ids)
    for facility in facilities.values():
        facility.municipality = towns[facility.municipality_id]
        if facility.operator.municipality_id:
            facility.operator.municipality = towns[facility.operator.municipality_id]
    for each in found.values():
        each.type, each.facility = types[each.type_id], facilities[each.facility_id]
        each.booked_through = towns[each.booked_through_id] if each.booked_through_id else None
    return found


def _tokens(known: Sequence[tuple[Message, Appointment]]) -> dict[int, str]:
    """A fresh private link for each message that carries one, in one statement."""
    wanted: list[tuple[int, tuple[str, UUID, datetime]]] = [
        (message.pk, (SUBJECT, appointment.pk, link_expiry(appointment.ends_at)))
        for message, appointment in known
        if appointment.state == State.BOOKED and message.kind not in FAREWELLS
    ]
    tokens = mint_links([subject for _, subject in wanted])
    return {pk: token for (pk, _), token in zip(wanted, tokens, strict=True)}


def _papers(
    known: Sequence[tuple[Message, Appointment]], people: Mapping[UUID, Sequence[AppointmentPerson]]
) -> dict[int, list[PersonDocuments]]:
    """The lists of papers by message id."""
    listing = [
        (message, appointment)
        for message, appointment in known
        if message.channel == Channel.MAIL and message.kind in WITH_DOCUMENTS
    ]
    if not listing:
        return {}
    asked = RequiredDocuments(
        type_ids={appointment.type_id for _, appointment in listing},
        municipality_ids={appointment.facility.municipality_id for _, appointment in listing},
    )
    return {
        message.pk: asked.of(
            type_id=appointment.type_id,
            municipality_id=appointment.facility.municipality_id,
            people=people[appointment.pk],
            on=appointment.starts_at.date(),
        )
        for message, appointment in listing
    }
