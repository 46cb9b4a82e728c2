"""Appointments and tickets of days that are over, of whom nobody said what became: a task, house by house."""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Count, Min, Q
from django.utils import timezone

from booking.appointments.counter.board_actions import undo
from booking.appointments.counter.day_queries import bounds
from booking.appointments.enums import BoardStatus, State
from booking.appointments.models import Appointment, BoardStep, WalkInTicket
from booking.appointments.models.appointments import AppointmentQuerySet
from booking.appointments.models.desk import WalkInTicketQuerySet
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


def unsettled_tickets(staff: StaffMember) -> WalkInTicketQuerySet:
    """Tickets of days that are over whose people were not noted as served, in order of time."""
    today = timezone.localdate()
    tickets = WalkInTicket.objects.visible_to(staff).filter(state=State.BOOKED)
    return tickets.filter(day__lt=today, day__gte=today - ASKED_FOR).order_by("day", "arrived_at", "pk")


def unsettled_by_place(staff: StaffMember) -> list[tuple[int, str, int]]:
    """(facility, its name, how many of both kinds). Two queries."""
    found: Tally[tuple[str, int]] = Tally()
    for rows in (unsettled(staff), unsettled_tickets(staff)):
        counted = rows.order_by().values_list("facility", "facility__name").annotate(number=Count("pk"))
        for pk, name, number in counted:
            found[name, pk] += number
    return [(pk, name, number) for (name, pk), number in sorted(found.items())]


@dataclass(frozen=True)
class OpenDay:
    """`absent`: how many of them closing the day would set absent, for they were never seen. Tickets were given to
    people who were there.
    """

    day: date
    rows: list[Appointment]
    tickets: list[WalkInTicket]

    @property
    def absent(self) -> int:
        return sum(row.arrived_at is None for row in self.rows)


def open_days(staff: StaffMember, facility: Facility) -> list[OpenDay]:
    """What is open at one facility, the latest day first, each row with its `version`. Three queries."""
    rows = (
        unsettled(staff)
        .filter(facility=facility)
        .annotate(version=version_of(Appointment))
        .select_related("type", "counter")
        .prefetch_related("people")
    )
    booked = {day: list(found) for day, found in groupby(rows, key=_day)}
    tickets = unsettled_tickets(staff).filter(facility=facility).annotate(version=version_of(WalkInTicket))
    given = {day: list(found) for day, found in groupby(tickets.select_related("type"), key=_day)}
    return [OpenDay(day, booked.get(day, []), given.get(day, [])) for day in sorted({*booked, *given}, reverse=True)]


def _day(row: Appointment | WalkInTicket) -> date:
    return row.local_day


@dataclass(frozen=True)
class Settled:
    """What one press of today noted, and can be taken back: one row, or all that a closed day set absent."""

    at: datetime
    day: date
    number: int
    reference: str
    word: str


def settled_today(staff: StaffMember, facility: Facility) -> list[Settled]:
    """The presses of this person, the latest first. Two queries."""
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
    tickets = (
        BoardStep.objects.filter(facility=facility, by=staff, undone_at__isnull=True, at__gte=midnight)
        .filter(ticket__day__lt=timezone.localdate())
        .select_related("ticket")
    )
    noted = [
        Settled(step.at, step.ticket.day, 1, step.ticket.label, str(BoardStatus(step.became).label))
        for step in tickets
        if step.ticket is not None
    ]
    noted += [
        Settled(
            row["at"], timezone.localdate(row["day"]), row["number"], row["reference"],
            str(BoardStatus(row["became"]).label),
        )
        for row in groups
    ]  # fmt: skip
    return sorted(noted, key=lambda one: one.at, reverse=True)


def take_back(*, facility: Facility, at: datetime, by: StaffMember) -> tuple[int, list[str]]:
    """Take back one press of today. How many are open again, and why others are not, in sentences. Raises Busy."""
    midnight, _end = bounds(timezone.localdate())
    steps: Iterable[BoardStep] = (
        BoardStep.objects.filter(facility=facility, by=by, at=at, at__gte=midnight, undone_at__isnull=True)
        .filter(Q(appointment__isnull=False) | Q(ticket__day__lt=timezone.localdate()))
        .select_related("appointment", "ticket")
        .order_by("pk")
    )
    number, refused = 0, []
    for step in steps:
        try:
            undo(step=step, by=by)
        except Refusal as refusal:
            refused.append(f"{step.subject} : {refusal}")
        else:
            number += 1
    return number, refused
