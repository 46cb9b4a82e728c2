"""Where a family swims next, on the page where it arrives, and the way to where it enrols."""

from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from booking.activities.timetable.household import seats_of

#: So many are told; the calendar has all of them.
SHOWN = 6


def render(request: HttpRequest, household: UUID) -> str:
    seats = list(seats_of(household, timezone.now())[:SHOWN])
    return render_to_string("timetable/family_panel.html", {"seats": seats}, request)
