"""A family's answers: the place, with its two buttons and a third; or why not, wish by wish."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from booking.nurseries.answers import offers
from booking.nurseries.answers.links import find
from booking.nurseries.answers.messages import SUBJECT, offer_facts
from booking.nurseries.answers.telling import Told
from booking.nurseries.models import Answer, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import FamilyReason, OfferState
from booking.nurseries.points.facts import points_lost
from booking.nurseries.points.queries import rules_on
from booking.nurseries.requests.own import keep_open, may_see
from booking.residents.views.pages import private, session_ended
from municipalities.exceptions import Refusal
from municipalities.query_names import Param

DONE = {
    "acceptee": _lazy("Vous avez accepté la place. La crèche vous écrit pour l’inscription."),
    "gardee": _lazy("Vous avez accepté la place, et votre demande attend toujours un meilleur vœu."),
    "refusee": _lazy("Vous avez refusé la place : elle va à la famille suivante. Votre demande reste sur la liste."),
}


def own(request: HttpRequest, pk: UUID) -> NurseryApplication | None:
    """The request, where this browser came by one of its links within the half hour, or is its signed-in family's."""
    return find(pk) if may_see(request, SUBJECT, pk) else None


def page(
    request: HttpRequest, application: NurseryApplication, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """For this browser alone."""
    response = private(render(request, template, context | {"application": application}, status=status))
    keep_open(request, response, SUBJECT, application.pk)
    return response


@require_safe
def answers(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Child by child, where its request stands after the commission."""
    application = own(request, pk)
    if application is None:
        return session_ended(request)
    return _answers(request, application, "")


def _answers(request: HttpRequest, application: NurseryApplication, refusal: str) -> HttpResponse:
    context = {
        "children": [_child(child) for child in application.children.order_by("number")],
        "reasons": FamilyReason.choices,
        "done": DONE.get(request.GET.get(Param.DONE, ""), ""),
        "refusal": refusal,
    }
    return page(request, application, "replies/answers.html", context, status=409 if refusal else 200)


def _child(child: Any) -> dict[str, Any]:
    latest = child.offers.select_related("nursery__facility", "round").order_by("-made_at")
    offer = next((one for one in latest if one.state == OfferState.TO_FAMILY), None)
    place = next((one for one in latest if one.state in (OfferState.ACCEPTED, OfferState.HELD)), None)
    answer = Answer.objects.filter(child=child).select_related("round__grid").order_by("-made_at").first()
    appeals = list(child.appeals.order_by("-made_on", "-pk"))
    said: dict[str, Any] = {"number": child.number, "offer": offer, "place": place, "answer": answer}
    said["appeals"] = appeals
    if offer is not None:
        said |= {"facts": offer_facts(offer, child.application), "may_wait": offer.rank > 1 and offer.swap_id is None}
        said["points_lost"] = points_lost(offer, rules_on(timezone.localdate()))
    said["agreed"] = next((one.nursery.facility.name for one in latest if one.state == OfferState.AGREED), "")
    if place is not None:
        said["place_facts"] = offer_facts(place, child.application)
    if answer is not None and not answer.gives_a_place:
        told = Told(answer.round)
        said |= {"wishes": told.wishes(child.number), "near": told.near_and_free(child.number)}
    return said


@require_POST
def accept(request: HttpRequest, pk: UUID, offer_id: UUID) -> HttpResponse:
    waits = Param.WAIT in request.POST
    return _answer(
        request,
        pk,
        offer_id,
        lambda: offers.family_accepts(offer_id=offer_id, keeps_waiting=waits),
        "gardee" if waits else "acceptee",
    )


@require_POST
def decline(request: HttpRequest, pk: UUID, offer_id: UUID) -> HttpResponse:
    reason = request.POST.get(Param.REASON, "")
    return _answer(request, pk, offer_id, lambda: offers.family_declines(offer_id=offer_id, reason=reason), "refusee")


def _answer(request: HttpRequest, pk: UUID, offer_id: UUID, change: Any, done: str) -> HttpResponse:
    application = own(request, pk)
    if application is None or not NurseryOffer.objects.filter(pk=offer_id, child__application=application).exists():
        return session_ended(request)
    try:
        change()
    except Refusal as refusal:
        return _answers(request, application, str(refusal))
    response = redirect("nurseries:answers", pk=pk)
    response["Location"] += f"?{Param.DONE}={done}"
    keep_open(request, response, SUBJECT, pk)
    return private(response)


@require_safe
def how(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """How this was decided (CRPA R.311-3-1-2): the engine's part, data, weights as applied, operations, the changes."""
    application = own(request, pk)
    child = application.children.filter(number=number).first() if application is not None else None
    answer = Answer.objects.filter(child=child).select_related("round__grid").order_by("-made_at").first()
    if application is None or child is None or answer is None:
        return session_ended(request)
    told = Told(answer.round)
    wanted = told.file["children"][str(number)]
    context = {
        "number": number,
        "round": answer.round,
        "points": told.points(number),
        "wishes": told.wishes(number),
        "decisions": told.decisions(number),
        "total": wanted["points"],
        "complete_on": date.fromisoformat(wanted["complete_on"]),
        "draw": wanted["draw"],
    }
    return page(request, application, "replies/how.html", context)
