"""Which messages an event of an appointment makes owed. Called by the actions, inside their transaction.

Each function costs two statements at most: the facility's reminder policy and one insert (a withdrawal before it where
earlier messages are superseded).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from booking.appointments.messages.kinds import NUMBER_REMINDERS, OVERTAKEN, REMINDERS, SUBJECT, Kind, reminder_kind
from booking.appointments.models import Appointment
from municipalities.phones import takes_sms
from notifications.models import Channel, ReminderPolicy
from notifications.outbox import Owed, enqueue, withdraw, withdraw_all
from notifications.queries import reminder_policy
from notifications.reminders import due_before

#: A reminder due within these hours of the booking would only repeat the confirmation.
TOO_SOON = timedelta(hours=6)


def booking_rows(appointment: Appointment, policy: ReminderPolicy, now: datetime) -> list[Owed]:
    """Confirmation at once, reminders when they are due: rows for the statement that books. No query."""
    return [*_at_once(appointment, Kind.CONFIRMED, policy, now), *_reminders(appointment, policy, now)]


def owed_on_booking(appointment: Appointment, *, now: datetime | None = None) -> int:
    """What is owed for a booking, as a statement of its own. Returns the number of rows."""
    return enqueue(booking_rows(appointment, reminder_policy(appointment.facility_id), now or timezone.now()))


def owed_on_move(appointment: Appointment, *, before: datetime, now: datetime | None = None) -> int:
    """What was queued spoke of the old time, `before`, and goes; the move is told, and the reminders begin anew."""
    return _told_anew(appointment, Kind.MOVED, {"before": before.isoformat()}, now or timezone.now())


def owed_on_rehoming(appointment: Appointment, *, reason: str, before: datetime, now: datetime) -> int:
    """The office had to move it: told by every address we have, with the reason and the link to choose another."""
    withdraw(subject_id=appointment.pk, kinds=OVERTAKEN)
    context = {"before": before.isoformat()} | ({"reason": reason} if reason else {})
    told = [_owed(appointment, Kind.MOVED_BY_OFFICE, channel, now, context) for channel in _channels(appointment)]
    return enqueue([*told, *_reminders(appointment, reminder_policy(appointment.facility_id), now)])


def owed_on_correction(appointment: Appointment, *, before: datetime, now: datetime | None = None) -> int:
    """What is known of them now, and a new time where `before` was another. Reminders say what is true then anyway."""
    now = now or timezone.now()
    if before != appointment.starts_at:
        return _told_anew(appointment, Kind.CORRECTED, {"before": before.isoformat()}, now)
    said = [Kind.CORRECTED] if appointment.number_due_at is not None else [Kind.CORRECTED, Kind.NUMBER_AWAITED]
    withdraw(subject_id=appointment.pk, kinds=said)
    return enqueue(_at_once(appointment, Kind.CORRECTED, reminder_policy(appointment.facility_id), now))


def owed_on_cancel(
    appointment: Appointment,
    *,
    by_office: bool,
    through_counter: bool = False,
    reason: str = "",
    now: datetime | None = None,
) -> int:
    """The cancellation, by every address we have: a person on the way must learn of it."""
    now = now or timezone.now()
    withdraw(subject_id=appointment.pk, kinds=OVERTAKEN)
    by_person = Kind.CANCELLED_FOR_CALLER if through_counter else Kind.CANCELLED_BY_RESIDENT
    kind = Kind.CANCELLED_BY_OFFICE if by_office else by_person
    context = {"reason": reason} if reason else {}
    return enqueue([_owed(appointment, kind, channel, now, context) for channel in _channels(appointment)])


def owed_on_release(appointment: Appointment, *, now: datetime) -> int:
    """That the time is released for want of a number, by every address we have."""
    withdraw(subject_id=appointment.pk, kinds=OVERTAKEN)
    return enqueue([_owed(appointment, Kind.RELEASED, channel, now) for channel in _channels(appointment)])


def owed_on_contact_change(appointment: Appointment, *, left: str = "", now: datetime | None = None) -> int:
    """The new address gets the confirmation and the reminders; the mailbox that was `left` hears of it once more."""
    now = now or timezone.now()
    withdraw(subject_id=appointment.pk, kinds=OVERTAKEN)
    told = owed_on_booking(appointment, now=now)
    return told + (enqueue([_owed(appointment, Kind.MAILBOX_LEFT, Channel.MAIL, now, to=left)]) if left else 0)


def owed_on_send_again(appointment: Appointment, *, now: datetime | None = None) -> int:
    """The confirmation once more, by every address we have."""
    now = now or timezone.now()
    return enqueue([_owed(appointment, Kind.CONFIRMED, channel, now) for channel in _channels(appointment)])


def owed_on_lost_link(
    appointments: Iterable[Appointment], *, channel: str | None = None, now: datetime | None = None
) -> int:
    """A fresh private link for each appointment, to the address it knows; by one channel, or by all."""
    now = now or timezone.now()
    return enqueue(
        [
            _owed(appointment, Kind.LOST_LINK, known, now)
            for appointment in appointments
            for known in _channels(appointment)
            if channel is None or known == channel
        ]
    )


def can_be_told(appointment: Appointment) -> bool:
    """Whether anything we write reaches somebody; a landline is only spoken to."""
    return bool(_channels(appointment))


def sms_reminder_at(appointment: Appointment) -> datetime | None:
    """When an SMS reminds of what was booked; None where the place sends none, or it would come too late to be owed."""
    if appointment.booked_at is None:
        return None
    owed = _reminders(appointment, reminder_policy(appointment.facility_id), appointment.booked_at)
    return next((row.due_at for row in owed if row.kind == Kind.REMINDER_SMS), None)


def plan_reminders_again(appointments: Sequence[Appointment]) -> int:
    """The reminders not sent yet, by the policies as they stand now. Two statements. Returns how many are owed.

    What was sent stays sent: a reminder whose hour has gone by is not made up for.
    """
    now = timezone.now()
    kinds = (*REMINDERS, Kind.REMINDER_SMS, Kind.NUMBER_AWAITED)
    withdraw_all(subject_ids=[appointment.pk for appointment in appointments], kinds=kinds)
    policies = {policy.facility_id: policy for policy in ReminderPolicy.objects.order_by("pk")}
    usual = policies.get(None) or ReminderPolicy()
    return enqueue(
        [row for one in appointments for row in _reminders(one, policies.get(one.facility_id) or usual, now)]
    )


def _channels(appointment: Appointment) -> list[Channel]:
    found = [Channel.MAIL] if appointment.email else []
    return [*found, Channel.SMS] if takes_sms(appointment.phone) else found


def _owed(
    appointment: Appointment,
    kind: str,
    channel: Channel,
    due_at: datetime,
    context: dict[str, str] | None = None,
    *,
    to: str = "",
) -> Owed:
    return Owed(
        kind=str(kind),
        channel=channel,
        recipient=to or (appointment.email if channel == Channel.MAIL else appointment.phone),
        due_at=due_at,
        language=appointment.language,
        municipality_id=appointment.booked_through_id or appointment.facility.municipality_id,
        subject_type=SUBJECT,
        subject_id=appointment.pk,
        context=context or {},
    )


def _told_anew(appointment: Appointment, kind: str, context: dict[str, str], now: datetime) -> int:
    withdraw(subject_id=appointment.pk, kinds=OVERTAKEN)
    policy = reminder_policy(appointment.facility_id)
    return enqueue([*_at_once(appointment, kind, policy, now, context), *_reminders(appointment, policy, now)])


def _at_once(
    appointment: Appointment,
    kind: str,
    policy: ReminderPolicy,
    now: datetime,
    context: dict[str, str] | None = None,
) -> list[Owed]:
    """By mail, and by SMS where there is no mail or the facility uses SMS."""
    return [
        _owed(appointment, kind, channel, now, context)
        for channel in _channels(appointment)
        if channel == Channel.MAIL or policy.sms_is_on or not appointment.email
    ]


def _reminders(appointment: Appointment, policy: ReminderPolicy, now: datetime) -> list[Owed]:
    rows = []
    if appointment.email:
        for days in sorted(set(policy.mail_days), reverse=True):
            due_at = due_before(appointment.starts_at, days, policy.mail_time)
            if due_at > now + TOO_SOON:
                rows.append(_owed(appointment, reminder_kind(days), Channel.MAIL, due_at))
    if policy.sms_is_on and takes_sms(appointment.phone):
        due_at = due_before(appointment.starts_at, policy.sms_days, policy.sms_time)
        if due_at > now + TOO_SOON:
            rows.append(_owed(appointment, Kind.REMINDER_SMS, Channel.SMS, due_at))
    return [*rows, *_asking_for_the_number(appointment, policy, now)]


def _asking_for_the_number(appointment: Appointment, policy: ReminderPolicy, now: datetime) -> list[Owed]:
    """By mail, else by SMS: without it the time is released, so this does not depend on the facility's reminders."""
    if appointment.number_due_at is None:
        return []
    when = [due_before(appointment.starts_at, days, policy.mail_time) for days in NUMBER_REMINDERS]
    return [
        _owed(appointment, Kind.NUMBER_AWAITED, channel, due_at)
        for due_at in when
        if now + TOO_SOON < due_at < appointment.number_due_at
        for channel in _channels(appointment)[:1]
    ]
