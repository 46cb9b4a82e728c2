"""Staff pages of the grids of points: draft one, see what it would do, publish it for good; points of the towns."""

from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.models import Criterion, CriterionOption, PointsGrid, PointsGridQuerySet, Round, TownPoints
from booking.nurseries.points import actions, answering
from booking.nurseries.points.forms import ClaimForm, CriterionForm, GridForm, NewGridForm, OptionForm, TownPointsForm
from booking.nurseries.points.previewing import preview
from booking.nurseries.points.queries import GRID_PARTS, town_points_on
from municipalities import readings, rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.exceptions import simple_attempt
from municipalities.idempotency import one_press
from municipalities.models import Municipality, StaffMember, Why
from municipalities.query_names import Param
from municipalities.rules import Ability

#: `ReadTrace.subject_type` of a request.
REQUEST = "nursery_request"


def _must_publish_rules(staff: StaffMember) -> None:
    if not rules.for_nurseries(staff, Ability.PUBLISH_RULES):
        raise Http404


def _grids(staff: StaffMember) -> PointsGridQuerySet:
    return PointsGrid.objects.visible_to(staff).select_related("operator")


def _draft(staff: StaffMember, pk: int) -> PointsGrid:
    return get_object_or_404(_grids(staff).drafts(), pk=pk)


