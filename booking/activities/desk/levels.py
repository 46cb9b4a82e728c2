"""An agent notes what members of a family were seen to do in the water: it opens and closes groups for them; and what a
coach is to know of them in the water."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.activities.desk.forms import LevelsForm
from booking.activities.enrolling.levels import give_level, levels_of
from booking.residents.families.actions import note_safety
from booking.residents.families.queries import members_of
from booking.residents.models import Household
from booking.residents.views.staff import HOUSEHOLD
from municipalities.access import posted, render_staff, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.readings import note_subjects


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def levels(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    household = get_object_or_404(Household.objects.visible_to(staff), pk=pk)
    note_subjects(HOUSEHOLD, household.pk, why=Why.SEARCH, view="desk:levels", by=staff)
    members = [member for member in members_of(household) if member.is_born]
    form = LevelsForm(posted(request), members=members, given=levels_of(members))
    if form.is_bound and form.is_valid():
        for member, level in form.changes():
            give_level(member=member, level=level, by=staff)
        for member, remark in form.remarks():
            note_safety(member=member, remark=remark, by=staff)
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("families:family", household.pk)
    return render_staff(request, staff, "desk/levels.html", {"household": household, "form": form})
