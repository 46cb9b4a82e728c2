"""What the waiting list's form shows first: from a search, an appointment, or the preferences as they are."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from booking.appointments.models import Appointment, WaitingListEntry
from booking.appointments.resident.forms.waiting import ALL, NEAR, SOME, weekday_codes
from booking.appointments.resident.search_request import SearchRequest
from municipalities.models import Facility
from municipalities.query_names import Param

#: So far ahead a wish reaches unless its person says otherwise.
USUAL_DAYS = 60


USUAL_KM = "10"


def from_search(asked: SearchRequest) -> dict[str, Any]:
    data = asked.form.cleaned_data
    today = timezone.localdate()
    first = data[Param.FROM_DAY] or today
    return {
        "where": SOME if asked.facilities else ALL,
        "facilities": _chosen(asked.facilities, one=asked.type is not None and asked.type.is_collection),
        "home": asked.home.slug if asked.home else "",
        "radius": USUAL_KM,
        "from_day": first.isoformat(),
        "until_day": (data[Param.UNTIL_DAY] or first + timedelta(days=USUAL_DAYS)).isoformat(),
        "weekdays": data[Param.WEEKDAYS],
        "earliest": _hour(data[Param.NOT_BEFORE]),
        "latest": _hour(data[Param.NOT_AFTER]),
    }


def before_appointment(appointment: Appointment) -> dict[str, Any]:
    """Any day before the appointment; when it is today or tomorrow, that day too, at an earlier hour."""
    today, day = timezone.localdate(), timezone.localdate(appointment.starts_at)
    home = appointment.home_municipality
    return {
        "where": ALL,
        "home": home.slug if home else "",
        "radius": USUAL_KM,
        "from_day": today.isoformat(),
        "until_day": max(today, day - timedelta(days=1)).isoformat(),
    }


def from_entry(mine: WaitingListEntry) -> dict[str, Any]:
    places = list(Facility.objects.filter(pk__in=mine.facility_ids).order_by("slug"))
    home = mine.home_municipality
    return {
        "where": NEAR if mine.radius_km else SOME if places else ALL,
        "facilities": _chosen(places, one=mine.type.is_collection),
        "home": home.slug if home else "",
        "radius": str(mine.radius_km or USUAL_KM),
        "from_day": max(mine.from_day, timezone.localdate()).isoformat(),
        "until_day": mine.until_day.isoformat(),
        "weekdays": weekday_codes(mine.weekdays),
        "earliest": _hour(mine.earliest),
        "latest": _hour(mine.latest),
    }


def _chosen(places: Iterable[Facility], *, one: bool) -> Any:
    slugs = [facility.slug for facility in places]
    return (slugs or [""])[0] if one else slugs


def _hour(value: Any) -> str:
    return f"{value:%H:%M}" if value else ""