@staff_page
def grids(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_publish_rules(staff)
    today = timezone.localdate()
    in_force = PointsGrid.objects.in_force(today).first()
    return render_staff(request, staff, "points/grids.html", {"grids": _grids(staff), "in_force": in_force})


@staff_page
@one_press
def new_grid(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_publish_rules(staff)
    operator_id = staff.current_roles().authorities_with(*rules.RIGHTS[Ability.PUBLISH_RULES])[0]
    form = NewGridForm(posted(request), instance=PointsGrid(operator_id=operator_id), grids=_grids(staff))
    if request.method == "POST" and form.is_valid():
        like = form.cleaned_data["like"]
        said = _("Le brouillon est enregistré. Il ne vaut pas encore.")
        if saved(request, form, lambda: actions.save_grid(grid=form.instance, like=like, by=staff), said):
            return redirect("points:grid", form.instance.pk)
    return render_staff(request, staff, "points/form.html", _form(form, _("Préparer une grille"), None))


def _form(form: Any, title: str, grid: PointsGrid | None, *, may_remove: bool = False) -> dict[str, Any]:
    return {"form": form, "title": title, "grid": grid, "may_remove": may_remove}


@staff_page
def grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A grid as a whole, and for a draft what it would do to the requests of today."""
    return _grid_page(request, staff, pk, "")


def _grid_page(request: HttpRequest, staff: StaffMember, pk: int, refusal: str) -> HttpResponse:
    found = get_object_or_404(_grids(staff).select_related("published_by").prefetch_related(*GRID_PARTS), pk=pk)
    context: dict[str, Any] = {"grid": found, "criteria": found.criteria.all(), "refusal": refusal}
    if not found.is_published:
        context["preview"] = preview(found)
    return render_staff(request, staff, "points/grid.html", context)


@staff_page
def edit_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    form = GridForm(posted(request), instance=_draft(staff, pk))
    if request.method == "POST" and form.is_valid():
        said = _("Le brouillon est enregistré. Il ne vaut pas encore.")
        if saved(request, form, lambda: actions.save_grid(grid=form.instance, by=staff), said):
            return redirect("points:grid", pk)
    return render_staff(request, staff, "points/form.html", _form(form, _("Modifier la grille"), _draft(staff, pk)))


@staff_page
@require_POST
def publish_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(_grids(staff), pk=pk)
    refusal = simple_attempt(lambda: actions.publish_grid(grid=found, by=staff))
    if refusal:
        return _grid_page(request, staff, pk, refusal)
    messages.success(request, _("La grille est publiée : elle ne change plus."))
    for round in Round.objects.in_commission().filter(operator=found.operator_id).select_related("grid"):
        said = _("« %(round)s » est en commission et garde la grille « %(grid)s » : celle-ci vaut pour la suivante.")
        messages.info(request, said % {"round": round.name, "grid": round.grid})
    return redirect("points:grid", pk)


@staff_page
@require_POST
def discard_grid(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    done(request, lambda: actions.discard_grid(grid=found, by=staff), _("Le brouillon est abandonné."))
    return redirect("points:grids")


@staff_page
@one_press
def new_criterion(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _draft(staff, pk)
    part = Criterion(grid=found, position=found.criteria.count() + 1)
    return _part(request, staff, found, CriterionForm(posted(request), instance=part), _("Ajouter un critère"))


@staff_page
def criterion(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    drafts = Criterion.objects.filter(grid__in=_grids(staff).drafts()).select_related("grid")
    found = get_object_or_404(drafts, pk=pk)
    return _part(request, staff, found.grid, CriterionForm(posted(request), instance=found), _("Modifier un critère"))


@staff_page
@one_press
def new_option(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    drafts = Criterion.objects.filter(grid__in=_grids(staff).drafts()).select_related("grid")
    found = get_object_or_404(drafts, pk=pk)
    part = CriterionOption(criterion=found, position=found.options.count() + 1)
    title = _("Ajouter une réponse : %(criterion)s") % {"criterion": found}
    return _part(request, staff, found.grid, OptionForm(posted(request), instance=part), title)


@staff_page
def option(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    drafts = CriterionOption.objects.filter(criterion__grid__in=_grids(staff).drafts())
    found = get_object_or_404(drafts.select_related("criterion__grid"), pk=pk)
    title = _("Modifier une réponse : %(criterion)s") % {"criterion": found.criterion}
    return _part(request, staff, found.criterion.grid, OptionForm(posted(request), instance=found), title)


def _part(
    request: HttpRequest,
    staff: StaffMember,
    grid: PointsGrid,
    form: "ModelForm[Criterion] | ModelForm[CriterionOption]",
    title: str,
) -> HttpResponse:
    """One criterion or option: saved, or taken away by the second button."""
    part = form.instance
    is_new = part.pk is None
    if request.method == "POST":
        if not is_new and Param.REMOVE in request.POST:
            done(request, lambda: actions.remove_part(part=part, by=staff), _("La grille est enregistrée."))
            return redirect("points:grid", grid.pk)
        if form.is_valid():
            said = _("La grille est enregistrée.")
            if saved(request, form, lambda: actions.save_part(part=part, by=staff), said):
                return redirect("points:grid", grid.pk)
    return render_staff(request, staff, "points/form.html", _form(form, title, grid, may_remove=not is_new))


@staff_page
@one_press
def claims(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Referrals and points that staff give; sensitive ones are shown to the two roles that read them, and noted."""
    if not rules.for_nurseries(staff, Ability.INSTRUCT_FILES):
        raise Http404
    found, criteria = answering.answered_by(staff)
    labels = {row.code: str(row.label) for row in found.grid.criteria.all()} if found is not None else {}
    form = ClaimForm(posted(request), codes=[(one.code, labels[one.code]) for one in criteria])
    if request.method == "POST" and form.is_valid():
        said = _("La réponse est enregistrée.")
        if saved(request, form, lambda: answering.answer(**form.cleaned_data, by=staff), said):
            return redirect("points:claims")
    rows = list(answering.claims_read_by(staff)[:50])
    sensitive = {row.child.application_id for row in rows if row.is_sensitive}
    if sensitive:
        readings.note_subjects(REQUEST, *sensitive, why=Why.SEARCH, view="points:claims", by=staff)
    context = {"form": form, "rows": [(row, labels.get(row.code, row.code)) for row in rows], "may": bool(criteria)}
    return render_staff(request, staff, "points/claims.html", context)


@staff_page
@one_press
def towns(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What each municipality gives at its own nurseries, and since when."""
    _must_publish_rules(staff)
    form = TownPointsForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = _("Les points de la commune sont enregistrés.")
        if saved(request, form, lambda: actions.decide_town_points(given=form.instance, by=staff), said):
            return redirect("points:towns")
    now = town_points_on(timezone.localdate())
    context = {
        "form": form,
        "rows": TownPoints.objects.select_related("municipality"),
        "now": [(town, now.get(town.pk, 0)) for town in Municipality.objects.order_by("slug")],
    }
    return render_staff(request, staff, "points/towns.html", context)
