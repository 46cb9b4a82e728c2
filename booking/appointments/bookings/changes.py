"""What happens to an appointment afterwards: moved, cancelled, reached elsewhere, attended or not."""

import uuid
from datetime import datetime

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from booking.appointments.bookings.confirming import NUMBER_CONSTRAINT, in_use
from booking.appointments.bookings.late_numbers import await_number_at, refuse_too_near
from booking.appointments.enums import BookingChannel, State
from booking.appointments.exceptions import AlreadyOver, HoldExpired, HoldNotYours, NotOffered, NotYourDay
from booking.appointments.free_time.gaps import rebuild_day
from booking.appointments.messages import owed
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.models.presence import OF_THE_DAY
from booking.appointments.models.waiting import is_one_mailbox
from booking.appointments.waiting_list.offers import (
    belongs_to_the_waiting,
    end_wish_of,
    follow_contact_of,
    keep_for_the_waiting,
    settle_offer,
)
from booking.residents.actions import revoke_links
from booking.residents.references import keyed_hash
from municipalities.database.transactions import Busy, patient_transaction
from municipalities.models import StaffMember

#: States staff may set on the day list, `BOOKED` being the undo.
MARKS = (State.BOOKED, State.ATTENDED, State.INCOMPLETE, State.NO_SHOW)


def locked(appointment: Appointment) -> Appointment:
    """Locked by its key alone, then read: a lock that joins finds nothing when a move has overtaken it."""
    Appointment.objects.select_for_update(of=("self",)).only("pk").get(pk=appointment.pk)
    rows = Appointment.objects.select_related("facility__municipality", "counter", "type", "booked_through")
    return rows.get(pk=appointment.pk)


def _still_to_come(appointment: Appointment) -> Appointment:
    """The appointment, locked. Raises AlreadyOver when there is nothing left to change."""
    mine = locked(appointment)
    if mine.state != State.BOOKED or mine.starts_at <= timezone.now():
        raise AlreadyOver
    return mine


def move_appointment(
    *, appointment: Appointment, hold_id: uuid.UUID, browser: str, by: StaffMember | None = None
) -> Appointment:
    """Give the appointment the time of a hold taken for it, and free the old time, in one transaction.

    It stays the same appointment: same reference, same calendar entry, one change later. Moving twice by the same hold
    changes nothing. Raises AlreadyOver, HoldExpired, HoldNotYours, NotOffered, NumberFirst, Busy.
    """
    with patient_transaction(by=by):
        mine = _still_to_come(appointment)
        hold = Appointment.objects.select_for_update(of=("self",)).filter(pk=hold_id).order_by("pk").first()
        if hold is None or hold.state != State.HELD:
            raise HoldExpired
        if bytes(hold.browser_hash or b"") != keyed_hash("browser", browser):
            raise HoldNotYours
        same_ask = hold.type_id == mine.type_id and hold.people_count == mine.people_count
        if hold.moves_id != mine.pk or not same_ask:
            raise NotOffered
        now = timezone.now()
        if by is None:
            refuse_too_near(mine, hold.starts_at, now)
        old = (mine.counter_id, mine.starts_at, mine.ends_at)
        if belongs_to_the_waiting(hold):
            settle_offer(hold)
        mine.browser_hash = hold.browser_hash
        shift(mine, hold, now)
        owed.owed_on_move(mine, before=old[1], now=now)
        if not keep_for_the_waiting(mine, *old):
            rebuild_day(old[0], old[1])
    return mine


def shift(mine: Appointment, hold: Appointment, now: datetime) -> None:
    """The locked appointment takes over time and place of the hold, which ends. Inside a transaction."""
    Appointment.objects.filter(pk=hold.pk).delete()
    if (mine.facility_id, timezone.localdate(mine.starts_at)) != (hold.facility_id, timezone.localdate(hold.starts_at)):
        # Whoever had arrived here has not arrived there.
        mine.leave()
    mine.facility_id, mine.counter_id = hold.facility_id, hold.counter_id
    mine.starts_at, mine.ends_at = hold.starts_at, hold.ends_at
    await_number_at(mine, hold.starts_at, now)
    mine.changed_at = now
    mine.sequence += 1
    mine.save(
        update_fields=[
            "facility",
            "counter",
            "starts_at",
            "ends_at",
            "changed_at",
            "sequence",
            "browser_hash",
            "number_due_at",
            *OF_THE_DAY,
        ]
    )


def cancel_appointment(
    *,
    appointment: Appointment,
    reason: str = "",
    by: StaffMember | None = None,
    asked_for: str = "",
) -> Appointment:
    """Cancel, free the time and the numbers, tell people. Cancelling twice changes nothing.

    Who asked is not who typed it: `asked_for` says by what way (a `BookingChannel`) the person told the agent `by` to
    cancel; without it an agent cancels for the office, which is sorry and says why. Raises AlreadyOver, Busy.
    """
    with patient_transaction(by=by):
        mine = locked(appointment)
        if mine.state in (State.CANCELLED_BY_RESIDENT, State.CANCELLED_BY_OFFICE):
            return mine
        mine = _still_to_come(mine)
        now = timezone.now()
        by_office = by is not None and not asked_for
        mine.state = State.CANCELLED_BY_OFFICE if by_office else State.CANCELLED_BY_RESIDENT
        mine.cancel_channel = asked_for or (BookingChannel.COUNTER if by else BookingChannel.WEB)
        _end(mine, reason, now)
        owed.owed_on_cancel(mine, by_office=by_office, through_counter=by is not None, reason=reason, now=now)
        _free(mine)
    return mine


