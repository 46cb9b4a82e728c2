"""Requests instructed: found, opened, completed, settled; begun and changed for whoever calls."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.nurseries.documents.needed import unseen_of
from booking.nurseries.documents.papers import add_document, can_be_kept, content_of, file_name, note_seen
from booking.nurseries.enums import DocumentKind
from booking.nurseries.instruction.forms import NoteForm
from booking.nurseries.instruction.queries import A_PAGE, FILTERS, TO_CHECK, counts, doubles_of, files, is_ones_task
from booking.nurseries.messages.requests import REQUEST
from booking.nurseries.models import Answer, Appeal, ApplicationNote, FamilyDocument, LikelyDouble, NurseryApplication
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.document_form import DocumentForm, needed_for
from booking.nurseries.requests.doubles import merge, part
from booking.nurseries.requests.given import given_of
from booking.nurseries.requests.steps import Step
from booking.nurseries.requests.summary import summary_of
from booking.nurseries.requests.upkeep import come_back, confirm, may_come_back, withdraw_request
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects
from municipalities.rules import Ability
from municipalities.visible import visible


def must_instruct(staff: StaffMember) -> None:
    if not rules.for_nurseries(staff, Ability.INSTRUCT_FILES):
        raise Http404


def served(staff: StaffMember, pk: UUID) -> NurseryApplication:
    """A request this person instructs; a family's own draft is not among them."""
    return get_object_or_404(
        files(staff, shown="").select_related("authority", "through", "household", "sibling_at__facility"), pk=pk
    )


