"""Pages of an operator about the children it admitted: entry, the week as it really is, exit. No other operator's."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.answers import stays
from booking.nurseries.answers.messages import SUBJECT
from booking.nurseries.models import NurseryOffer, Stay
from booking.nurseries.replies.forms import EntryForm, ExitForm, WeekForm
from municipalities import readings
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why


@staff_page
@one_press
def entry(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """A child whose family accepted has come: its number, day and week, as offered unless changed here."""
    mine = NurseryOffer.objects.visible_to(staff).filter(state__in=stays.ADMITTED, stay__isnull=True)
    offer = get_object_or_404(mine.select_related("nursery__facility", "child__member"), pk=pk)
    first = {"half_days": offer.half_days, "entered_on": offer.start}
    form = EntryForm(posted(request), initial=first)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if saved(request, form, lambda: stays.enter(offer=offer, by=staff, **said), _("L’entrée est signalée.")):
            return redirect("replies:accepted")
    _note(staff, offer, "replies:entry")
    return render_staff(request, staff, "replies/entry.html", {"form": form, "offer": offer})


@staff_page
def stay(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """One child who is there: its week to change, its exit to report."""
    found = _stay(staff, pk)
    form = WeekForm(posted(request), initial={"half_days": found.half_days, "week_hours": found.week_hours})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if saved(
            request, form, lambda: stays.change_week(stay=found, by=staff, **said), _("La semaine est enregistrée.")
        ):
            return redirect("replies:accepted")
    return _stay_page(request, staff, found, form, ExitForm())


@staff_page
@require_POST
def leave(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _stay(staff, pk)
    form = ExitForm(posted(request))
    if form.is_valid():
        day = form.cleaned_data["left_on"]
        said = _("La sortie est signalée : la place ira à un autre enfant.")
        if saved(request, form, lambda: stays.leave(stay=found, left_on=day, by=staff), said):
            return redirect("replies:accepted")
    week = WeekForm(initial={"half_days": found.half_days, "week_hours": found.week_hours})
    return _stay_page(request, staff, found, week, form)


def _stay(staff: StaffMember, pk: int) -> Stay:
    rows = Stay.objects.visible_to(staff).select_related("nursery__facility", "offer__child__member")
    return get_object_or_404(rows, pk=pk)


def _stay_page(
    request: HttpRequest, staff: StaffMember, found: Stay, form: WeekForm, exit_form: ExitForm
) -> HttpResponse:
    _note(staff, found.offer, "replies:stay")
    context = {"stay": found, "child": found.offer.child, "form": form, "exit_form": exit_form}
    return render_staff(request, staff, "replies/stay.html", context)


def _note(staff: StaffMember, offer: NurseryOffer, view: str) -> None:
    readings.note_subjects(SUBJECT, offer.child.application_id, why=Why.SEARCH, view=view, by=staff)
