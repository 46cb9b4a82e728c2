"""Pages of those who run nurseries: their places month by month, the week as it fills, what they hold back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.calendar_words import say_month_and_year
from booking.nurseries.enums import Section
from booking.nurseries.models import HeldBack, Nursery, NurseryOpening
from booking.nurseries.operators.forms import HeldBackForm, NurseryForm, OpeningForm
from booking.nurseries.operators.week import months_of, week_of
from booking.nurseries.supply import reading, saving
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param


def _run(staff: StaffMember, pk: int) -> Nursery:
    return get_object_or_404(Nursery.objects.run_by(staff).select_related("facility__municipality"), pk=pk)


@staff_page
def nurseries(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Those this person runs, or whose places it reads; and nurseries of which nothing is said yet."""
    found = reading.with_supply(Nursery.objects.visible_to(staff)).order_by("facility__slug")
    bare = Facility.objects.nurseries_run_by(staff).filter(nursery__isnull=True).order_by("slug")
    if not rules.runs_nurseries(staff) and not found:
        raise Http404
    ahead = reading.horizon(count=1)
    rows = []
    for one in found:
        free = ahead.stretches(reading.capacity_of(one))
        rows.append((one, len(one.children.all()), [free.get((ahead.months[0], section.value)) for section in Section]))
    context = {
        "rows": rows,
        "bare": bare,
        "sections": list(Section),
        "month": say_month_and_year(ahead.months[0]),
        "runs": rules.runs_nurseries(staff),
    }
    return render_staff(request, staff, "operators/nurseries.html", context)


@staff_page
def nursery(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The week of one month by half-day, the months ahead by section, and the rows they come from."""
    found = get_object_or_404(reading.with_supply(Nursery.objects.visible_to(staff)), pk=pk)
    ahead = reading.horizon()
    asked = request.GET.get(Param.MONTH, "")
    month = asked if asked in ahead.months else ahead.months[0]
    counted = reading.capacity_of(found)
    context = {
        "nursery": found,
        "may_edit": Nursery.objects.run_by(staff).filter(pk=pk).exists(),
        "days": week_of(counted, ahead, month),
        "months": [(one, say_month_and_year(one), one == month) for one in ahead.months],
        "said_month": say_month_and_year(month),
        "ahead": [(say_month_and_year(one.month), one.sections) for one in months_of(counted, ahead)],
        "sections": list(Section),
        "missing": reading.guaranteed_missing([found], ahead)[found.pk]
        if found.guaranteed_counted_by == "nursery"
        else None,
    }
    return render_staff(request, staff, "operators/nursery.html", context)


@staff_page
def new_nursery(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A facility that is a nursery gets its places."""
    found = get_object_or_404(Facility.objects.nurseries_run_by(staff), pk=pk)
    known = Nursery.objects.filter(facility=found).first()
    return redirect("supply:settings", known.pk) if known else _settings(request, staff, found, Nursery())


@staff_page
def settings(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _run(staff, pk)
    return _settings(request, staff, found.facility, found)


def _settings(request: HttpRequest, staff: StaffMember, facility: Facility, instance: Nursery) -> HttpResponse:
    form = NurseryForm(posted(request), instance=instance, facility=facility)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if saved(
            request,
            form,
            lambda: saving.set_nursery(facility=facility, by=staff, **said),
            _("Les changements sont enregistrés."),
        ):
            return redirect("supply:nursery", Nursery.objects.get(facility=facility).pk)
    context = {"form": form, "title": _("Réglages de la crèche"), "nursery": instance if instance.pk else None}
    return render_staff(request, staff, "operators/form.html", {**context, "caption": facility.name})


@staff_page
@one_press
def new_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Begins like the row that holds last, for most of it stays."""
    found = _run(staff, pk)
    last = found.openings.last()
    like = {name: getattr(last, name) for name in ("authorised", "sections", "adults", "overshoot")} if last else {}
    row = NurseryOpening(nursery=found, **like)
    return _opening_form(request, staff, row, _("Ajouter une ligne de capacité"))


@staff_page
def opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _opening_form(request, staff, _opening(staff, pk), _("Changer une ligne de capacité"))


def _opening(staff: StaffMember, pk: int) -> NurseryOpening:
    rows = NurseryOpening.objects.filter(nursery__in=Nursery.objects.run_by(staff))
    return get_object_or_404(rows.select_related("nursery__facility"), pk=pk)


def _opening_form(request: HttpRequest, staff: StaffMember, row: NurseryOpening, title: str) -> HttpResponse:
    form = OpeningForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        said = _("La capacité est enregistrée.")
        if saved(request, form, lambda: saving.save_opening(opening=form.row(), by=staff), said):
            return redirect("supply:nursery", row.nursery_id)
    return render_staff(request, staff, "operators/opening.html", _of(row, form, title))


def _of(row: Any, form: Any, title: str) -> dict[str, Any]:
    return {"form": form, "title": title, "nursery": row.nursery, "row": row, "caption": row.nursery.facility.name}


@staff_page
@require_POST
def drop_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _opening(staff, pk)
    nursery_id = row.nursery_id
    done(request, lambda: saving.drop_opening(opening=row, by=staff), _("La ligne est retirée."))
    return redirect("supply:nursery", nursery_id)


@staff_page
@one_press
def new_held(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = HeldBack(nursery=_run(staff, pk))
    return _held_form(request, staff, row, _("Réserver des places"))


@staff_page
def held(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _held_form(request, staff, _held(staff, pk), _("Changer une réserve"))


def _held(staff: StaffMember, pk: int) -> HeldBack:
    rows = HeldBack.objects.filter(nursery__in=Nursery.objects.run_by(staff))
    return get_object_or_404(rows.select_related("nursery__facility"), pk=pk)


def _held_form(request: HttpRequest, staff: StaffMember, row: HeldBack, title: str) -> HttpResponse:
    form = HeldBackForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        said = _("La réserve est enregistrée.")
        if saved(request, form, lambda: saving.save_held_back(held=form.instance, by=staff), said):
            return redirect("supply:nursery", row.nursery_id)
    return render_staff(request, staff, "operators/form.html", _of(row, form, title))


@staff_page
@require_POST
def drop_held(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _held(staff, pk)
    nursery_id = row.nursery_id
    done(
        request, lambda: saving.drop_held_back(held=row, by=staff), _("La réserve est levée : ces places sont libres.")
    )
    return redirect("supply:nursery", nursery_id)