@staff_page
@require_GET
def requests(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The list, by what waits; found by number, reference or name, which is a reading."""
    must_instruct(staff)
    asked = visible(request.GET.get(Param.TYPED, ""))[:100].strip()
    shown = request.GET.get(Param.LIST, TO_CHECK)
    shown = shown if shown in FILTERS else TO_CHECK
    page = Paginator(files(staff, shown=shown, asked=asked), A_PAGE).get_page(request.GET.get(Param.PAGE))
    if asked:
        note_subjects(REQUEST, *(one.pk for one in page), why=Why.SEARCH, view="nursery_files:requests", by=staff)
    waiting = counts(staff)
    context = {
        "page": page,
        "asked": asked,
        "filters": [
            {"name": name, "label": label, "is_now": name == shown and not asked, "waiting": waiting.get(name, 0)}
            for name, label in FILTERS.items()
        ],
    }
    return render_staff(request, staff, "instruction/requests.html", context)


@staff_page
@require_GET
def file(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """One file. Outside of one's task opening it is noted; a sensitive line always."""
    found = served(staff, pk)
    note_opened(staff, found)
    return _file_page(request, staff, found, NoteForm())


def note_opened(staff: StaffMember, found: NurseryApplication) -> None:
    """The reading it is to open this file, or one of its steps."""
    if rules.for_nurseries(staff, Ability.READ_SENSITIVE):
        note_subjects(REQUEST, found.pk, why=Why.SEARCH, view="nursery_files:sensitive", by=staff)
    elif not is_ones_task(staff, found):
        note_subjects(REQUEST, found.pk, why=Why.SEARCH, view="nursery_files:file", by=staff)


def _file_page(
    request: HttpRequest, staff: StaffMember, found: NurseryApplication, form: NoteForm, status: int = 200
) -> HttpResponse:
    reads_sensitive = rules.for_nurseries(staff, Ability.READ_SENSITIVE)
    sections = [] if found.is_draft else summary_of(given_of(found))
    context = {
        "application": found,
        "children": found.children.select_related("member", "need").order_by("rank"),
        "sections": [
            {
                "title": part.title,
                "rows": [row for row in part.rows if reads_sensitive or not row.is_sensitive],
                "url": step_address(found, part.step) if found.is_live else "",
            }
            for part in sections
        ],
        "hides_sensitive": not reads_sensitive,
        "unseen": unseen_of(found) if found.is_live else [],
        "documents": [(one, _may_open(staff, one.kind)) for one in found.documents.select_related("seen_by")],
        "notes": found.notes.select_related("by"),
        "doubles": doubles_of(found),
        "may_come_back": may_come_back(found),
        "resume": step_address(found, Step.CHILDREN),
        "appeals": Appeal.objects.filter(child__application=found).select_related("child"),
        "may_be_appealed": Answer.objects.filter(child__application=found).exists(),
        "form": form,
    }
    return render_staff(request, staff, "instruction/file.html", context, status=status)


def step_address(found: NurseryApplication, step: str) -> str:
    return reverse("nursery_files:step", args=[found.pk, step])


# -- documents


@staff_page
@require_GET
def document(request: HttpRequest, staff: StaffMember, pk: UUID, document: UUID) -> HttpResponse:
    """Its clean pages as a download. Always a reading; of what is sensitive for those alone who may read it."""
    found = served(staff, pk)
    wanted = get_object_or_404(FamilyDocument, pk=document, application=found)
    if not _may_open(staff, wanted.kind):
        raise Http404
    note_subjects(REQUEST, pk, why=Why.SEARCH, view="nursery_files:document", by=staff)
    try:
        content = content_of(wanted)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("nursery_files:file", pk=pk)
    response = HttpResponse(content, content_type=wanted.media_type)
    response["Content-Disposition"] = f'attachment; filename="{file_name(wanted)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _may_open(staff: StaffMember, kind: str) -> bool:
    is_sensitive = kind in (DocumentKind.DISABILITY, DocumentKind.INSERTION)
    return not is_sensitive or rules.for_nurseries(staff, Ability.READ_SENSITIVE)


@staff_page
@require_POST
def seen(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """A document of the file, or one shown at the counter: its pages go, the fact stays."""
    found = served(staff, pk)
    if not found.is_live:
        raise Http404
    kind, _dash, rank = request.POST.get(Param.KIND, "").partition("-")
    if kind not in DocumentKind.values or not _may_open(staff, kind):
        raise Http404
    given = request.POST.get(Param.DOCUMENT, "")
    shown = found.documents.filter(pk=given).first() if _is_uuid(given) else None

    def note() -> None:
        with patient_transaction(staff):
            child_rank = number_in(rank, most=99) or None
            note_seen(application=found, kind=kind, child_rank=child_rank, by=staff, document=shown)
            complete_if_seen(NurseryApplication.objects.select_for_update().get(pk=pk))

    done(request, note, _("Le document est noté comme vu. Ses pages sont effacées."))
    return redirect("nursery_files:file", pk=pk)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@staff_page
@one_press
def add(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """A document that somebody sent or brought along, for a file."""
    found = served(staff, pk)
    if not found.is_live and not found.is_draft:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = DocumentForm(*sent, wanted=[one for one in needed_for(found) if _may_open(staff, one.kind)])
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            add_document(application=found, **form.given(), by=staff)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("Le document est ajouté."))
            return redirect("nursery_files:file", pk=pk)
    context = {"application": found, "form": form, "can_be_kept": can_be_kept()}
    return render_staff(request, staff, "instruction/document.html", context, status=status)


# -- what is decided of a file


@staff_page
@require_POST
@one_press
def note(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """Dated, signed, and part of what the family reads."""
    found = served(staff, pk)
    form = NoteForm(posted(request))

    def write() -> None:
        with patient_transaction(staff):
            ApplicationNote.objects.create(application=found, text=form.cleaned_data["text"], by=staff)

    said = _("La note est enregistrée. La famille la lit sur sa page.")
    if not form.is_valid() or not saved(request, form, write, said):
        return _file_page(request, staff, found, form, 422)
    return redirect("nursery_files:file", pk=pk)


@staff_page
@require_POST
def settle(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A likely double: merged into the earlier request, or parted."""
    must_instruct(staff)
    mine = NurseryApplication.objects.visible_to(staff)
    double = get_object_or_404(LikelyDouble.objects.filter(one__in=mine, other__in=mine), pk=pk)
    verdict = request.POST.get(Param.VERDICT)
    if verdict == "meme":
        done(request, lambda: merge(double=double, by=staff), _("Les deux demandes n’en font plus qu’une."))
    elif verdict == "deux":
        done(request, lambda: part(double=double, by=staff), _("Ce sont deux enfants : les deux demandes continuent."))
    else:
        messages.error(request, _("Dites s’il s’agit du même enfant ou de deux enfants."))
    return redirect("nursery_files:file", pk=double.one_id)


def _press(action: Callable[..., None], said: Callable[[], str]) -> Callable[..., Any]:
    @staff_page
    @require_POST
    def pressed(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
        found = served(staff, pk)
        done(request, lambda: action(application=found, by=staff), said())
        return redirect("nursery_files:file", pk=pk)

    return pressed


confirm_for = _press(confirm, lambda: _("La demande est confirmée."))
come_back_for = _press(come_back, lambda: _("La demande reprend où elle en était."))
withdraw_for = _press(withdraw_request, lambda: _("La demande est retirée."))
