"""What can be booked in the territory, and what may be due for it: pages of the territory's manager."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.models import AppointmentType, Fee
from booking.appointments.planning import settings as actions
from booking.appointments.planning.forms.offer import FeeForm, TypeForm
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember


@staff_page
def offer(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_manage(staff)
    context = {
        "types": AppointmentType.objects.order_by("-is_active", "position", "code"),
        "fees": Fee.objects.prefetch_related("types"),
    }
    return render_staff(request, staff, "planning/offer.html", context)


@staff_page
@one_press
def new_type(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_manage(staff)
    return _type_form(request, staff, AppointmentType())


@staff_page
def edit_type(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_manage(staff)
    return _type_form(request, staff, get_object_or_404(AppointmentType, pk=pk))


def _type_form(request: HttpRequest, staff: StaffMember, row: AppointmentType) -> HttpResponse:
    title = str(row) if row.pk else _("Ajouter un motif")
    form = TypeForm(posted(request), instance=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and saved(
            request,
            form,
            lambda: actions.save_type(type=form.instance, by=staff),
            _("Le motif est enregistré, les créneaux sont à jour."),
        )
    ):
        return redirect("counter:offer")
    return render_staff(request, staff, "planning/offer_form.html", {"form": form, "title": title})


@staff_page
@one_press
def new_fee(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_manage(staff)
    return _fee_form(request, staff, Fee())


@staff_page
def edit_fee(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_manage(staff)
    return _fee_form(request, staff, get_object_or_404(Fee, pk=pk))


def _fee_form(request: HttpRequest, staff: StaffMember, row: Fee) -> HttpResponse:
    title = str(row) if row.pk else _("Ajouter un timbre fiscal")
    form = FeeForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        types = list(form.cleaned_data["types"])
        if saved(
            request,
            form,
            lambda: actions.save_fee(fee=form.instance, types=types, by=staff),
            _("C’est enregistré : les habitants le voient dès maintenant."),
        ):
            return redirect("counter:offer")
    return render_staff(request, staff, "planning/offer_form.html", {"form": form, "title": title})


@staff_page
@require_POST
def drop_fee(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_manage(staff)
    row = get_object_or_404(Fee, pk=pk)
    done(request, lambda: actions.remove_fee(fee=row, by=staff), _("Ce timbre n’est plus demandé."))
    return redirect("counter:offer")


def _must_manage(staff: StaffMember) -> None:
    if not rules.manages_territory(staff):
        raise Http404