def release_numberless(*, now: datetime | None = None) -> int:
    """Free the time of appointments whose number has not come by its hour, each in its own transaction. How many.

    Nobody cancelled them, so no channel is noted. One whose day has come meanwhile, because nothing ran, stays: whoever
    is on the way is received.
    """
    now = now or timezone.now()
    due = Appointment.objects.booked().filter(number_due_at__lte=now, starts_at__gt=now)
    released = 0
    for key in list(due.order_by("number_due_at").values_list("pk", flat=True)[:200]):
        try:
            with patient_transaction():
                mine = locked(Appointment(pk=key))
                if mine.state != State.BOOKED or mine.number_due_at is None or mine.number_due_at > now:
                    continue
                mine.state = State.CANCELLED_BY_RESIDENT
                _end(mine, "numéro de pré-demande non ajouté à temps", now)
                owed.owed_on_release(mine, now=now)
                _free(mine)
                released += 1
        except Busy:
            continue  # somebody is at it, perhaps adding the number; the next run looks again
    return released


def _end(mine: Appointment, reason: str, now: datetime) -> None:
    """The locked appointment is cancelled, and its numbers are free."""
    mine.cancelled_at = mine.changed_at = now
    mine.cancel_reason = reason[:200]
    mine.sequence += 1
    mine.save(update_fields=["state", "cancelled_at", "changed_at", "cancel_reason", "cancel_channel", "sequence"])
    AppointmentPerson.objects.filter(appointment=mine, holds_number=True).update(holds_number=False)


def _free(mine: Appointment) -> None:
    """Its time goes to those who wait for such a time, else to everybody."""
    end_wish_of(mine)
    if not keep_for_the_waiting(mine, mine.counter_id, mine.starts_at, mine.ends_at):
        rebuild_day(mine.counter_id, mine.starts_at)


def change_contact(
    *, appointment: Appointment, email: str, phone: str, language: str, by: StaffMember | None = None
) -> Appointment:
    """Reach the person elsewhere from now on; links sent to the old address stop working. Raises AlreadyOver, Busy."""
    with patient_transaction(by=by):
        mine = _still_to_come(appointment)
        if (mine.email, mine.phone, mine.language) == (email, phone, language):
            return mine
        left = follow_contact(mine, email=email, phone=phone, language=language)
        mine.save(update_fields=[*CONTACT, "changed_at", "sequence"])
        owed.owed_on_contact_change(mine, left=left)
    return mine


#: What `follow_contact` changes of an appointment, beside `changed_at` and `sequence`.
CONTACT = ("email", "phone", "language")


def follow_contact(mine: Appointment, *, email: str, phone: str, language: str) -> str:
    """The locked appointment has another contact, not saved yet; old links end. The mailbox that is left, or nothing.

    Inside a transaction. The mailbox left takes the entry out of its calendar, so the entry has a new SEQUENCE.
    """
    left = "" if is_one_mailbox(mine.email, email) else mine.email
    mine.email, mine.phone, mine.language = email, phone, language
    mine.changed_at = timezone.now()
    mine.sequence += bool(left)
    revoke_links(subject_id=mine.pk)
    follow_contact_of(mine)
    return left


def send_again(*, appointment: Appointment) -> int:
    """The confirmation once more, to the known addresses. Returns the number of messages."""
    with patient_transaction():
        return owed.owed_on_send_again(_still_to_come(appointment))


def send_links(contact: str) -> None:
    """A private link for every appointment to come that is known under this contact. In the caller's transaction."""
    found = list(
        Appointment.objects.booked()
        .filter(Q(email__iexact=contact) | Q(phone=contact), starts_at__gt=timezone.now())
        .select_related("facility__municipality", "type", "booked_through")
        .order_by("starts_at")[:10]
    )
    if found:
        owed.owed_on_lost_link(found, channel="mail" if "@" in contact else "sms")


def mark_attendance(*, appointment: Appointment, state: str, by: StaffMember) -> Appointment:
    """What became of it today: attended, incomplete, absent, or back to booked.

    Raises AlreadyOver, NotYourDay, NumberInUse, Busy.
    """
    if state not in MARKS:
        raise AlreadyOver
    try:
        with patient_transaction(by=by):
            mine = locked(appointment)
            if mine.state not in MARKS:
                raise AlreadyOver
            if mine.local_day != timezone.localdate():
                raise NotYourDay
            mine.state = State(state)
            # The list knows no arrivals: it says when somebody was done with, and takes all of it back.
            if state == State.BOOKED:
                mine.leave()
            elif state != State.NO_SHOW:
                mine.served_at = mine.served_at or timezone.now()
            mine.save(update_fields=["state", *OF_THE_DAY])
            people = AppointmentPerson.objects.filter(appointment=mine).exclude(pre_application_number="")
            people.update(holds_number=mine.type.is_deposit and state == State.BOOKED)
    except IntegrityError as error:
        if NUMBER_CONSTRAINT not in str(error):
            raise
        raise in_use([person.pre_application_number for person in appointment.people.all()]) from error
    return mine
