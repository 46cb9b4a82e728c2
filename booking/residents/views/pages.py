"""Pages several views end on: too many requests, a session that has ended, a busy calendar."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.residents.forms.contact import LostLinkForm
from booking.residents.limits import TooManyRequests
from municipalities import services
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


def refused(
    request: HttpRequest,
    refusal: Refusal,
    *,
    status: int = 409,
    subject: tuple[str, UUID] | None = None,
    note: str = "",
    search_link: str = "",
) -> HttpResponse:
    """What could not be done and why. `subject` is what it was about: its service says where its page is."""
    context = {"refusal": refusal, "note": note, "search_link": search_link}
    kind = services.subject_of(subject[0]) if subject else None
    if kind and subject:
        context |= {"see": kind.see, "page": reverse(kind.page, kwargs={"pk": subject[1]})}
    return private(render(request, "residents/refused.html", context, status=status))
