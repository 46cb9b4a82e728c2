"""The screen of the waiting room: which number goes to which counter. No name, no purpose, and nothing to press."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from booking.appointments.counter.order import RULE
from booking.appointments.counter.screen_queries import calls_at
from municipalities.models import Facility

#: The page fetches itself again by a header, so that a screen without script or keyboard goes on.
SECONDS = 5


@require_safe
def screen(request: HttpRequest, place: str) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.filter(is_active=True).only("name", "slug"), slug=place)
    now = timezone.now()
    context = {"facility": facility, "calls": calls_at(facility, now=now), "now": now, "rule": RULE}
    response = render(request, "counter/screen.html", context)
    response["Refresh"] = str(SECONDS)
    add_never_cache_headers(response)
    return response
