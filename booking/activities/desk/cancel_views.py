"""A place that the pool gives back for a family: what is left of its price is shown, the agent grants the credit."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.activities.changes import cancelling
from booking.activities.desk.forms import CreditForm
from booking.activities.enrolling.ending import NotEnrolledNow
from booking.activities.enrolling.paying import unpaid_of
from booking.activities.models import Enrolment, EnrolmentQuerySet, EnrolmentState
from booking.payments.sums import say_cents
from booking.residents.models import Household
from booking.residents.views.staff import HOUSEHOLD
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.readings import note_subjects
from municipalities.rules import Ability, operators_for


def served_by(staff: StaffMember) -> EnrolmentQuerySet:
    """Places of families that this person serves, in groups of their operators."""
    found = Enrolment.objects.filter(basket__household__in=Household.objects.visible_to(staff))
    operators = operators_for(staff, Ability.SERVE_FAMILIES)
    return found if operators is None else found.filter(group__activity__season__operator__in=operators)


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def cancel(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    lines = served_by(staff).select_related("member", "basket", "session", "group__activity__season")
    line = get_object_or_404(lines, pk=pk)
    note_subjects(HOUSEHOLD, line.basket.household_id, why=Why.SEARCH, view="desk:cancel", by=staff)
    is_enrolled = line.state == EnrolmentState.ENROLLED
    most = cancelling.worth(line) if is_enrolled else 0
    form = CreditForm(posted(request), most=most)
    refusal = "" if is_enrolled else str(NotEnrolledNow.sentence)
    if request.method == "POST" and form.is_valid():
        try:
            note = cancelling.give_back(enrolment=line, cents=form.cents, by=staff)
        except Refusal as told:
            refusal = str(told)
        else:
            said = _("L’inscription est annulée, la famille a un avoir de %(sum)s.")
            messages.success(
                request, said % {"sum": say_cents(note.cents)} if note else _("L’inscription est annulée, sans avoir.")
            )
            return redirect("desk:sale", line.basket.household_id)
    is_unpaid = bool(unpaid_of([line]))
    context = {
        "line": line,
        "is_unpaid": is_unpaid,
        "form": form,
        "refusal": refusal,
        "most": most,
        "is_enrolled": is_enrolled,
    }
    status = 200 if request.method == "GET" else 409 if refusal else 422
    return render_staff(request, staff, "desk/cancel.html", context, status=status)
