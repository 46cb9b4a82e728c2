"""Pages several views end on: too many requests, a session that has ended, a busy calendar."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking.residents.forms.contact import LostLinkForm
from booking.residents.limits import TooManyRequests
from municipalities.exceptions import Refusal


def private(response: HttpResponse) -> HttpResponse:
    """Personal pages stay out of every cache. No other site learns their address: the site's own referrer policy is
    same-origin, and must not be stricter here, or browsers send `Origin: null` and the forms on the page are refused.
    """
    response["Cache-Control"] = "no-store, private"
    return response


def too_many(request: HttpRequest, refusal: TooManyRequests) -> HttpResponse:
    minutes = max(1, round(refusal.retry_after / 60))
    context = {"refusal": refusal, "minutes": minutes, "seconds": refusal.retry_after}
    response = render(request, "residents/too_many.html", context, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response


def session_ended(request: HttpRequest, sentence: str = "", *, status: int = 403) -> HttpResponse:
    """What was asked for needs a private link; the form that sends it again is on the page."""
    context = {
        "form": LostLinkForm(),
        "sentence": sentence or _("Pour protéger vos données, cette page se ferme après une demi-heure sans activité."),
    }
    return private(render(request, "residents/session_ended.html", context, status=status))


def refused(request: HttpRequest, refusal: Refusal, *, status: int = 409, **context: Any) -> HttpResponse:
    return private(render(request, "residents/refused.html", {"refusal": refusal, **context}, status=status))
