"""A family gives a place back: what follows is shown, then done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from booking.activities.changes import cancelling
from booking.activities.enrolling.people import say_group
from booking.activities.models import Enrolment
from booking.activities.seasons.offered import offered
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.query_names import Param


@household_page
def cancel(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Only for the household that pays: the credit is theirs."""
    mine = Enrolment.objects.filter(basket__household=session.guardian.household).select_related(
        "member", "group__activity__season"
    )
    line = get_object_or_404(mine, pk=pk)
    if request.method == "POST":
        seen = number_in(request.POST.get(Param.SEEN, ""))
        try:
            note = cancelling.cancel(enrolment=line, shown=-1 if seen is None else seen)
        except Refusal as refusal:
            return _page(request, session, line, 409, refusal=refusal)
        messages.success(
            request,
            _("L’inscription est annulée, l’avoir est dans vos paiements.")
            if note
            else _("L’inscription est annulée."),
        )
        return redirect("enrol:mine")
    return _page(request, session, line)


def _page(
    request: HttpRequest, session: HouseholdSession, line: Enrolment, status: int = 200, **more: Any
) -> HttpResponse:
    found, why = None, ""
    try:
        found = cancelling.cancellation(enrolment=line)
    except Refusal as refusal:
        why = str(refusal)
    group = offered().get(line.group_id)
    context = context_of(
        session, line=line, found=found, why=why, what=say_group(group) if group else str(line.group), **more
    )
    return render(request, "enrol/cancel.html", context, status=status)
