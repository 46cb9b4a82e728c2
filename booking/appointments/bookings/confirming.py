"""Turning a hold into an appointment."""

import json
import uuid
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import IntegrityError
from django.utils import timezone

from booking.appointments.bookings.late_numbers import may_follow, number_due
from booking.appointments.bookings.queries import by_key
from booking.appointments.enums import BookingChannel, Situation, State
from booking.appointments.exceptions import HoldExpired, HoldNotYours, NotOffered, NumberInUse, NumberNeeded
from booking.appointments.messages.owed import booking_rows
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.waiting_list.offers import belongs_to_the_waiting, settle_offer
from booking.residents.references import keyed_hash
from municipalities import audit
from municipalities.database.cached import one_version
from municipalities.database.prepared import prepared_cursor
from municipalities.database.transactions import (
    PATIENTLY_SQL,
    Busy,
    busy_if_locked,
    own_transaction,
    patient_transaction,
)
from municipalities.models import Municipality, StaffMember
from notifications.outbox import ENQUEUE_SQL, enqueue_parameter
from notifications.queries import reminder_policy

NUMBER_CONSTRAINT = "one_active_deposit_appointment_per_number"
#: A hold changes at most twice while somebody confirms it: to booked, to nothing.
MOST_LOOKS = 5


@dataclass(frozen=True)
class PersonDetails:
    """One person as typed. `number` is trimmed and upper-case, empty where none is asked for."""

    first_name: str
    last_name: str
    birth_year: int | None = None
    is_minor: bool = False
    situation: str = Situation.RENEWAL
    number: str = ""

    @classmethod
    def of(cls, person: AppointmentPerson) -> Self:
        """What was typed, read from what is kept."""
        return cls(
            first_name=person.first_name,
            last_name=person.last_name,
            birth_year=person.birth_year,
            is_minor=person.is_minor,
            situation=person.situation,
            number=person.pre_application_number,
        )


@dataclass(frozen=True)
class BookingDetails:
    """Who comes and how to reach them. `phone` in E.164 or empty; at least one of mail and phone, unless by staff.

    `number_later`: who has no number yet will add it, where the town allows that.
    """

    people: Sequence[PersonDetails]
    email: str = ""
    phone: str = ""
    language: str = "fr"
    accessibility: Sequence[str] = field(default_factory=tuple)
    home: Municipality | None = None
    channel: str = BookingChannel.WEB
    number_later: bool = False

    @property
    def awaits_a_number(self) -> bool:
        return self.number_later and not all(person.number for person in self.people)


def confirm_booking(
    *,
    hold_id: uuid.UUID,
    browser: str,
    details: BookingDetails,
    by: StaffMember | None = None,
    read: Appointment | None = None,
) -> Appointment:
    """Make the hold an appointment with its people and its messages, all or nothing.

    `read` is the hold as the caller has just read it; it is believed only as long as the database agrees. Confirming
    twice gives the same appointment. A hold past its hour whose time nobody has wanted yet still counts.
    Raises HoldExpired (the time was given back), HoldNotYours, NumberInUse, NumberNeeded, NotOffered, Busy.
    """
    with audit.on_behalf_of(by.pk if by else None), one_version():
        try:
            return _confirm(hold_id, browser, details, by, read)
        except IntegrityError as error:
            numbers = _refused(error, details)
            if not free_numbers(numbers):
                raise in_use(numbers) from error
        try:
            return _confirm(hold_id, browser, details, by, None)
        except IntegrityError as error:
            raise in_use(_refused(error, details)) from error


def says_the_same(appointment: Appointment, details: BookingDetails) -> bool:
    """Whether the appointment is what these details would make: a second press, not another form."""
    home = details.home.pk if details.home else None
    reached = (details.email, details.phone, details.language, list(details.accessibility), home)
    known = (appointment.email, appointment.phone, appointment.language, appointment.accessibility)
    people = [PersonDetails.of(one) for one in appointment.people.order_by("position")]
    return reached == (*known, appointment.home_municipality_id) and people == list(details.people)


def _refused(error: IntegrityError, details: BookingDetails) -> list[str]:
    """The numbers of these people, one of which is in use. Raises whatever else the error says."""
    if NUMBER_CONSTRAINT not in str(error):
        raise error
    return [person.number for person in details.people if person.number]


