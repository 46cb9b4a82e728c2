"""Pages of who runs nurseries (half-days opened, who comes, what is free) and of the agent who admits a child."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.enums import CareKind
from booking.nurseries.models import (
    ApplicationChild,
    Nursery,
    NurseryApplication,
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
)
from booking.nurseries.models.requests import LIVE
from booking.nurseries.occasional import opening
from booking.nurseries.occasional.days import PUBLISHED_DAYS_BEFORE, care_of
from booking.nurseries.occasional.forms import AdmissionForm, HoursForm, OpeningForm
from booking.nurseries.occasional.messages import SUBJECT
from booking.nurseries.occasional.showing import free_places, opened
from municipalities import readings, rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.database.transactions import patient_transaction
from municipalities.idempotency import one_press
from municipalities.lists import file_of, write_list
from municipalities.models import StaffMember, Why
from municipalities.rules import Ability


def run(staff: StaffMember) -> list[Nursery]:
    """The nurseries this person runs that take children now and then."""
    mine = Nursery.objects.run_by(staff).filter(accepts_occasional=True)
    return list(mine.select_related("facility__municipality", "occasional").order_by("facility__name", "pk"))


def _run(staff: StaffMember, pk: int) -> Nursery:
    mine = Nursery.objects.run_by(staff).filter(accepts_occasional=True)
    return get_object_or_404(mine.select_related("facility__municipality"), pk=pk)


@staff_page
def nurseries(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Its nurseries, and what is free in all of them: the list that is passed on."""
    if not rules.runs_nurseries(staff):
        raise Http404
    mine = run(staff)
    said = OccasionalCare.objects.filter(nursery__in=mine, sent_at__isnull=False)
    sent = [one.sent_at for one in said if one.sent_at is not None]
    context = {
        "nurseries": mine,
        "free": free_places(mine, timezone.now()),
        "sent_at": min(sent) if len(sent) == len(mine) and sent else None,
        "days_before": PUBLISHED_DAYS_BEFORE,
    }
    return render_staff(request, staff, "occasional/nurseries.html", context)


@staff_page
def free_file(_request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The free places of this minute as CSV, to be sent on; no family stands in it."""
    if not rules.runs_nurseries(staff):
        raise Http404
    now = timezone.now()
    rows = [
        [
            f"{one.day:%Y-%m-%d}",
            one.said.rpartition(", ")[2],
            one.nursery.facility.name,
            one.nursery.facility.municipality.name,
            one.section_said,
            str(one.free),
        ]
        for one in free_places(run(staff), now)
    ]
    heads = [_("jour"), _("demi-journée"), _("crèche"), _("commune"), _("section"), _("places libres")]
    return file_of(write_list(heads, rows), f"places-libres-{timezone.localdate(now):%Y-%m-%d}")


@staff_page
@require_POST
def sent(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """« Transmise » : the reminder of the week is silent until next week."""
    mine = run(staff)
    if not mine:
        raise Http404
    done(request, lambda: opening.note_sent(nurseries=mine, by=staff), _("C’est noté : la liste est transmise."))
    return redirect("occasional:nurseries")


@staff_page
@one_press
def nursery(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The half-days ahead with who comes, those who are admitted, and a form for more half-days."""
    found = _run(staff, pk)
    form = OpeningForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def open_all() -> None:
            with patient_transaction(by=staff):
                for day, half in form.half_days():
                    opening.open_places(
                        nursery=found, day=day, half=half, section=data["section"], number=data["places"], by=staff
                    )

        if saved(request, form, open_all, _("C’est ouvert : les familles admises voient ces demi-journées.")):
            return redirect("occasional:nursery", pk)
    admitted = OccasionalAdmission.objects.visible_to(staff).standing().filter(nursery=found)
    rows = list(admitted.select_related("child__member", "child__application").order_by("admitted_at"))
    readings.note_subjects(
        SUBJECT, *{one.child.application_id for one in rows}, why=Why.SEARCH, view="occasional:nursery", by=staff
    )
    context = {
        "nursery": found,
        "care": care_of(found),
        "form": form,
        "opened": opened(found, timezone.now()),
        "admitted": rows,
    }
    return render_staff(request, staff, "occasional/nursery.html", context)


@staff_page
@require_POST
def close(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(OccasionalPlace.objects.visible_to(staff), pk=pk)
    nursery_id = place.nursery_id
    done(request, lambda: opening.close_place(place=place, by=staff), _("La place est fermée."))
    return redirect("occasional:nursery", nursery_id)


@staff_page
def hours(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _run(staff, pk)
    form = HoursForm(posted(request), instance=care_of(found))
    if request.method == "POST" and form.is_valid():
        said = _("Les changements sont enregistrés.")
        if saved(request, form, lambda: opening.say_hours(care=form.instance, by=staff), said):
            return redirect("occasional:nursery", pk)
    context = {"form": form, "title": _("Heures des demi-journées"), "nursery": found}
    return render_staff(request, staff, "occasional/form.html", {**context, "caption": found.facility.name})


@staff_page
@require_POST
def end(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Its half-days to come go to others within the next minutes."""
    found = get_object_or_404(OccasionalAdmission.objects.visible_to(staff), pk=pk)
    said = _("C’est fini : ses demi-journées à venir vont à d’autres familles.")
    done(request, lambda: opening.end_admission(admission=found, by=staff), said)
    return redirect("occasional:nursery", found.nursery_id)


@staff_page
@one_press
def admit(request: HttpRequest, staff: StaffMember, pk: UUID, number: int) -> HttpResponse:
    """An agent admits the child of a request for occasional care; the family gets its link."""
    if not rules.for_nurseries(staff, Ability.INSTRUCT_FILES):
        raise Http404
    application = get_object_or_404(NurseryApplication.objects.visible_to(staff).filter(state__in=LIVE), pk=pk)
    wanted = ApplicationChild.objects.select_related("member", "application")
    child = get_object_or_404(wanted, application=application, number=number, need__kind=CareKind.OCCASIONAL)
    form = AdmissionForm(posted(request), application=application)
    if request.method == "POST" and form.is_valid():
        said = _("L’enfant est admis, et sa famille reçoit son lien.")
        chosen = form.cleaned_data["creche"]
        if saved(request, form, lambda: opening.admit(child=child, nursery=chosen, by=staff), said):
            return redirect("nursery_files:file", pk=pk)
    rows = OccasionalAdmission.objects.standing().filter(child=child).select_related("nursery__facility")
    context: dict[str, Any] = {"form": form, "application": application, "child": child, "admitted": rows}
    return render_staff(request, staff, "occasional/admit.html", context)
