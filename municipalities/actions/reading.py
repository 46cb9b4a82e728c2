"""Noting who read whose file. The one thing a GET writes: it changes nothing but the trace."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from municipalities.models import Facility, ReadTrace, StaffMember, Why

#: The same reading again, by reload or by going back, is one reading.
SAME_READING = timedelta(minutes=5)


def note_files(*, appointments: Sequence[UUID], why: Why, view: str, by: StaffMember) -> None:
    """These appointments were shown with the names on them."""
    known = set(
        ReadTrace.objects.filter(
            staff=by, why=why, appointment__in=appointments, at__gt=timezone.now() - SAME_READING
        ).values_list("appointment", flat=True)
    )
    ReadTrace.objects.bulk_create(
        [ReadTrace(staff=by, why=why, view=view, appointment=one) for one in appointments if one not in known]
    )


def note_list(*, facility: Facility, day: date, why: Why, view: str, by: StaffMember) -> None:
    """The whole list of a facility's day was shown."""
    again = ReadTrace.objects.filter(
        staff=by, why=why, facility=facility, day=day, at__gt=timezone.now() - SAME_READING
    )
    if not again.exists():
        ReadTrace.objects.create(staff=by, why=why, view=view, facility=facility, day=day)
