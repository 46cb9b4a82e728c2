"""A nursery closes: the half-days it had opened meanwhile are taken back in the transaction of the closure.

Families who had taken one are told. Once the closure is lifted, its operator opens them again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from booking.nurseries.models import OccasionalPlace, OccasionalStay, OccasionalWish
from booking.nurseries.models.occasional import StayState
from booking.nurseries.occasional import messages
from booking.nurseries.occasional.days import HalfDay, care_of
from municipalities.models import Closure, StaffMember
from municipalities.services import Touched


def touched_by(request: HttpRequest, _staff: StaffMember, closure: Closure) -> Touched:
    """How many half-days families have taken; of whom is nobody's business here."""
    number = OccasionalStay.objects.filter(place__in=_hit(closure), state=StayState.TAKEN).count()
    piece = render_to_string("occasional/_touched.html", {"number": number}, request) if number else ""
    return Touched(number, piece)


@contextmanager
def closing(closure: Closure, _keep: bool) -> Iterator[None]:
    """Around making or lifting a closure. Whatever was seen and is to be kept: no child comes to a closed nursery."""
    is_new = closure._state.adding
    yield
    if is_new:
        _take_back(_hit(closure))


def _hit(closure: Closure) -> list[OccasionalPlace]:
    """Places of half-days to come that would take place while it lasts."""
    now = timezone.now()
    begins, ends = closure.period if isinstance(closure.period, tuple) else (closure.period.lower, closure.period.upper)
    days = (timezone.localdate(begins), timezone.localdate(ends) + timedelta(days=1))
    found = OccasionalPlace.objects.filter(day__range=days).select_related("nursery__facility__operator")
    hit = []
    for place in found.order_by("pk"):
        half_day = HalfDay(care_of(place.nursery), place.day, place.half)
        meanwhile = half_day.begins_at < ends and half_day.ends_at > begins and half_day.begins_at > now
        if meanwhile and closure.closes(place.nursery.facility):
            hit.append(place)
    return hit


def _take_back(hit: list[OccasionalPlace]) -> None:
    """Stays are held before their places, as whoever gives one back does."""
    list(OccasionalStay.objects.select_for_update().filter(place__in=hit).order_by("pk"))
    places = OccasionalPlace.objects.filter(pk__in=[one.pk for one in hit])
    list(places.select_for_update().order_by("pk"))
    stays = OccasionalStay.objects.filter(place__in=hit, state=StayState.TAKEN)
    for stay in stays.select_related("child__application", "place"):
        messages.owe_closed(stay)
    for place in hit:
        wishes = OccasionalWish.objects.filter(nursery=place.nursery_id, day=place.day, half=place.half)
        wishes.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    places.delete()
