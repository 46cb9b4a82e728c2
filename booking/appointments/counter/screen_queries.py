"""Who is called at a place right now, by number."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from booking.appointments.counter.day_queries import bounds
from booking.appointments.models import Appointment, WalkInTicket
from municipalities.models import Facility

#: As many as are read from the last row of chairs.
SHOWN = 6


@dataclass(frozen=True)
class Call:
    """`counter` is empty where nobody said which: the person asks at the desk."""

    number: str
    counter: str
    at: datetime
    is_again: bool


def calls_at(facility: Facility, *, now: datetime) -> list[Call]:
    """Those called and not yet served, the latest call first. Two queries."""
    day = timezone.localdate(now)
    start, end = bounds(day)
    appointments = Appointment.objects.booked().filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
    tickets = WalkInTicket.objects.filter(facility=facility, day=day, state="booked")
    found: list[Call] = []
    for rows in (appointments, tickets):
        latest = rows.filter(called_at__isnull=False).order_by(Coalesce(F("recalled_at"), F("called_at")).desc())
        for row in latest.select_related("called_to")[:SHOWN]:
            counter = row.called_to.name if row.called_to else ""
            number = row.label if isinstance(row, WalkInTicket) else row.reference
            at = row.recalled_at or row.called_at
            assert at is not None
            found.append(Call(number, counter, at, row.recalled_at is not None))
    return sorted(found, key=lambda call: call.at, reverse=True)[:SHOWN]
