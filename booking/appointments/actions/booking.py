"""Turning a hold into an appointment."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError
from django.utils import timezone

from booking.appointments import messages
from booking.appointments.actions.taking import patient_transaction
from booking.appointments.actions.waiting_list import belongs_to_the_waiting, settle_offer
from booking.appointments.enums import BookingChannel, Situation, State
from booking.appointments.exceptions import HoldExpired, HoldNotYours, NotOffered, NumberInUse
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.references import keyed_hash
from municipalities.models import Municipality, StaffMember

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


def _confirm(hold_id: uuid.UUID, browser: str, details: BookingDetails, by: StaffMember | None) -> Appointment:
    with patient_transaction():
        appointment = (
            Appointment.objects.select_related("facility__municipality", "counter", "type", "booked_through")
            .defer("facility__municipality__logo", "booked_through__logo")
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
        AppointmentPerson.objects.bulk_create(
            [
                AppointmentPerson(
                    appointment=appointment,
                    position=position,
                    first_name=person.first_name,
                    last_name=person.last_name,
                    birth_year=person.birth_year,
                    is_minor=person.is_minor,
                    situation=person.situation,
                    pre_application_number=person.number,
                    holds_number=appointment.type.is_deposit and bool(person.number),
                )
                for position, person in enumerate(details.people, start=1)
            ]
        )
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
        appointment.save(
            update_fields=[
                "state",
                "expires_at",
                "booked_at",
                "changed_at",
                "email",
                "phone",
                "language",
                "accessibility",
                "home_municipality",
                "channel",
                "booked_by",
                "calendar_entry",
            ]
        )
        messages.owed_on_booking(appointment, now=now)
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
