"""What the closing of a facility, a municipality or the territory means for appointments."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from booking.appointments.free_time.gaps import counters_with_place
from booking.appointments.models import Counter
from booking.appointments.planning.openings import nobody_left_outside, rebuild_within
from booking.appointments.planning.week_queries import touched_by_closure
from municipalities.models import Closure, Facility, StaffMember
from municipalities.readings import note_day
from municipalities.services import Touched


@contextmanager
def closing(closure: Closure, keep: bool) -> Iterator[None]:
    """Around making or lifting it: free time is cut anew. Raises AppointmentsInTheWay unless they are kept."""
    counters = list(_counters_of(closure))
    with nobody_left_outside(counters, keep):
        yield
        rebuild_within(counters, (closure.period.lower, closure.period.upper))


def touched_by(request: HttpRequest, staff: StaffMember, closure: Closure) -> Touched:
    return touched_at(request, staff, _counters_of(closure), (closure.period.lower, closure.period.upper))


def touched_at(
    request: HttpRequest, staff: StaffMember, counters: QuerySet[Counter], period: tuple[datetime, datetime]
) -> Touched:
    """What closing these counters takes, one by one. Names only of appointments this person may see."""
    found = touched_by_closure(counters.order_by("facility__slug", "name"), period)
    visible = set(Facility.objects.visible_to(staff).values_list("pk", flat=True))
    shown = {
        (one.counter.facility, timezone.localdate(row.starts_at))
        for one in found
        if one.counter.facility_id in visible
        for row in one.appointments
    }
    for facility, day in shown:
        note_day(staff, facility, day, "counter:new_closure")
    total = sum(len(one.appointments) for one in found)
    context = {
        "start": period[0],
        "end": period[1],
        "touched": found,
        "total": total,
        "held": sum(one.held for one in found),
        "free_hours": sum(one.free_hours for one in found),
        "names_of": visible,
    }
    return Touched(total, render_to_string("planning/_touched.html", context, request))


def _counters_of(closure: Closure) -> QuerySet[Counter]:
    counters = counters_with_place()
    if closure.facility_id is not None:
        return counters.filter(facility=closure.facility_id)
    if closure.municipality_id is not None:
        return counters.filter(facility__operator__municipality=closure.municipality_id)
    return counters
