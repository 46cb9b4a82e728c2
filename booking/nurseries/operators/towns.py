"""Rows that the childcare manager keeps for the public pages: when the commissions meet, what towns have besides."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.models import CommissionMeeting, TownChildcare
from booking.nurseries.operators.forms import MeetingForm, TownForm
from booking.nurseries.supply import information
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import Municipality, StaffMember
from municipalities.rules import Ability


def _authority(staff: StaffMember) -> int:
    if not rules.for_nurseries(staff, Ability.PUBLISH_RULES):
        raise Http404
    return staff.current_roles().authorities_with(*rules.RIGHTS[Ability.PUBLISH_RULES])[0]


@staff_page
@one_press
def meetings(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Those to come, and a form for one more."""
    authority = _authority(staff)
    form = MeetingForm(posted(request), instance=CommissionMeeting(authority_id=authority))
    if request.method == "POST" and form.is_valid():
        said = _("La réunion est enregistrée.")
        if saved(request, form, lambda: information.save_meeting(meeting=form.instance, by=staff), said):
            return redirect("supply:meetings")
    ahead = CommissionMeeting.objects.filter(authority=authority, meets_on__gte=timezone.localdate())
    return render_staff(request, staff, "operators/meetings.html", {"form": form, "meetings": ahead})


def _meeting(staff: StaffMember, pk: int) -> CommissionMeeting:
    return get_object_or_404(CommissionMeeting, pk=pk, authority=_authority(staff))


@staff_page
def meeting(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    form = MeetingForm(posted(request), instance=_meeting(staff, pk))
    if request.method == "POST" and form.is_valid():
        said = _("La réunion est enregistrée.")
        if saved(request, form, lambda: information.save_meeting(meeting=form.instance, by=staff), said):
            return redirect("supply:meetings")
    context = {"form": form, "title": _("Changer une réunion"), "back": "supply:meetings"}
    return render_staff(request, staff, "operators/form.html", context)


@staff_page
@require_POST
def drop_meeting(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _meeting(staff, pk)
    done(request, lambda: information.drop_meeting(meeting=found, by=staff), _("La réunion est retirée."))
    return redirect("supply:meetings")


@staff_page
def towns(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _authority(staff)
    found = Municipality.objects.filter(is_member=True).select_related("childcare").order_by("slug")
    return render_staff(request, staff, "operators/towns.html", {"towns": found})


@staff_page
def town(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _authority(staff)
    found = get_object_or_404(Municipality.objects.filter(is_member=True), pk=pk)
    row = TownChildcare.objects.filter(municipality=found).first() or TownChildcare(municipality=found)
    form = TownForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        said = _("Les changements sont enregistrés.")
        if saved(request, form, lambda: information.save_town(town=form.instance, by=staff), said):
            return redirect("supply:towns")
    context = {"form": form, "title": _("Accueil individuel"), "caption": found.name, "back": "supply:towns"}
    return render_staff(request, staff, "operators/form.html", context)