#: The appointment, its people and its messages, in one statement that is its own transaction: it waits patiently, tells
#: who acts, and does nothing at all unless the hold still is what was read.
_BOOK = f"""
WITH told AS MATERIALIZED ({PATIENTLY_SQL}),
booked AS (
    UPDATE appointments_appointment a
    SET state = 'booked', expires_at = NULL, booked_at = %s, changed_at = %s, email = %s, phone = %s, language = %s,
        accessibility = %s, home_municipality_id = %s, channel = %s, booked_by_id = %s,
        number_due_at = %s
    FROM told
    WHERE a.id = %s AND a.state = 'held' AND a.moves_id IS NULL AND a.browser_hash = %s
      AND a.counter_id = %s AND a.starts_at = %s AND told.patience <> ''
    RETURNING a.id
), people AS (
    INSERT INTO appointments_appointmentperson
        (appointment_id, position, first_name, last_name, birth_year, is_minor, situation, pre_application_number,
         holds_number)
    SELECT booked.id, p.*
    FROM booked, jsonb_to_recordset(%s::jsonb)
        AS p(position smallint, first_name text, last_name text, birth_year smallint, is_minor bool, situation text,
             number text, holds_number bool)
), owed AS ({ENQUEUE_SQL} WHERE EXISTS (SELECT FROM booked))
SELECT id FROM booked
"""


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
        appointment.number_due_at,
        appointment.pk,
        appointment.browser_hash,
        appointment.counter_id,
        appointment.starts_at,
    ]


def _people(appointment: Appointment, people: Sequence[PersonDetails]) -> str:
    keeps = appointment.type.is_deposit
    return json.dumps(
        [
            {
                "position": position,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "birth_year": person.birth_year,
                "is_minor": person.is_minor,
                "situation": person.situation,
                "number": person.number,
                "holds_number": keeps and bool(person.number),
            }
            for position, person in enumerate(people, 1)
        ]
    )


def _confirm(
    hold_id: uuid.UUID, browser: str, details: BookingDetails, by: StaffMember | None, read: Appointment | None
) -> Appointment:
    """Read without a lock, write only what is still as it was read; look again when it is not."""
    for attempt in range(MOST_LOOKS):
        appointment = copy(read) if read is not None and not attempt else by_key(hold_id)
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
        if details.awaits_a_number and not may_follow(appointment.type, appointment.facility, appointment.starts_at):
            raise NumberNeeded
        _fill_in(appointment, details, by)
        policy = reminder_policy(appointment.facility_id)
        owed = booking_rows(appointment, policy, appointment.changed_at)
        values = [
            audit.actor_setting(),
            *_booked(appointment),
            _people(appointment, details.people),
            enqueue_parameter(owed),
        ]
        if belongs_to_the_waiting(appointment):
            with patient_transaction():
                if _write(values):
                    settle_offer(appointment)
                    return appointment
        elif _write(values):
            return appointment
    raise Busy


def _fill_in(appointment: Appointment, details: BookingDetails, by: StaffMember | None) -> None:
    appointment.state = State.BOOKED
    appointment.expires_at = None
    appointment.booked_at = appointment.changed_at = timezone.now()
    appointment.email = details.email
    appointment.phone = details.phone
    appointment.language = details.language
    appointment.accessibility = list(details.accessibility)
    appointment.home_municipality = details.home
    appointment.channel = details.channel
    appointment.booked_by = by
    appointment.number_due_at = number_due(appointment.starts_at) if details.awaits_a_number else None


def _write(values: Sequence[Any]) -> bool:
    """Whether the hold was still there to be booked. Raises Busy."""
    with busy_if_locked(), own_transaction(), prepared_cursor() as cursor:
        cursor.execute(_BOOK, values)
        return cursor.fetchone() is not None


def free_numbers(numbers: Sequence[str]) -> int:
    """Let go of numbers whose appointment is over, marked by the counter or not. How many were let go."""
    return AppointmentPerson.objects.filter(
        pre_application_number__in=numbers, holds_number=True, appointment__ends_at__lt=timezone.now()
    ).update(holds_number=False)


def in_use(numbers: Sequence[str], *, besides: uuid.UUID | None = None) -> NumberInUse:
    """The refusal for the first of these numbers that has an active appointment, `besides` this one."""
    person = (
        AppointmentPerson.objects.filter(pre_application_number__in=numbers, holds_number=True)
        .exclude(appointment=besides)
        .select_related("appointment")
        .order_by("pk")
        .first()
    )
    if person is None:
        return NumberInUse(numbers[0])
    return NumberInUse(person.pre_application_number, person.appointment)
