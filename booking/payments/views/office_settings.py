"""A cash office's name, its number with PayFiP and its people: set by whoever manages its operator."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from booking.payments import staff_actions
from booking.payments.forms import NewOfficeForm, OfficeForm
from booking.payments.models import CashOffice
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember


@staff_page
@one_press
def new_office(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.sets_rules(staff):
        raise Http404
    form = NewOfficeForm(posted(request), operators=staff_actions.operators_of(staff))
    if request.method == "POST" and form.is_valid():
        try:
            made = staff_actions.open_office(by=staff, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("La régie est créée."))
            return redirect("cash:office", made.pk)
    return render_staff(request, staff, "cash/office.html", {"form": form, "office": None})


@staff_page
def office(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(CashOffice.objects.governed_by(staff).select_related("operator"), pk=pk)
    names = ("name", "numcli", "credit_days", "is_active")
    initial = {name: getattr(found, name) for name in names} | {
        "people": list(found.people.values_list("staff", flat=True))
    }
    form = OfficeForm(posted(request), initial=initial, people=staff_actions.may_work_for(found))
    if request.method == "POST" and form.is_valid():
        try:
            staff_actions.set_office(office=found, by=staff, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("cash:office", found.pk)
    return render_staff(request, staff, "cash/office.html", {"form": form, "office": found})
