"""What people wish for: to join the waiting list, to wish for something else, to leave it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F, Q, Value
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyWaiting, NotOffered, WaitIsOver
from booking.appointments.models import Appointment, AppointmentType, WaitingListEntry
from booking.appointments.models.waiting import WaitingListEntryQuerySet, WaitingState, mailbox
from booking.appointments.waiting_list.messages import owed_on_waiting
from booking.appointments.waiting_list.offers import take_off
from municipalities.database.transactions import patient_transaction
from municipalities.models import Municipality
from municipalities.phones import takes_sms


@dataclass(frozen=True)
class WaitingPreferences:
    """What a waiting person would take. Dates local and inclusive, hours those of the start; empty means any."""

    from_day: date
    until_day: date
    facility_ids: tuple[int, ...] = ()
    radius_km: int | None = None
    weekdays: frozenset[int] = field(default_factory=frozenset)
    earliest: time | None = None
    latest: time | None = None


def join_waiting_list(
    *,
    wish: WaitingPreferences,
    appointment: Appointment | None = None,
    type: AppointmentType | None = None,
    people: int = 1,
    email: str = "",
    phone: str = "",
    language: str = "fr",
    home: Municipality | None = None,
    booked_through: Municipality | None = None,
) -> WaitingListEntry:
    """Ask for an earlier time: for an appointment one has, or for a type and a number of people without one.

    With an appointment, its type, people and contact count. Raises AlreadyWaiting, NotOffered, Busy.
    """
    if appointment is not None:
        if appointment.state != State.BOOKED or appointment.starts_at <= timezone.now():
            raise NotOffered
        type, people = appointment.type, appointment.people_count
        email, phone, language = appointment.email, appointment.phone, appointment.language
        home = home or appointment.home_municipality
        booked_through = booked_through or appointment.booked_through
    if type is None or not 1 <= people <= type.max_people or not (email or takes_sms(phone)):
        raise NotOffered
    wish = _where_the_title_lies(wish, type, appointment)
    try:
        with patient_transaction():
            _end_run_out(type, appointment, email, phone)
            entry = WaitingListEntry.objects.create(
                type=type,
                people_count=people,
                appointment=appointment,
                email=email,
                phone=phone,
                language=language,
                home_municipality=home,
                booked_through=booked_through,
                facility_ids=list(wish.facility_ids),
                radius_km=wish.radius_km,
                from_day=wish.from_day,
                until_day=wish.until_day,
                weekdays=sorted(wish.weekdays),
                earliest=wish.earliest,
                latest=wish.latest,
                created_at=timezone.now(),
            )
            owed_on_waiting(entry)
    except IntegrityError as error:
        if "one_place_in_the_queue" not in str(error):
            raise
        raise AlreadyWaiting from error
    return entry


def change_preferences(
    *, entry: WaitingListEntry, wish: WaitingPreferences, home: Municipality | None = None
) -> WaitingListEntry:
    """Wait for something else from now on, at the same place in the queue. Raises WaitIsOver, NotOffered, Busy."""
    with patient_transaction():
        mine = WaitingListEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        if mine.state != WaitingState.WAITING:
            raise WaitIsOver
        wish = _where_the_title_lies(wish, mine.type, mine.appointment)
        mine.facility_ids, mine.radius_km = list(wish.facility_ids), wish.radius_km
        mine.from_day, mine.until_day, mine.weekdays = wish.from_day, wish.until_day, sorted(wish.weekdays)
        mine.earliest, mine.latest = wish.earliest, wish.latest
        mine.home_municipality, mine.unanswered = home or mine.home_municipality, 0
        mine.save(
            update_fields=[
                "facility_ids",
                "radius_km",
                "from_day",
                "until_day",
                "weekdays",
                "earliest",
                "latest",
                "home_municipality",
                "unanswered",
            ]
        )
    return mine


def leave_waiting_list(*, entry: WaitingListEntry) -> None:
    """Leave the queue; a start being offered goes to the next. Leaving twice changes nothing. Raises Busy."""
    with patient_transaction():
        take_off(entry.pk)


def send_link_again(*, type: AppointmentType, email: str, phone: str) -> None:
    """The private link of the wish that has this address already. Says nothing about whether there is one."""
    with patient_transaction():
        for entry in _waiting_without_appointment(type, email, phone).select_related("type")[:2]:
            owed_on_waiting(entry)


def _waiting_without_appointment(type: AppointmentType, email: str, phone: str) -> WaitingListEntryQuerySet:
    mine = Q(phone=phone) if phone else Q()
    if email:
        mine |= Q(mailbox=mailbox(Value(email)))
    waiting = WaitingListEntry.objects.waiting().filter(type=type, appointment__isnull=True)
    return waiting.alias(mailbox=mailbox(F("email"))).filter(mine)


def _end_run_out(type: AppointmentType, appointment: Appointment | None, email: str, phone: str) -> None:
    """A wish whose days are over does not keep its person from wishing again."""
    mine = (
        _waiting_without_appointment(type, email, phone)
        if appointment is None
        else WaitingListEntry.objects.waiting().filter(appointment=appointment)
    )
    over = mine.filter(until_day__lt=timezone.localdate())
    for entry_id in list(over.values_list("pk", flat=True)):
        take_off(entry_id)


def _where_the_title_lies(
    wish: WaitingPreferences, type: AppointmentType, appointment: Appointment | None
) -> WaitingPreferences:
    """Who collects a title can do so only where it lies. Raises NotOffered when that is not said."""
    if not type.is_collection:
        return wish
    ids = (appointment.facility_id,) if appointment is not None else wish.facility_ids
    if len(ids) != 1:
        raise NotOffered
    return replace(wish, facility_ids=ids, radius_km=None)


def send_links(contact: str) -> None:
    """A private link for every place in the queue that is known under this contact. In the caller's transaction."""
    for entry in WaitingListEntry.objects.reached_at(contact).select_related("type")[:3]:
        owed_on_waiting(entry)


def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What an auditor reads: the reference of the appointment that somebody would have earlier, if there is one."""
    rows = WaitingListEntry.objects.filter(pk__in=ids).values_list("pk", "appointment__reference")
    return {pk: reference or "" for pk, reference in rows}


def look_up(typed: str) -> list[UUID]:
    found = WaitingListEntry.objects.filter(appointment__reference__icontains=typed)
    return list(found.values_list("pk", flat=True)[:200])
