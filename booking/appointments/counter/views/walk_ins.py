"""Tickets for people without appointment, how many there are, and the list that is mailed at seven."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.counter.forms import MorningListForm, QuotaForm, WalkInForm
from booking.appointments.counter.morning_list import set_morning_list
from booking.appointments.counter.walk_in_queries import half_of, quota_for
from booking.appointments.counter.walk_ins import drop_quota, give_ticket, set_quota
from booking.appointments.models import AppointmentType, MorningList, WalkInQuota, WalkInTicket
from municipalities import rules
from municipalities.access import posted, refuse_read_only, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember


@staff_page
@one_press
def walk_in(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = _facility(staff, pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    now = timezone.now()
    types = list(
        AppointmentType.objects.filter(is_active=True, counters__facility=facility)
        .distinct()
        .order_by("position", "pk")
    )
    form = WalkInForm(posted(request), types=types)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            ticket = give_ticket(
                facility=facility,
                type=data["type"],
                people=data["people"],
                is_assisted=data["is_assisted"],
                priority=data["priority"],
                by=staff,
            )
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("counter:ticket", pk=ticket.pk)
    half = half_of(now)
    given = WalkInTicket.objects.filter(facility=facility, day=timezone.localdate(now), half=half).count()
    context = {
        "facility": facility,
        "form": form,
        "refusal": refusal,
        "half": half,
        "given": given,
        "places": quota_for(facility, timezone.localdate(now), half),
        "may_manage": Facility.objects.manageable_by(staff).filter(pk=facility.pk).exists(),
    }
    return render_staff(request, staff, "counter/walk_in.html", context, status=409 if refusal else 200)


@staff_page
def ticket(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    found = get_object_or_404(
        WalkInTicket.objects.visible_to(staff).select_related("facility__municipality", "type"), pk=pk
    )
    waiting = WalkInTicket.objects.filter(
        facility=found.facility, day=found.day, half=found.half, number__lt=found.number, called_at__isnull=True,
        state="booked",
    ).count()  # fmt: skip
    return render_staff(
        request, staff, "counter/ticket.html", {"ticket": found, "facility": found.facility, "waiting": waiting}
    )


@staff_page
def quotas(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.manageable_by(staff).select_related("municipality"), pk=pk)
    rows = list(WalkInQuota.objects.filter(facility=facility))
    week = {(row.weekday, row.half): row.places for row in rows if row.weekday is not None}
    form = QuotaForm(posted(request), week=week)
    if request.method == "POST" and form.is_valid():
        for weekday, half, places in form.week():
            if places != week.get((weekday, half), 0):
                set_quota(facility=facility, weekday=weekday, half=half, places=places, by=staff)
        data = form.cleaned_data
        if data["day"]:
            set_quota(facility=facility, day=data["day"], half=data["half"] or "am", places=data["places"], by=staff)
        messages.success(request, _("Les quotas sont enregistrés."))
        return redirect("counter:quotas", pk=facility.pk)
    dates = [row for row in rows if row.day is not None and row.day >= timezone.localdate()]
    return render_staff(request, staff, "counter/quotas.html", {"facility": facility, "form": form, "dates": dates})


@staff_page
@require_POST
def remove_quota(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    quota = get_object_or_404(WalkInQuota.objects.manageable_by(staff), pk=pk)
    drop_quota(quota=quota, by=staff)
    messages.success(request, _("Cette date suit de nouveau le quota de la semaine."))
    return redirect("counter:quotas", pk=quota.facility_id)


@staff_page
def morning(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Who gets the list at seven: each for themselves, and the manager for the facility."""
    facility = _facility(staff, pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    known = MorningList.objects.filter(facility=facility).prefetch_related("agents").first()
    may_manage = Facility.objects.manageable_by(staff).filter(pk=facility.pk).exists()
    agents = list(known.agents.all()) if known else []
    initial = {
        "to_facility": bool(known and known.to_facility),
        "shows_names": bool(known and known.shows_names),
        "to_me": staff in agents,
    }
    form = MorningListForm(posted(request), initial=initial)
    if not may_manage:
        del form.fields["to_facility"], form.fields["shows_names"]
    if request.method == "POST" and form.is_valid():
        set_morning_list(facility=facility, by=staff, **form.cleaned_data)
        messages.success(request, _("C’est noté : la liste part à 7 h les jours d’ouverture."))
        return redirect("counter:morning", pk=facility.pk)
    context = {"facility": facility, "form": form, "agents": agents, "may_manage": may_manage}
    return render_staff(request, staff, "counter/morning.html", context)


def _facility(staff: StaffMember, pk: int) -> Facility:
    return get_object_or_404(Facility.objects.visible_to(staff).select_related("municipality"), pk=pk)
