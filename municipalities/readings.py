"""Noting who read whose file: names outside of one's own day, that is today where one works.

The one thing a GET writes: it changes nothing but the trace.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from municipalities.models import Facility, ReadTrace, StaffMember, Why
from municipalities.rules import RIGHTS, Ability

#: The same reading again, by reload or by going back, is one reading.
SAME_READING = timedelta(minutes=5)


def note_day(staff: StaffMember, facility: Facility, day: date, view: str) -> None:
    """The whole list of a facility's day was shown."""
    why = _why(staff, facility, day)
    if why is None:
        return
    again = _recent(staff, why).filter(facility=facility, day=day)
    if not again.exists():
        ReadTrace.objects.create(staff=staff, why=why, view=view, facility=facility, day=day)


class Dated(Protocol):
    """What is somewhere at some time, with its facility at hand."""

    pk: UUID
    facility: Facility
    starts_at: datetime


def note_found(staff: StaffMember, subject_type: str, found: Iterable[Dated], view: str) -> None:
    """By name, reference or number: all that was shown but today's own."""
    ids = [row.pk for row in found if _why_read(staff, row) is not None]
    if ids:
        note_subjects(subject_type, *ids, why=Why.SEARCH, view=view, by=staff)


def note_opened(staff: StaffMember, subject_type: str, row: Dated, view: str) -> None:
    """One, opened by itself."""
    why = _why_read(staff, row)
    if why is not None:
        note_subjects(subject_type, row.pk, why=why, view=view, by=staff)


def note_subjects(subject_type: str, *ids: UUID, why: Why, view: str, by: StaffMember) -> None:
    """These were shown with the names on them."""
    known = set(
        _recent(by, why).filter(subject_type=subject_type, subject_id__in=ids).values_list("subject_id", flat=True)
    )
    ReadTrace.objects.bulk_create(
        [
            ReadTrace(staff=by, why=why, view=view, subject_type=subject_type, subject_id=one)
            for one in ids
            if one not in known
        ]
    )


def _recent(staff: StaffMember, why: Why) -> QuerySet[ReadTrace]:
    return ReadTrace.objects.filter(staff=staff, why=why, at__gt=timezone.now() - SAME_READING)


def _why_read(staff: StaffMember, row: Dated) -> Why | None:
    return _why(staff, row.facility, timezone.localdate(row.starts_at))


def _why(staff: StaffMember, facility: Facility, day: date) -> Why | None:
    roles = staff.current_roles()
    working = RIGHTS[Ability.SERVE]
    is_own = facility.pk in roles.facilities_with(*working) or facility.operator_id in roles.operators_with(*working)
    if not is_own:
        return Why.OTHER_PLACE
    return None if day == timezone.localdate() else Why.OTHER_DAY
