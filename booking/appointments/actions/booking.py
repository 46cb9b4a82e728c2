"""Turning a hold into an appointment."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone

from booking.appointments import messages
from booking.appointments.actions.taking import patient_transaction
from booking.appointments.actions.waiting_list import belongs_to_the_waiting, settle_offer
from booking.appointments.enums import BookingChannel, Situation, State
from booking.appointments.exceptions import HoldExpired, HoldNotYours, NotOffered, NumberInUse
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.references import keyed_hash
from municipalities.models import Municipality, StaffMember
from notifications.outbox import ENQUEUE_SQL, enqueue_parameters

NUMBER_CONSTRAINT = "one_active_deposit_appointment_per_number"


@dataclass(frozen=True)
class PersonDetails:
    """One person as typed. `number` is trimmed and upper-case, empty where none is asked for."""

    first_name: str
    last_name: str
    birth_year: int | None = None
    is_minor: bool = False
    situation: str = Situation.RENEWAL
    number: str = ""


@dataclass(frozen=True)
class BookingDetails:
    """Who comes and how to reach them. `phone` in E.164 or empty; at least one of mail and phone, unless by staff."""

    people: Sequence[PersonDetails]
    email: str = ""
    phone: str = ""
    language: str = "fr"
    accessibility: Sequence[str] = field(default_factory=tuple)
    home: Municipality | None = None
    channel: str = BookingChannel.WEB


def confirm_booking(
    *, hold_id: uuid.UUID, browser: str, details: BookingDetails, by: StaffMember | None = None
) -> Appointment:
    """Make the hold an appointment with its people and its messages, all or nothing.

    Confirming twice gives the same appointment. A hold past its hour whose time nobody has wanted yet still counts.
    Raises HoldExpired (the time was given back), HoldNotYours, NumberInUse, NotOffered, Busy.
    """
    try:
        return _confirm(hold_id, browser, details, by)
    except IntegrityError as error:
        if NUMBER_CONSTRAINT not in str(error):
            raise
        numbers = [person.number for person in details.people if person.number]
        if not free_numbers(numbers):
            raise in_use(numbers) from error
    try:
        return _confirm(hold_id, browser, details, by)
    except IntegrityError as error:
        if NUMBER_CONSTRAINT not in str(error):
            raise
        raise in_use(numbers) from error


#: People, messages and the appointment itself, in one statement.
_BOOK = f"""
WITH people AS (
    INSERT INTO appointments_appointmentperson
        (appointment_id, position, first_name, last_name, birth_year, is_minor, situation, pre_application_number,
         holds_number)
    SELECT %s, p.* FROM unnest(%s::smallint[], %s::text[], %s::text[], %s::smallint[], %s::bool[], %s::text[],
                               %s::text[], %s::bool[]) AS p
), told AS ({ENQUEUE_SQL})
UPDATE appointments_appointment SET state = 'booked', expires_at = NULL, booked_at = %s, changed_at = %s, email = %s,
    phone = %s, language = %s, accessibility = %s, home_municipality_id = %s, channel = %s, booked_by_id = %s,
    calendar_entry = %s
WHERE id = %s
"""


def _people_columns(appointment: Appointment, people: Sequence[PersonDetails]) -> list[Any]:
    keeps = appointment.type.is_deposit
    return [
        appointment.pk,
        list(range(1, len(people) + 1)),
        [person.first_name for person in people],
        [person.last_name for person in people],
        [person.birth_year for person in people],
        [person.is_minor for person in people],
        [str(person.situation) for person in people],
        [person.number for person in people],
        [keeps and bool(person.number) for person in people],
    ]


def _booked(appointment: Appointment) -> list[Any]:
    return [
        appointment.booked_at,
        appointment.changed_at,
        appointment.email,
        appointment.phone,
        appointment.language,
        appointment.accessibility,
        appointment.home_municipality_id,
        str(appointment.channel),
        appointment.booked_by_id,
        appointment.calendar_entry,
        appointment.pk,
    ]


#: What a calendar entry, the messages and the answer page read of the places; the rest stays where it is.
_READ = (
    *(field.attname for field in Appointment._meta.concrete_fields if field.name not in ("calendar_entry",)),
    *(f"type__{name}" for name in ("code", "name", "kind")),
    *(f"facility__{name}" for name in ("name", "address", "postal_code", "latitude", "longitude", "municipality_id")),
    *(
        f"{town}__{name}"
        for town in ("facility__municipality", "booked_through")
        for name in ("name", "slug", "sender_name")
    ),
)


def _confirm(hold_id: uuid.UUID, browser: str, details: BookingDetails, by: StaffMember | None) -> Appointment:
    with patient_transaction():
        appointment = (
            Appointment.objects.select_related("facility__municipality", "type", "booked_through")
            .only(*_READ)
            .select_for_update(of=("self",))
            .filter(pk=hold_id)
            .order_by("pk")
            .first()
        )
        if appointment is None:
            raise HoldExpired
        if bytes(appointment.browser_hash or b"") != keyed_hash("browser", browser):
            raise HoldNotYours
        if appointment.state == State.BOOKED:
            return appointment
        if appointment.state != State.HELD or appointment.moves_id:
            raise HoldExpired
        if len(details.people) != appointment.people_count:
            raise NotOffered
        now = timezone.now()
        appointment.state = State.BOOKED
        appointment.expires_at = None
        appointment.booked_at = appointment.changed_at = now
        appointment.email = details.email
        appointment.phone = details.phone
        appointment.language = details.language
        appointment.accessibility = list(details.accessibility)
        appointment.home_municipality = details.home
        appointment.channel = details.channel
        appointment.booked_by = by
        appointment.calendar_entry = messages.calendar_entry(appointment)
        owed = messages.booking_rows(appointment, now)
        with connection.cursor() as cursor:
            cursor.execute(
                _BOOK, [*_people_columns(appointment, details.people), *enqueue_parameters(owed), *_booked(appointment)]
            )
        if belongs_to_the_waiting(appointment):
            settle_offer(appointment)
    return appointment


def free_numbers(numbers: Sequence[str]) -> int:
    """Let go of numbers whose appointment is over, marked by the counter or not. How many were let go."""
    return AppointmentPerson.objects.filter(
        pre_application_number__in=numbers, holds_number=True, appointment__ends_at__lt=timezone.now()
    ).update(holds_number=False)


def in_use(numbers: Sequence[str]) -> NumberInUse:
    """The refusal for the first of these numbers that has an active appointment."""
    person = (
        AppointmentPerson.objects.filter(pre_application_number__in=numbers, holds_number=True)
        .select_related("appointment")
        .order_by("pk")
        .first()
    )
    if person is None:
        return NumberInUse(numbers[0])
    return NumberInUse(person.pre_application_number, person.appointment)
