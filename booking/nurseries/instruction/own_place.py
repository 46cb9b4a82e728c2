"""The page on which an agent notes where a child has its place now."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.instruction.forms import OwnPlaceForm
from booking.nurseries.instruction.views import served
from booking.nurseries.models import ApplicationChild, OwnPlace
from booking.nurseries.requests.own_place import forget_own_place, note_own_place
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember


def _child(staff: StaffMember, pk: UUID, number: int) -> ApplicationChild:
    found = served(staff, pk)
    if not found.is_live:
        raise Http404
    return get_object_or_404(ApplicationChild.objects.select_related("member"), application=found, number=number)


@staff_page
@one_press
def own_place(request: HttpRequest, staff: StaffMember, pk: UUID, number: int) -> HttpResponse:
    """The place it keeps until another is taken."""
    child = _child(staff, pk, number)
    now = OwnPlace.objects.filter(child=child).select_related("nursery__facility").first()
    form = OwnPlaceForm(
        posted(request),
        application=child.application,
        initial={"creche": now.nursery_id, "numero": now.number} if now else None,
    )
    if request.method == "POST" and form.is_valid():
        said = _("C’est noté : l’enfant garde cette place jusqu’à ce qu’il en prenne une autre.")
        nursery, its_number = form.cleaned_data["creche"], form.cleaned_data["numero"]
        if saved(
            request,
            form,
            lambda: note_own_place(child=child, nursery=nursery, number=its_number, by=staff),
            said,
        ):
            return redirect("nursery_files:file", pk=pk)
    context = {"form": form, "application": child.application, "child": child, "now": now}
    return render_staff(request, staff, "instruction/own_place.html", context)


@staff_page
@require_POST
def forget(request: HttpRequest, staff: StaffMember, pk: UUID, number: int) -> HttpResponse:
    child = _child(staff, pk, number)
    done(request, lambda: forget_own_place(child=child, by=staff), _("La place notée est retirée du dossier."))
    return redirect("nursery_files:file", pk=pk)
