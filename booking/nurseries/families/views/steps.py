"""The steps of a request: begun, kept as they are left, sent. Nothing happens on GET."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from booking.nurseries.families import rates
from booking.nurseries.messages.requests import REQUEST
from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.drafts import authority_in_charge, change_contact, start_draft
from booking.nurseries.requests.exceptions import NotReady
from booking.nurseries.requests.forms.people import RequestContactForm
from booking.nurseries.requests.own import keep_open, own_request
from booking.nurseries.requests.sending import send, stored_answers
from booking.nurseries.requests.step_pages import answer_step
from booking.nurseries.requests.steps import ANSWERED, Answers, Step
from booking.nurseries.requests.summary import summary_of
from booking.residents import limits
from booking.residents.access import current
from booking.residents.browsers import browser_of, keep_browser, new_browser
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.exceptions import Refusal
from municipalities.idempotency import key_of, one_press
from municipalities.middleware import current_municipality


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@one_press
def start(request: HttpRequest) -> HttpResponse:
    """The first step, after which there is a link that resumes all the others."""
    authority = authority_in_charge()
    if authority is None:
        raise Http404
    session = current(request)
    initial = {"language": (get_language() or "fr")[:2]}
    if session is not None:
        initial |= {"email": session.guardian.email, "phone": session.guardian.phone}
    form = RequestContactForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"form": form, "step": Step.CONTACT, "steps": progress(None, Step.CONTACT), "authority": authority}
    if request.method != "POST":
        return private(render(request, "nurseries/request/contact.html", context))
    if not form.is_valid():
        return private(render(request, "nurseries/request/contact.html", context, status=422))
    browser = browser_of(request) or new_browser(key_of(request))
    try:
        limits.check(rates.STARTS, request, browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    draft = start_draft(
        authority=authority,
        through=current_municipality(request),
        household=session.guardian.household if session else None,
        **form.cleaned_data,
    )
    response = private(redirect(step_address(draft, Step.CHILDREN)))
    keep_browser(request, response, browser)
    keep_open(request, response, REQUEST, draft.pk)
    return response


def step_address(application: NurseryApplication, step: str) -> str:
    return reverse("nurseries:step", args=[application.pk, step])


def progress(application: NurseryApplication | None, now: str) -> list[dict[str, Any]]:
    """The steps as the page lists them: where one is, and a link to each once there is a request."""
    return [
        {
            "label": step.label,
            "is_now": step == now,
            "url": step_address(application, step) if application is not None else "",
        }
        for step in Step
    ]


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """One step, of a draft or of a request that was sent."""
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    if step not in Step.values:
        raise Http404
    if not mine.is_draft and not mine.is_live:
        return redirect("nurseries:request", pk=pk)
    asked = Step(step)
    if asked == Step.DOCUMENTS:
        return redirect("nurseries:documents", pk=pk)
    if asked == Step.CONTACT:
        return _contact(request, mine)
    if asked == Step.CHECK:
        return _check(request, mine)
    try:
        answer = answer_step(request, mine, asked)
    except Refusal as refusal:
        return refused(request, refusal, subject=(REQUEST, pk))
    if answer.is_left:
        response = private(redirect("nurseries:request", pk=pk))
    elif answer.is_done:
        response = private(redirect(_next(mine, asked)))
    else:
        answer.context |= {"steps": progress(mine, asked), "following": _next(mine, asked)}
        response = private(
            render(request, f"nurseries/request/{_TEMPLATES[asked]}.html", answer.context, status=answer.status)
        )
    keep_open(request, response, REQUEST, pk)
    return response


_TEMPLATES = {Step.CHILDREN: "children", Step.PARENTS: "parents", Step.WEEK: "week", Step.WISHES: "wishes"}


def _next(mine: NurseryApplication, step: Step) -> str:
    """Of a draft the following step; of a request that was sent its page, where the change stands."""
    return step_address(mine, step.following) if mine.is_draft else reverse("nurseries:request", args=[mine.pk])


def _contact(request: HttpRequest, mine: NurseryApplication) -> HttpResponse:
    initial = {"email": mine.email, "phone": mine.phone, "language": mine.language}
    form = RequestContactForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        change_contact(application=mine, **form.cleaned_data)
        response = private(redirect(_next(mine, Step.CONTACT)))
        keep_open(request, response, REQUEST, mine.pk)
        return response
    if request.method == "POST":
        status = 422
    context = {
        "form": form,
        "application": mine,
        "step": Step.CONTACT,
        "steps": progress(mine, Step.CONTACT),
        "authority": mine.authority,
    }
    response = private(render(request, "nurseries/request/contact.html", context, status=status))
    keep_open(request, response, REQUEST, mine.pk)
    return response


def _check(request: HttpRequest, mine: NurseryApplication, refusal: Refusal | None = None) -> HttpResponse:
    """Everything as it will be sent, or what keeps it from being sent."""
    if not mine.is_draft:
        return private(redirect("nurseries:request", pk=mine.pk))
    answers = Answers(stored_answers(mine))
    problems = answers.all_problems()
    context = {
        "application": mine,
        "step": Step.CHECK,
        "steps": progress(mine, Step.CHECK),
        "problems": [
            {"step": step, "url": step_address(mine, step), "rows": problems[step]}
            for step in ANSWERED
            if step in problems
        ],
        "sections": [] if problems else sections_of(mine, answers),
        "refusal": refusal,
    }
    response = private(render(request, "nurseries/request/check.html", context, status=409 if refusal else 200))
    keep_open(request, response, REQUEST, mine.pk)
    return response


def sections_of(mine: NurseryApplication, answers: Answers) -> list[dict[str, Any]]:
    """The summary, each part with the address where it is changed."""
    return [
        {"title": part.title, "rows": part.rows, "url": step_address(mine, part.step)}
        for part in summary_of(answers.given())
    ]


@require_POST
def send_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Received, or back to what is left to correct."""
    mine = own_request(request, pk)
    if mine is None:
        return session_ended(request)
    try:
        send(application=mine)
    except NotReady:
        return private(redirect(step_address(mine, Step.CHECK)))
    except Refusal as refusal:
        return _check(request, mine, refusal) if mine.is_draft else refused(request, refusal, subject=(REQUEST, pk))
    response = private(redirect("nurseries:request", pk=pk))
    keep_open(request, response, REQUEST, pk)
    return response
