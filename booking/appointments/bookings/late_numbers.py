"""A time first, the State's pre-application number later: where the town allows it, until two days before.

Whoever has not made the pre-application yet need not lose the time over it. They are reminded, add the number on the
page that corrects the file, and else the time is released (`changes.release_numberless`) as after a cancellation.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from booking.appointments.exceptions import NumberFirst
from booking.appointments.models import Appointment, AppointmentType
from municipalities.models import Facility
from municipalities.zone import ZONE

#: Days before the appointment at which its time is released: early enough for somebody else to come.
RELEASED_BEFORE = timedelta(days=2)
#: With less time than this to add a number it is no offer.
LEAST_TIME = timedelta(days=1)


def number_due(starts_at: datetime) -> datetime:
    """The same hour on the wall, two days before."""
    return starts_at.astimezone(ZONE) - RELEASED_BEFORE


def may_follow(kind: AppointmentType, facility: Facility, starts_at: datetime) -> bool:
    """Whether one may book this start without a number. The facility's municipality should be loaded."""
    if not kind.needs_number or not facility.municipality.takes_number_later:
        return False
    return number_due(starts_at) >= timezone.now() + LEAST_TIME


def await_number_at(mine: Appointment, starts_at: datetime, now: datetime) -> None:
    """The locked appointment goes to another time: its number is awaited until before that. Not saved.

    Only the office moves it nearer than that, and then receives the person without a number.
    """
    if mine.number_due_at is not None:
        due = number_due(starts_at)
        mine.number_due_at = due if due > now else None


def refuse_too_near(mine: Appointment, starts_at: datetime, now: datetime) -> None:
    """Raises NumberFirst where its holder would move it to a time at which it would be released at once."""
    if mine.number_due_at is not None and number_due(starts_at) <= now:
        raise NumberFirst
