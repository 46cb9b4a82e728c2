"""Appointments that are over and of whom nobody said what became: a task of the day after, house by house."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Count, Min, Q
from django.utils import timezone

from booking.appointments.counter.board_actions import undo
from booking.appointments.counter.day_queries import bounds
from booking.appointments.enums import BoardStatus
from booking.appointments.models import Appointment, BoardStep
from booking.appointments.models.appointments import AppointmentQuerySet
from municipalities.database.versions import version_of
from municipalities.exceptions import Refusal
from municipalities.models import Facility, StaffMember

#: Older ones are figures by now, without names; nobody remembers what became of them.
ASKED_FOR = timedelta(days=60)


def unsettled(staff: StaffMember) -> AppointmentQuerySet:
    """Those of days that are over, in order of time, at counters this person sees."""
    midnight, _end = bounds(timezone.localdate())
    return (
        Appointment.objects.at_counters_of(staff)
        .booked()
        .filter(starts_at__lt=midnight, starts_at__gte=midnight - ASKED_FOR, purged_at__isnull=True)
        .order_by("starts_at", "counter__name", "pk")
    )


@dataclass(frozen=True)
class OpenDay:
    """`absent`: how many of them closing the day would set absent, for they were never seen."""

    day: date
    rows: list[Appointment]

    @property
    def absent(self) -> int:
        return sum(row.arrived_at is None for row in self.rows)


def open_days(staff: StaffMember, facility: Facility) -> list[OpenDay]:
    """What is open at one facility, the latest day first, each row with its `version`. Two queries."""
    rows = (
        unsettled(staff)
        .filter(facility=facility)
        .annotate(version=version_of(Appointment))
        .select_related("type", "counter")
        .prefetch_related("people")
    )
    days = [OpenDay(day, list(found)) for day, found in groupby(rows, key=_day)]
    return days[::-1]


def _day(row: Appointment) -> date:
    return row.local_day


@dataclass(frozen=True)
class Settled:
    """What one press of today noted, and can be taken back: one appointment, or all that a closed day set absent."""

    at: datetime
    day: date
    number: int
    reference: str
    word: str


def settled_today(staff: StaffMember, facility: Facility) -> list[Settled]:
    """The presses of this person, the latest first. One query."""
    midnight, _end = bounds(timezone.localdate())
    groups = (
        BoardStep.objects.filter(facility=facility, by=staff, undone_at__isnull=True, at__gte=midnight)
        .filter(appointment__isnull=False)
        .order_by()
        .values("at", "became")
        .annotate(number=Count("pk"), day=Min("appointment__starts_at"), reference=Min("appointment__reference"))
        .filter(Q(number__gt=1) | Q(day__lt=midnight))
        .order_by("-at")
    )
    return [
        Settled(
            row["at"], timezone.localdate(row["day"]), row["number"], row["reference"],
            str(BoardStatus(row["became"]).label),
        )
        for row in groups
    ]  # fmt: skip


def take_back(*, facility: Facility, at: datetime, by: StaffMember) -> tuple[int, list[str]]:
    """Take back one press of today. How many are open again, and why others are not, in sentences. Raises Busy."""
    midnight, _end = bounds(timezone.localdate())
    steps: Iterable[BoardStep] = (
        BoardStep.objects.filter(facility=facility, by=by, at=at, at__gte=midnight, undone_at__isnull=True)
        .filter(appointment__isnull=False)
        .select_related("appointment", "ticket")
        .order_by("pk")
    )
    number, refused = 0, []
    for step in steps:
        try:
            undo(step=step, by=by)
        except Refusal as refusal:
            refused.append(f"{step.appointment} : {refusal}")
        else:
            number += 1
    return number, refused
