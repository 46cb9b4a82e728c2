"""Trying a sender's address again, once something has been done about its refusal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from municipalities.access import staff_page
from municipalities.actions.places import try_sender
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import Municipality, Operator, StaffMember


@staff_page
@require_POST
@one_press
def try_town(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    town = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    _try(request, staff, town)
    return redirect("staff:municipality", pk)


@staff_page
@require_POST
@one_press
def try_operator(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    operator = get_object_or_404(Operator.objects.editable_by(staff), pk=pk)
    _try(request, staff, operator)
    return redirect("staff:operator", pk)


def _try(request: HttpRequest, staff: StaffMember, office: Municipality | Operator) -> None:
    try:
        try_sender(office=office, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("Un courriel d’essai part vers %(address)s. Cette page dira s’il est passé.")
        messages.success(request, said % {"address": staff.email})
