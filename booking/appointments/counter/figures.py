"""A day in figures, for who runs the facility: served, absent, without appointment, waiting. Counts, no names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from booking.appointments.counter.day_queries import DayAppointment
from booking.appointments.counter.walk_in_queries import quota_for
from booking.appointments.enums import CANCELLED, BookingChannel, Half, State
from booking.appointments.models import Appointment, WalkInTicket
from booking.appointments.models.presence import Presence, minutes_waited
from municipalities.models import Facility

THROUGH_AGENT = (BookingChannel.PHONE, BookingChannel.COUNTER)


@dataclass(frozen=True)
class HalfDay:
    """Tickets of a half-day, the people they stand for, and how many tickets there could have been."""

    half: Half
    tickets: int
    people: int
    places: int


@dataclass(frozen=True)
class Waiting:
    """Minutes from arriving to being called, on average, and of how many that is known; None when of nobody."""

    minutes: int | None
    number: int


@dataclass(frozen=True)
class DayFigures:
    """`unsettled` are over and nobody said what became of them: without them the other counts would look complete.

    `called_off` by the people who were to come, on their link or, of these, `called_off_at_counter` through an agent.
    """

    appointments: int
    served: int
    incomplete: int
    absent: int
    unsettled: int
    called_off: int
    called_off_at_counter: int
    cancelled_by_office: int
    halves: list[HalfDay]
    waiting: Waiting
    waiting_without: Waiting


def day_figures(
    facility: Facility, day: date, appointments: Iterable[Appointment | DayAppointment], *, now: datetime | None = None
) -> DayFigures:
    """Figures of that day's appointments and of the tickets given. Three queries."""
    now = now or timezone.now()
    appointments = list(appointments)
    kept = [one for one in appointments if one.state not in CANCELLED]
    called_off = [one for one in appointments if one.state == State.CANCELLED_BY_RESIDENT]
    tickets = list(WalkInTicket.objects.filter(facility=facility, day=day).order_by("half", "number"))
    halves = []
    for half in Half:
        given = [ticket for ticket in tickets if ticket.half == half]
        people = sum(ticket.people_count for ticket in given)
        halves.append(HalfDay(half, len(given), people, quota_for(facility, day, half)))
    return DayFigures(
        appointments=len(kept),
        served=_count(kept, State.ATTENDED),
        incomplete=_count(kept, State.INCOMPLETE),
        absent=_count(kept, State.NO_SHOW),
        unsettled=sum(one.state == State.BOOKED and one.ends_at <= now for one in kept),
        called_off=len(called_off),
        called_off_at_counter=sum(one.cancel_channel in THROUGH_AGENT for one in called_off),
        cancelled_by_office=_count(appointments, State.CANCELLED_BY_OFFICE),
        halves=[half for half in halves if half.tickets or half.places],
        waiting=_waiting(kept),
        waiting_without=_waiting(tickets),
    )


def _count(rows: Sequence[Appointment | DayAppointment], state: State) -> int:
    return sum(row.state == state for row in rows)


def _waiting(rows: Iterable[Presence | DayAppointment]) -> Waiting:
    """Of those whose arrival was noted when they came: noted only together with the call, it would say nought."""
    known = []
    for row in rows:
        if row.arrived_at and row.called_at and row.arrived_at < row.called_at:
            known.append(minutes_waited(row.arrived_at, row.called_at, row.served_at, row.called_at) or 0)
    return Waiting(round(sum(known) / len(known)) if known else None, len(known))
