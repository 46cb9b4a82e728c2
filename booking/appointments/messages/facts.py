"""What the messages of a batch speak of: a fixed number of queries, and two more per distinct list of papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking.appointments.documents import PersonDocuments, documents_for
from booking.appointments.enums import State
from booking.appointments.messages.kinds import CANCELLATIONS, SUBJECT, WITH_DOCUMENTS
from booking.appointments.models import Appointment, AppointmentPerson
from booking.residents.actions import link_expiry, mint_links
from municipalities.models import Municipality
from notifications.models import Channel, Message


@dataclass(frozen=True, slots=True)
class Facts:
    """An appointment with everything a message may say of it. `token` is empty where no private link is due."""

    appointment: Appointment
    people: Sequence[AppointmentPerson]
    documents: Sequence[PersonDocuments]
    token: str

    @property
    def sender(self) -> Municipality:
        """In whose name we write: where it was booked, else where one goes."""
        return self.appointment.booked_through or self.appointment.facility.municipality


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id. Messages whose appointment is gone have none."""
    appointments = {
        appointment.pk: appointment
        for appointment in Appointment.objects.filter(pk__in={message.subject_id for message in messages})
        .select_related("type", "facility__municipality", "booked_through")
        .prefetch_related("people")
        .defer("facility__municipality__logo", "booked_through__logo", "browser_hash", "address_hash")
    }
    known = [(message, appointments[key]) for message in messages if (key := message.subject_id) in appointments]
    tokens = _tokens(known)
    lists: dict[Any, Sequence[PersonDocuments]] = {}
    found = {}
    for message, appointment in known:
        people = sorted(appointment.people.all(), key=lambda person: person.position)
        documents: Sequence[PersonDocuments] = ()
        if message.channel == Channel.MAIL and message.kind in WITH_DOCUMENTS:
            key = _list_key(appointment, people)
            if key not in lists:
                lists[key] = _documents(appointment, people)
            documents = lists[key]
        found[message.pk] = Facts(appointment, people, documents, tokens.get(message.pk, ""))
    return found


def _tokens(known: Sequence[tuple[Message, Appointment]]) -> dict[int, str]:
    """A fresh private link for each message that carries one, in one statement."""
    wanted: list[tuple[int, tuple[str, UUID, datetime]]] = [
        (message.pk, (SUBJECT, appointment.pk, link_expiry(appointment.ends_at)))
        for message, appointment in known
        if appointment.state == State.BOOKED and message.kind not in CANCELLATIONS
    ]
    tokens = mint_links([subject for _, subject in wanted])
    return {pk: token for (pk, _), token in zip(wanted, tokens, strict=True)}


def _list_key(appointment: Appointment, people: Sequence[AppointmentPerson]) -> Any:
    persons = tuple((person.is_minor, person.birth_year, person.situation) for person in people)
    return appointment.type_id, appointment.facility.municipality_id, appointment.starts_at.date(), persons


def _documents(appointment: Appointment, people: Sequence[AppointmentPerson]) -> Sequence[PersonDocuments]:
    return documents_for(
        type=appointment.type,
        people=people,
        municipality=appointment.facility.municipality,
        on=appointment.starts_at.date(),
    )
