"""Documents and instructions of a municipality, by type of appointment."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.models import AppointmentType, RequiredDocument
from booking.appointments.planning import documents as actions
from booking.appointments.planning.document_lines import document_lines
from booking.appointments.planning.forms.documents import DocumentForm
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import Municipality, StaffMember
from municipalities.query_names import Param


@staff_page
def documents(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = _place(staff, pk)
    context = {"place": place, "types": document_lines(place)}
    return render_staff(request, staff, "planning/documents.html", context)


@staff_page
@one_press
def new_document(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = _place(staff, pk)
    kind = AppointmentType.objects.filter(code=request.GET.get(Param.REASON, "")).first()
    return _document_form(request, staff, place, RequiredDocument(municipality=place, position=90), kind)


@staff_page
@one_press
def own_document(request: HttpRequest, staff: StaffMember, pk: int, document_pk: int) -> HttpResponse:
    """The territory's line in the municipality's own words."""
    place = _place(staff, pk)
    common = get_object_or_404(RequiredDocument, pk=document_pk, municipality__isnull=True)
    own = RequiredDocument.objects.filter(code=common.code, municipality=place).first()
    if own is not None and not own.is_dropped:
        return redirect("counter:edit_document", own.pk)
    row = own or RequiredDocument(code=common.code, municipality=place)
    row.is_dropped = False
    for name in ("label", "detail", "ages", "situations", "position"):
        setattr(row, name, getattr(common, name))
    return _document_form(request, staff, place, row, None, common)


@staff_page
def edit_document(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _own(staff, pk)
    assert row.municipality is not None
    return _document_form(request, staff, row.municipality, row, None)


def _document_form(
    request: HttpRequest,
    staff: StaffMember,
    place: Municipality,
    row: RequiredDocument,
    kind: AppointmentType | None,
    common: RequiredDocument | None = None,
) -> HttpResponse:
    is_new = row._state.adding
    title = "" if is_new and common is None else str(row.label)
    initial = {"types": list(common.types.all()) if common else [kind] if kind else []}
    form = DocumentForm(posted(request), instance=row, initial=initial if is_new or common else None)
    if request.method == "POST" and form.is_valid():
        types = list(form.cleaned_data["types"])
        if saved(
            request,
            form,
            lambda: actions.save_document(document=form.instance, types=types, by=staff),
            _("La ligne est enregistrée : les habitants la voient dès maintenant."),
        ):
            return redirect("counter:documents", place.pk)
    return render_staff(request, staff, "planning/document_form.html", {"place": place, "form": form, "title": title})


@staff_page
@require_POST
def drop_document(request: HttpRequest, staff: StaffMember, pk: int, document_pk: int) -> HttpResponse:
    place = _place(staff, pk)
    row = get_object_or_404(RequiredDocument, pk=document_pk)
    done(
        request,
        lambda: actions.drop_document(document=row, municipality=place, by=staff),
        _("Cette ligne n’est plus montrée aux habitants qui viennent ici."),
    )
    return redirect("counter:documents", place.pk)


@staff_page
@require_POST
def restore_document(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _own(staff, pk)
    place_pk = row.municipality_id
    done(
        request,
        lambda: actions.restore_document(document=row, by=staff),
        _("La ligne commune à tout le territoire vaut de nouveau."),
    )
    return redirect("counter:documents", place_pk)


def _place(staff: StaffMember, pk: int) -> Municipality:
    return get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)


def _own(staff: StaffMember, pk: int) -> RequiredDocument:
    mine = RequiredDocument.objects.filter(municipality__in=Municipality.objects.editable_by(staff))
    return get_object_or_404(mine.select_related("municipality"), pk=pk)
