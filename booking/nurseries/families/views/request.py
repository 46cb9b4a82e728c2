"""A family's own request: where it stands, its documents, one press to confirm, to withdraw, to come back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.nurseries.answers import links
from booking.nurseries.documents.needed import missing_of
from booking.nurseries.documents.papers import add_document, can_be_kept, remove_document
from booking.nurseries.families import rates
from booking.nurseries.families.points import points_today
from booking.nurseries.families.views.steps import progress, sections_of, step_address
from booking.nurseries.messages.requests import REQUEST, confirm_by, lapses_at
from booking.nurseries.models import FamilyDocument, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import still_asking
from booking.nurseries.requests.document_form import DocumentForm, needed_for
from booking.nurseries.requests.own import keep_open, own_request
from booking.nurseries.requests.sending import months_in, stored_answers
from booking.nurseries.requests.steps import Answers, Step
from booking.nurseries.requests.upkeep import come_back, confirm, may_come_back, withdraw_request
from booking.residents import limits
from booking.residents.browsers import browser_of
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press


@require_GET
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where it stands: the acknowledgement, every wish as received, what is missing."""
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    context: dict[str, Any] = {"application": mine, "service": mine.authority.identity}
    if mine.is_draft:
        answers = Answers(stored_answers(mine))
        context |= {
            "steps": progress(mine, ""),
            "resume": step_address(mine, next((s for s in answers.all_problems()), Step.CHECK)),
            "kept_days": settings.NURSERY_DRAFT_DAYS,
        }
        return _page(request, mine, "nurseries/request/draft.html", context)
    stored = stored_answers(mine)
    answers = Answers(stored, months_in(stored))
    is_whole = not answers.all_problems()
    context |= {
        "sections": sections_of(mine, answers) if mine.is_live and is_whole else [],
        "missing": missing_of(mine) if mine.is_live else [],
        "numbers": list(mine.children.filter(is_live=True).order_by("rank").values_list("number", flat=True)),
        "points": points_today(mine) if mine.is_live else [],
        "complete_on": mine.children.filter(is_live=True, complete_on__isnull=False).order_by("complete_on").first(),
        "may_come_back": may_come_back(mine),
        "notes": mine.notes.select_related("by"),
        "documents": mine.documents.select_related("seen_by"),
        "is_answered": links.find(mine.pk) is not None,
    }
    if mine.is_live and mine.confirmed_at is not None and still_asking().filter(application=mine).exists():
        asked = confirm_by(mine)
        context |= {
            "confirm_by": asked,
            "lapses_at": lapses_at(mine),
            "asks_now": asked <= timezone.now(),
        }
    return _page(request, mine, "nurseries/request/request.html", context)


def _page(
    request: HttpRequest, mine: NurseryApplication, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    response = private(render(request, template, context, status=status))
    keep_open(request, response, REQUEST, mine.pk)
    return response


@require_http_methods(["GET", "POST"])
@one_press
def documents(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is needed, what is there, and one more."""
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    if not mine.is_draft and not mine.is_live:
        return redirect("nurseries:request", pk=pk)
    wanted = needed_for(mine)
    form = DocumentForm(*_sent(request), wanted=wanted)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            limits.check(rates.UPLOADS, request, browser_of(request))
            if form.is_valid():
                add_document(application=mine, **form.given())
                response = private(redirect("nurseries:documents", pk=pk))
                keep_open(request, response, REQUEST, pk)
                return response
        except limits.TooManyRequests as refusal:
            return too_many(request, refusal)
        except Refusal as refusal:
            form.full_clean()
            form.errors.pop("file", None)
            form.add_error("file", str(refusal))
    context = {
        "application": mine,
        "form": form,
        "step": Step.DOCUMENTS,
        "steps": progress(mine, Step.DOCUMENTS) if mine.is_draft else [],
        "following": step_address(mine, Step.CHECK),
        "wanted": wanted,
        "documents": mine.documents.select_related("seen_by"),
        "can_be_kept": can_be_kept(),
    }
    return _page(request, mine, "nurseries/request/documents.html", context, status)


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


@require_POST
def take_back(request: HttpRequest, pk: UUID, document: UUID) -> HttpResponse:
    """A document that nobody has seen yet."""
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    remove_document(document=get_object_or_404(FamilyDocument, pk=document, application=mine))
    return _back(request, mine, "nurseries:documents")


def _back(request: HttpRequest, mine: NurseryApplication, name: str = "nurseries:request") -> HttpResponse:
    response = private(redirect(name, pk=mine.pk))
    keep_open(request, response, REQUEST, mine.pk)
    return response


def _press(request: HttpRequest, pk: UUID, action: Callable[..., None]) -> HttpResponse:
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    try:
        action(application=mine)
    except Refusal as refusal:
        return refused(request, refusal, subject=(REQUEST, pk))
    return _back(request, mine)


@require_POST
def confirm_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _press(request, pk, confirm)


@require_POST
def come_back_to(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _press(request, pk, come_back)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET asks, POST does."""
    if request.method == "POST":
        return _press(request, pk, withdraw_request)
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    if not mine.is_live:
        return _back(request, mine)
    # Who has come keeps the place.
    place = NurseryOffer.objects.standing().filter(child__application=mine, stay__isnull=True)
    context = {"application": mine, "gives_back": place.exists()}
    return _page(request, mine, "nurseries/request/withdraw.html", context)
