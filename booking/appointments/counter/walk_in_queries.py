"""Half-days and their quotas of tickets."""

from datetime import date, datetime, time

from django.db.models import Q
from django.utils import timezone

from booking.appointments.enums import Half
from booking.appointments.models import WalkInQuota
from municipalities.models import Facility

NOON = time(13)


def half_of(moment: datetime) -> Half:
    return Half.MORNING if timezone.localtime(moment).time() < NOON else Half.AFTERNOON


def quota_for(facility: Facility, day: date, half: str) -> int:
    """Tickets of that half-day: the date's own quota, else the weekday's, else none. One query."""
    rows = WalkInQuota.objects.filter(Q(day=day) | Q(weekday=day.weekday()), facility=facility, half=half)
    found = dict(rows.values_list("day", "places"))
    return int(found.get(day, found.get(None, 0)))
