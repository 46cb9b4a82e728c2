"""A family's half-days: what is taken, what waits for its answer, what is free, what it may wait for.

Every press is a form of its own: the page works without JavaScript.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from booking.nurseries.models import ApplicationChild, Nursery, NurseryApplication, OccasionalStay, OccasionalWish
from booking.nurseries.occasional import taking
from booking.nurseries.occasional.exceptions import HalfDayIsPast, NotAdmitted
from booking.nurseries.occasional.links import find
from booking.nurseries.occasional.messages import SUBJECT
from booking.nurseries.occasional.showing import page_of
from booking.nurseries.requests.own import keep_open, may_see
from booking.residents.views.pages import private, session_ended
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.query_names import Param

DONE = {
    "prise": _lazy("C’est confirmé : la demi-journée est à vous."),
    "rendue": _lazy("C’est rendu : la demi-journée va à une autre famille."),
    "attente": _lazy("C’est noté : si une place se libère, nous vous écrivons."),
    "arret": _lazy("Vous n’attendez plus cette demi-journée."),
}


def _own(request: HttpRequest, pk: UUID) -> NurseryApplication | None:
    """The request, where this browser came by one of its links within the half hour, or is its signed-in family's."""
    return find(pk) if may_see(request, SUBJECT, pk) else None


def _show(request: HttpRequest, application: NurseryApplication, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "application": application,
        "done": DONE.get(request.GET.get(Param.DONE, ""), ""),
        "refusal": refusal,
        **page_of(application, timezone.now()),
    }
    response = private(render(request, "occasional/family.html", context, status=status))
    keep_open(request, response, SUBJECT, application.pk)
    return response


@require_safe
def half_days(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Child by child; a request that is over says so."""
    application = _own(request, pk)
    return session_ended(request) if application is None else _show(request, application)


def _pressed(request: HttpRequest, pk: UUID, change: Callable[[NurseryApplication], object], done: str) -> HttpResponse:
    application = _own(request, pk)
    if application is None:
        return session_ended(request)
    try:
        change(application)
    except Refusal as refusal:
        return _show(request, application, str(refusal), 409)
    response = redirect("nurseries:occasional", pk=pk)
    if done:
        response["Location"] += f"?{Param.DONE}={done}"
    keep_open(request, response, SUBJECT, pk)
    return private(response)


def _chosen(request: HttpRequest, application: NurseryApplication) -> dict[str, Any]:
    """Child, nursery, day and half as the button says them. Raises NotAdmitted, HalfDayIsPast."""
    number, nursery = request.POST.get(Param.NUMBER, ""), request.POST.get(Param.PLACE, "")
    child = ApplicationChild.objects.filter(application=application, number=number_in(number) or 0).first()
    found = Nursery.objects.active().filter(pk=number_in(nursery) or 0).first()
    if child is None or found is None:
        raise NotAdmitted
    day, _dash, half = request.POST.get(Param.SLOT, "").partition("_")
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise HalfDayIsPast from None
    if half not in ("am", "pm"):
        raise HalfDayIsPast
    return {"child": child, "nursery": found, "day": when, "half": half}


@require_POST
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Held for ten minutes; the page then asks to confirm."""
    return _pressed(request, pk, lambda application: taking.hold(**_chosen(request, application)), "")


@require_POST
def wait(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _pressed(request, pk, lambda application: taking.wait(**_chosen(request, application)), "attente")


def _of_stay(action: Callable[..., None], done: str) -> Callable[[HttpRequest, UUID, UUID], HttpResponse]:
    @require_POST
    def pressed(request: HttpRequest, pk: UUID, stay_id: UUID) -> HttpResponse:
        if not OccasionalStay.objects.filter(pk=stay_id, child__application=pk).exists():
            return session_ended(request)
        return _pressed(request, pk, lambda _application: action(stay_id=stay_id), done)

    return pressed


confirm = _of_stay(taking.confirm, "prise")
let_go = _of_stay(taking.let_go, "rendue")
give_back = _of_stay(taking.give_back, "rendue")


@require_POST
def stop_waiting(request: HttpRequest, pk: UUID, wish_id: int) -> HttpResponse:
    wish = OccasionalWish.objects.filter(pk=wish_id, child__application=pk).first()
    if wish is None:
        return session_ended(request)
    return _pressed(request, pk, lambda _application: taking.stop_waiting(wish=wish), "arret")
