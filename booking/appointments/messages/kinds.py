"""Names of the messages, as the outbox keeps them."""

from enum import StrEnum

from notifications.models import MAX_REMINDER_DAYS

#: `Message.subject_type` and `AccessLink.subject_type` of an appointment.
SUBJECT = "appointment"


class Kind(StrEnum):
    CONFIRMED = "appointment.confirmed"
    MOVED = "appointment.moved"
    MOVED_BY_OFFICE = "appointment.moved_by_office"
    CANCELLED_BY_RESIDENT = "appointment.cancelled_by_resident"
    CANCELLED_FOR_CALLER = "appointment.cancelled_for_caller"
    CANCELLED_BY_OFFICE = "appointment.cancelled_by_office"
    RELEASED = "appointment.released"
    NUMBER_AWAITED = "appointment.number_awaited"
    CORRECTED = "appointment.corrected"
    MAILBOX_LEFT = "appointment.mailbox_left"
    REMINDER_SMS = "appointment.reminder_sms"
    LOST_LINK = "appointment.lost_link"


def reminder_kind(days: int) -> str:
    """The reminder by mail so many days before."""
    return f"appointment.reminder_{days}"


REMINDERS = tuple(reminder_kind(days) for days in range(1, MAX_REMINDER_DAYS + 1))
CANCELLATIONS = (Kind.CANCELLED_BY_RESIDENT, Kind.CANCELLED_FOR_CALLER, Kind.CANCELLED_BY_OFFICE, Kind.RELEASED)
#: Days before the appointment at which a number that is awaited is asked for; the time is released two days before.
NUMBER_REMINDERS = (7, 3)
#: What carries no private link and takes the entry out of its reader's calendar.
FAREWELLS = (*CANCELLATIONS, Kind.MAILBOX_LEFT)
#: What later news of an appointment take back while it waits: all but the farewell, which is for somebody else.
OVERTAKEN = tuple(str(kind) for kind in (*Kind, *REMINDERS) if kind != Kind.MAILBOX_LEFT)
#: Messages that list what to bring, and those that carry the calendar invitation.
WITH_DOCUMENTS = frozenset({Kind.CONFIRMED, Kind.MOVED, Kind.MOVED_BY_OFFICE, Kind.CORRECTED, *REMINDERS})
WITH_INVITATION = frozenset({Kind.CONFIRMED, Kind.MOVED, Kind.MOVED_BY_OFFICE, Kind.CORRECTED})
