"""Staff pages of the prices: draft a grid, see which cases have no price, publish it for good."""

from django.contrib import messages
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.activities.models import Adjustment, PriceRow, Tariff, TariffGrid, TariffGridQuerySet
from booking.activities.pricing import Unit
from booking.activities.tariffs import actions
from booking.activities.tariffs.forms import AdjustmentForm, GridForm, NewGridForm, PriceForm, TariffForm
from booking.activities.tariffs.queries import (
    as_reduction,
    as_row,
    holes_of,
    operators_planned_by,
    pool_operators_planned_by,
)
from booking.activities.tariffs.wording import in_order, say_case, say_price, say_reduction, say_unit
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.exceptions import simple_attempt
from municipalities.forms.fields import number_in
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param


def _grids(staff: StaffMember) -> TariffGridQuerySet:
    return TariffGrid.objects.visible_to(staff).select_related("operator")


def _draft(staff: StaffMember, pk: int) -> TariffGrid:
    return get_object_or_404(_grids(staff).drafts(), pk=pk)


@staff_page
def grids(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not operators_planned_by(staff).exists():
        raise Http404
    found = _grids(staff).order_by("operator__name", "-valid_from", "-pk")
    context = {"grids": found, "may_add": pool_operators_planned_by(staff).exists()}
    return render_staff(request, staff, "tariffs/grids.html", context)


@staff_page
@one_press
def new_grid(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not operators_planned_by(staff).exists():
        raise Http404
    grids = _grids(staff).order_by("-valid_from")
    like = grids.filter(operator=number_in(request.GET.get(Param.OPERATOR, "")) or 0).first()
    form = NewGridForm(
        posted(request),
        initial={"operator": like.operator_id, "like": like} if like else {},
        operators=pool_operators_planned_by(staff),
        grids=grids,
    )
    if request.method == "POST" and form.is_valid():
        like = form.cleaned_data["like"]
        said = _("Le brouillon est enregistré. Le public ne le voit pas encore.")
        if saved(request, form, lambda: actions.save_grid(grid=form.instance, like=like, by=staff), said):
            return redirect("tariffs:grid", form.instance.pk)
    return render_staff(request, staff, "tariffs/grid_form.html", {"form": form, "grid": None})


@staff_page
def grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A grid as a whole: its tariffs with their prices, its reductions, and what is missing."""
    found = get_object_or_404(_grids(staff).select_related("published_by"), pk=pk)
    return _grid_page(request, staff, found, "")


def _grid_page(request: HttpRequest, staff: StaffMember, found: TariffGrid, refusal: str) -> HttpResponse:
    tariffs = []
    for tariff in found.tariffs.prefetch_related("rows__tariff"):
        rows = {as_row(row): row.pk for row in tariff.rows.all()}
        lines = [(say_unit(row.unit), say_case(row), say_price(row), rows[row]) for row in in_order(rows)]
        tariffs.append((tariff, lines))
    context = {
        "grid": found,
        "tariffs": tariffs,
        "reductions": [(say_reduction(as_reduction(one)), one.pk) for one in found.adjustments.all()],
        "holes": [(hole.code, say_unit(Unit(hole.unit)), say_case(hole)) for hole in holes_of(found)],
        "refusal": refusal,
    }
    return render_staff(request, staff, "tariffs/grid.html", context)


@staff_page
def edit_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    form = GridForm(posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        said = _("Le brouillon est enregistré. Le public ne le voit pas encore.")
        if saved(request, form, lambda: actions.save_grid(grid=form.instance, by=staff), said):
            return redirect("tariffs:grid", found.pk)
    return render_staff(request, staff, "tariffs/grid_form.html", {"form": form, "grid": _draft(staff, pk)})


@staff_page
@require_POST
def publish_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(_grids(staff), pk=pk)
    despite = request.POST.get(Param.ALL_THE_SAME) == "1"
    refusal = simple_attempt(lambda: actions.publish_grid(grid=found, despite_holes=despite, by=staff))
    if refusal:
        return _grid_page(request, staff, get_object_or_404(_grids(staff), pk=pk), refusal)
    messages.success(request, _("La grille est publiée : elle ne change plus."))
    return redirect("tariffs:grid", pk)


@staff_page
@require_POST
def discard_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    refusal = simple_attempt(lambda: actions.discard_grid(grid=found, by=staff))
    if refusal:
        messages.error(request, refusal)
        return redirect("tariffs:grid", pk)
    messages.success(request, _("Le brouillon est abandonné."))
    return redirect("tariffs:grids")


@staff_page
@one_press
def new_tariff(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    return _part(request, staff, found, TariffForm(posted(request), instance=Tariff(grid=found)), _("Ajouter un tarif"))


@staff_page
def tariff(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(Tariff.objects.filter(grid__in=_grids(staff).drafts()).select_related("grid"), pk=pk)
    title = str(found)
    return _part(request, staff, found.grid, TariffForm(posted(request), instance=found), title)


@staff_page
@one_press
def new_price(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(Tariff.objects.filter(grid__in=_grids(staff).drafts()).select_related("grid"), pk=pk)
    title = _("Ajouter un prix : %(tariff)s") % {"tariff": found}
    return _part(request, staff, found.grid, PriceForm(posted(request), instance=PriceRow(tariff=found)), title)


@staff_page
def price(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    rows = PriceRow.objects.filter(tariff__grid__in=_grids(staff).drafts()).select_related("tariff__grid")
    found = get_object_or_404(rows, pk=pk)
    title = _("Modifier un prix : %(tariff)s") % {"tariff": found.tariff}
    return _part(request, staff, found.tariff.grid, PriceForm(posted(request), instance=found), title)


@staff_page
@one_press
def new_adjustment(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    form = AdjustmentForm(posted(request), instance=Adjustment(grid=found))
    return _part(request, staff, found, form, _("Ajouter une réduction"))


@staff_page
def adjustment(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    rows = Adjustment.objects.filter(grid__in=_grids(staff).drafts()).select_related("grid")
    found = get_object_or_404(rows, pk=pk)
    form = AdjustmentForm(posted(request), instance=found)
    return _part(request, staff, found.grid, form, _("Modifier une réduction"))


def _part(
    request: HttpRequest,
    staff: StaffMember,
    grid: TariffGrid,
    form: "ModelForm[Tariff] | ModelForm[PriceRow] | ModelForm[Adjustment]",
    title: str,
) -> HttpResponse:
    """One tariff, price or reduction: saved, or taken away by the second button."""
    part = form.instance
    is_new = part.pk is None
    if request.method == "POST":
        if not is_new and Param.REMOVE in request.POST:
            refusal = simple_attempt(lambda: actions.remove_part(part=part, by=staff))
        elif form.is_valid():
            refusal = simple_attempt(lambda: actions.save_part(part=part, by=staff))
        else:
            refusal = None
        if refusal == "":
            messages.success(request, _("La grille est enregistrée."))
            return redirect("tariffs:grid", grid.pk)
        if refusal and form.is_valid():
            form.add_error(None, refusal)
    context = {"form": form, "grid": grid, "title": title, "is_new": is_new}
    return render_staff(request, staff, "tariffs/part_form.html", context)
