"""A request written for whoever calls: the family's own steps, in the agents' frame. Who wrote it is named."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.nurseries.instruction.views import must_instruct, note_opened, served, step_address
from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.drafts import change_contact, start_draft
from booking.nurseries.requests.exceptions import NotReady
from booking.nurseries.requests.forms.people import RequestContactForm
from booking.nurseries.requests.sending import send, stored_answers
from booking.nurseries.requests.step_pages import answer_step
from booking.nurseries.requests.steps import ANSWERED, Answers, Step
from booking.nurseries.requests.summary import summary_of
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal, simple_attempt
from municipalities.idempotency import one_press
from municipalities.models import Operator, StaffMember
from municipalities.rules import RIGHTS, Ability


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Callers may have neither mailbox nor mobile: then nothing is written to them, and an agent goes on."""
    must_instruct(staff)
    form = RequestContactForm(posted(request), contact_optional=True, initial={"language": "fr"})
    if request.method == "POST" and form.is_valid():
        authority = staff.current_roles().authorities_with(*RIGHTS[Ability.INSTRUCT_FILES])[0]
        try:
            draft = start_draft(authority=Operator.objects.get(pk=authority), by=staff, **form.cleaned_data)
            return redirect(step_address(draft, Step.CHILDREN))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "application": None}
    return render_staff(request, staff, "instruction/contact.html", context, status=422 if form.is_bound else 200)


@staff_page
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, staff: StaffMember, pk: UUID, step: str) -> HttpResponse:
    """One step, as the family has it."""
    found = served(staff, pk)
    if step not in Step.values or not (found.is_draft or found.is_live):
        raise Http404
    asked = Step(step)
    note_opened(staff, found)
    if asked == Step.CONTACT:
        return _contact(request, staff, found)
    if asked == Step.DOCUMENTS:
        return redirect("nursery_files:add", pk=pk)
    if asked == Step.CHECK:
        return _check(request, staff, found)
    try:
        # What a caller says is typed by whoever listens; once it is sent, sensitive lines are read by two roles.
        hides = found.is_live and not rules.for_nurseries(staff, Ability.READ_SENSITIVE)
        answer = answer_step(request, found, asked, by=staff, hides_sensitive=hides)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("nursery_files:file", pk=pk)
    if answer.is_left:
        return redirect("nursery_files:file", pk=pk)
    if answer.is_done:
        return _after(request, found, asked)
    context = answer.context | {"piece": _PIECES[asked], "following": _next(found, asked), "title": asked.label}
    return render_staff(request, staff, "instruction/step.html", context, status=answer.status)


_PIECES = {
    Step.CHILDREN: "nurseries/request/_children.html",
    Step.PARENTS: "nurseries/request/_parents.html",
    Step.WEEK: "nurseries/request/_week.html",
    Step.WISHES: "nurseries/request/_wishes.html",
}


def _next(found: NurseryApplication, asked: Step) -> str:
    """Documents come with the file: from the wishes one goes on to check."""
    following = Step.CHECK if asked.following == Step.DOCUMENTS else asked.following
    return step_address(found, following if found.is_draft else Step.CONTACT)


def _after(request: HttpRequest, found: NurseryApplication, asked: Step) -> HttpResponse:
    if found.is_draft:
        return redirect(_next(found, asked))
    messages.success(request, _("Le changement est enregistré."))
    return redirect("nursery_files:file", pk=found.pk)


def _contact(request: HttpRequest, staff: StaffMember, found: NurseryApplication) -> HttpResponse:
    initial = {"email": found.email, "phone": found.phone, "language": found.language}
    optional = found.assisted_by_id is not None
    form = RequestContactForm(posted(request), contact_optional=optional, initial=initial)
    if request.method == "POST" and form.is_valid():
        refusal = simple_attempt(lambda: change_contact(application=found, by=staff, **form.cleaned_data))
        if not refusal:
            return _after(request, found, Step.CONTACT)
        form.add_error(None, refusal)
    context = {"form": form, "application": found}
    return render_staff(request, staff, "instruction/contact.html", context, status=422 if form.is_bound else 200)


def _check(request: HttpRequest, staff: StaffMember, found: NurseryApplication) -> HttpResponse:
    """What the agent reads back to the caller, then sends."""
    if not found.is_draft:
        return redirect("nursery_files:file", pk=found.pk)
    answers = Answers(stored_answers(found))
    problems = answers.all_problems()
    refused: Any = None
    if request.method == "POST" and not problems:
        try:
            send(application=found, by=staff)
            messages.success(request, _("La demande est reçue."))
            return redirect("nursery_files:file", pk=found.pk)
        except NotReady:
            return redirect(step_address(found, Step.CHECK))
        except Refusal as refusal:
            refused = refusal
    context = {
        "application": found,
        "problems": [
            {"step": step, "url": step_address(found, step), "rows": problems[step]}
            for step in ANSWERED
            if step in problems
        ],
        "sections": []
        if problems
        else [
            {"title": part.title, "rows": part.rows, "url": step_address(found, part.step)}
            for part in summary_of(answers.given())
        ],
        "refusal": refused,
    }
    return render_staff(request, staff, "instruction/check.html", context, status=409 if refused else 200)
