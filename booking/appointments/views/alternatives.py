"""The slot is gone: which others come nearest to it."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from booking.appointments.availability import Slot, find
from booking.appointments.views.asked import Asked

OFFERED = 6


def nearest_others(asked: Asked, wanted: tuple[int | None, datetime] | None) -> list[Slot]:
    """Up to six starts, the nearest in time to the one that went, then the nearest town hall; else the first ones."""
    if asked.type is None or not asked.form.is_valid():
        return []
    search = asked.search()
    if wanted is None or wanted[1] <= timezone.now() or wanted[1] > timezone.now() + timedelta(days=400):
        return find(search).first[:OFFERED]
    _facility, wanted_at = wanted
    answer = find(replace(search, day=timezone.localdate(wanted_at)))
    distances = {found.facility.pk: found.distance_km or 0.0 for found in answer.facilities}
    same_day = [slot for found in answer.day_facilities for slot in found.slots]
    same_day.sort(key=lambda slot: (abs(slot.starts_at - wanted_at), distances.get(slot.facility.pk, 0.0)))
    chosen = same_day[:OFFERED]
    for slot in answer.first:
        if len(chosen) >= OFFERED:
            break
        if slot not in chosen:
            chosen.append(slot)
    return sorted(chosen, key=lambda slot: (slot.starts_at, distances.get(slot.facility.pk, 0.0)))
