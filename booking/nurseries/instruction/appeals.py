"""Appeals at the agents': noted where they come by letter, answered by the referent and nobody else."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.nurseries.answers import appeals
from booking.nurseries.answers.telling import Told
from booking.nurseries.instruction.forms import AnswerForm, NotedAppealForm
from booking.nurseries.instruction.views import must_instruct, served
from booking.nurseries.messages.requests import REQUEST
from booking.nurseries.models import Appeal
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.readings import note_subjects

#: Ended ones that are shown below.
SHOWN = 50


@staff_page
@require_GET
def all_appeals(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Those that wait, the oldest first, and the last that ended. By number; the family's words are the referent's."""
    must_instruct(staff)
    mine = Appeal.objects.visible_to(staff).select_related("child", "against__round")
    context = {
        "open": mine.open().order_by("made_on", "pk"),
        "ended": mine.filter(ended_at__isnull=False).order_by("-ended_at")[:SHOWN],
        "answers": Appeal.objects.answered_by(staff).exists(),
    }
    return render_staff(request, staff, "instruction/appeals.html", context)


@staff_page
def appeal(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """One appeal with the file as it was decided; its answer ends it."""
    found = _appeal(staff, pk)
    note_subjects(REQUEST, found.child.application_id, why=Why.SEARCH, view="nursery_files:appeal", by=staff)
    may_answer = found.is_open and Appeal.objects.answered_by(staff).filter(pk=pk).exists()
    if request.method == "POST" and not may_answer:
        raise Http404
    form = AnswerForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        told = _("La famille reçoit votre réponse, et le dossier peut de nouveau être corrigé.")
        if saved(request, form, lambda: appeals.answer(appeal=found, by=staff, **said), told):
            return redirect("nursery_files:appeals")
    context = {"appeal": found, "form": form if may_answer else None} | _decided(staff, found)
    return render_staff(request, staff, "instruction/appeal.html", context)


def _appeal(staff: StaffMember, pk: int) -> Appeal:
    rows = Appeal.objects.visible_to(staff)
    return get_object_or_404(rows.select_related("child__application", "against__round__grid", "answered_by"), pk=pk)


def _decided(staff: StaffMember, found: Appeal) -> dict[str, Any]:
    """What the family says, what the file was made of and what was decided, for whoever answers."""
    if not Appeal.objects.answered_by(staff).filter(pk=found.pk).exists():
        return {}
    told = Told(found.against.round)
    number = found.child.number
    return {
        "said": found.text,
        "points": told.points(number),
        "wishes": told.wishes(number),
        "decisions": told.decisions(number),
    }


@staff_page
@one_press
def new_appeal(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """One that came by letter or was told at the counter."""
    application = served(staff, pk)
    children = [child for child in application.children.order_by("rank") if appeals.last_answer(child) is not None]
    if not children:
        raise Http404
    form = NotedAppealForm(posted(request), children=children)
    if request.method == "POST" and form.is_valid():
        said = form.given()
        if saved(request, form, lambda: appeals.lodge(by=staff, **said), _("Le recours est noté.")):
            return redirect("nursery_files:file", pk)
    return render_staff(request, staff, "instruction/new_appeal.html", {"application": application, "form": form})
