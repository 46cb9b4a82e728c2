"""The slot is gone: which others come nearest to it."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from booking.appointments.resident.layout import Choice
from booking.appointments.resident.search_request import SearchRequest
from booking.appointments.search.answers import Slot
from booking.appointments.search.availability import find

OFFERED = 6
#: Of these, so many at the town hall that was wanted, if it has them.
SAME_PLACE = 3


def nearest_others(asked: SearchRequest, wanted: tuple[int | None, datetime] | None) -> list[Choice]:
    """Up to six starts: some at the same town hall, then the nearest in time; without `wanted`, the first ones."""
    if asked.type is None or not asked.form.is_valid():
        return []
    search = asked.search()
    now = timezone.now()
    is_known = wanted is not None and now < wanted[1] < now + timedelta(days=400)
    answer = find(replace(search, day=timezone.localdate(wanted[1])) if wanted and is_known else search)
    distances = {found.facility.pk: found.distance_km for found in answer.facilities}
    if wanted and is_known:
        same_day = [slot for found in answer.day_facilities for slot in found.slots]
        chosen = _around(same_day, wanted, distances) + answer.first
    else:
        chosen = answer.first
    by_token = {slot.token: slot for slot in reversed(chosen)}  # the same start may have come twice
    offered = [by_token[token] for token in dict.fromkeys(slot.token for slot in chosen)][:OFFERED]
    offered.sort(key=lambda slot: (slot.starts_at, distances.get(slot.facility.pk) or 0.0))
    return [Choice(token=slot.token, slot=slot, distance_km=distances.get(slot.facility.pk)) for slot in offered]


def _around(slots: list[Slot], wanted: tuple[int | None, datetime], distances: dict[int, float | None]) -> list[Slot]:
    facility_id, starts_at = wanted
    by_time = sorted(slots, key=lambda slot: (abs(slot.starts_at - starts_at), distances.get(slot.facility.pk) or 0.0))
    here = [slot for slot in by_time if slot.facility.pk == facility_id][:SAME_PLACE]
    return here + [slot for slot in by_time if slot not in here]
