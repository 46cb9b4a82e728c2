"""When town halls are open to everybody, for the public calendars. Never which of that time is free."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.free_time.gaps import computed, counters_with_place, days_between
from booking.appointments.models import ReleasePolicy

DEFAULT_HORIZON = 90


def openings(facility_ids: Collection[int], now: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
    """When at least one counter of a facility is open to everybody, holidays and closures taken off."""
    counters = list(counters_with_place().filter(facility__in=facility_ids, is_active=True).order_by("pk"))
    today = timezone.localdate(now)
    horizon = ReleasePolicy.objects.aggregate(most=Max("horizon_days"))["most"] or DEFAULT_HORIZON
    open_time = computed(counters, days_between(today, today + timedelta(days=horizon)), appointments=False)
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for counter in counters:
        spans.setdefault(counter.facility_id, []).extend(
            (stretch.starts_at, stretch.ends_at)
            for stretch in open_time[counter.pk]
            if stretch.audience == Audience.PUBLIC
        )
    return spans
