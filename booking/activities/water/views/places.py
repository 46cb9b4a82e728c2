"""What a pool is made of, and the school holidays: set by those who plan the water."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.activities.exceptions import TooManyHeads
from booking.activities.models import Basin, Lane, Pool, SchoolHoliday
from booking.activities.water import pools as actions
from booking.activities.water import school_holidays
from booking.activities.water.forms import BasinForm, EditBasinForm, EditLaneForm, HolidayForm, LanesForm, PoolForm
from booking.activities.water.queries import basins_of
from booking.activities.water.views.planning import LISTED, planned_pool
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.enums import FacilityKind
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param


@staff_page
def new_pool(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A facility that is a pool gets its limit, and with it a plan of its water."""
    places = Facility.objects.water_planned_by(staff).filter(kind=FacilityKind.POOL)
    facility = get_object_or_404(places.select_related("municipality"), pk=pk)
    known = Pool.objects.filter(facility=facility).first()
    if known is not None:
        return redirect("pools:settings", known.pk)
    return _pool_form(request, staff, facility, None)


@staff_page
def settings(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    pool = planned_pool(staff, pk)
    return _pool_form(request, staff, pool.facility, pool)


def _pool_form(request: HttpRequest, staff: StaffMember, facility: Facility, pool: Pool | None) -> HttpResponse:
    known = ("most_heads", "cash_office", "closed_since", "closed_why")
    initial = {name: getattr(pool, name) for name in known} if pool else {}
    form = PoolForm(posted(request), initial=initial, operator_id=facility.operator_id)
    crowded = []
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.set_pool(facility=facility, by=staff, **form.cleaned_data)
        except TooManyHeads as refused:
            form.add_error("most_heads", str(refused))
            crowded = refused.crowded[:LISTED]
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("pools:settings", saved.pk)
    context = {
        "facility": facility,
        "pool": pool,
        "form": form,
        "crowded": crowded,
        "basins": basins_of(pool) if pool else [],
    }
    return render_staff(request, staff, "water/settings.html", context)


@staff_page
@one_press
def new_basin(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    pool = planned_pool(staff, pk)
    form = BasinForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_basin(pool=pool, by=staff, **form.cleaned_data)
        except Refusal as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Le bassin est ajouté."))
            return redirect("pools:settings", pool.pk)
    context = {"pool": pool, "form": form, "title": _("Ajouter un bassin")}
    return render_staff(request, staff, "water/basin.html", context)


@staff_page
@one_press
def new_lanes(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    basin = get_object_or_404(Basin.objects.planned_by(staff), pk=pk)
    pool = planned_pool(staff, basin.pool_id)
    form = LanesForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_lanes(basin=basin, lanes=form.cleaned_data["lanes"], by=staff)
        except Refusal as refused:
            form.add_error("lanes", str(refused))
        else:
            messages.success(request, _("Les lignes sont ajoutées."))
            return redirect("pools:settings", pool.pk)
    context = {"pool": pool, "form": form, "title": _("Ajouter des lignes : %(basin)s") % {"basin": basin}}
    return render_staff(request, staff, "water/basin.html", context)


@staff_page
@one_press
def edit_basin(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Another name or another place among the basins, or gone where nobody ever swam in it."""
    basin = get_object_or_404(Basin.objects.planned_by(staff), pk=pk)
    form = EditBasinForm(posted(request), initial={"name": basin.name, "rank": actions.rank_of(basin)})
    return _edit(request, staff, basin, form, lambda: actions.remove_basin(basin=basin, by=staff))


@staff_page
@one_press
def edit_lane(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _lane(staff, pk)
    form = EditLaneForm(posted(request), initial={"name": found.name, "rank": actions.rank_of(found)})
    return _edit(request, staff, found, form, lambda: actions.remove_lane(lane=found, by=staff))


def _edit(
    request: HttpRequest,
    staff: StaffMember,
    place: Basin | Lane,
    form: EditBasinForm | EditLaneForm,
    remove: Callable[[], None],
) -> HttpResponse:
    pool = planned_pool(staff, place.pool_id if isinstance(place, Basin) else place.basin.pool_id)
    removes = Param.REMOVE in request.POST
    if request.method == "POST" and (removes or form.is_valid()):
        try:
            if removes:
                remove()
            else:
                actions.edit(place=place, by=staff, **form.cleaned_data)
        except Refusal as refused:
            form.add_error(None if removes else "name", str(refused))
        else:
            messages.success(request, _("Retiré.") if removes else _("Les changements sont enregistrés."))
            return redirect("pools:settings", pool.pk)
    context = {"pool": pool, "form": form, "title": _("Modifier : %(name)s") % {"name": place}, "may_remove": True}
    return render_staff(request, staff, "water/basin.html", context)


def _lane(staff: StaffMember, pk: int) -> Lane:
    planned = Lane.objects.filter(basin__in=Basin.objects.planned_by(staff))
    return get_object_or_404(planned.select_related("basin"), pk=pk)


@staff_page
@require_POST
def lane(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Out of service, or in service again."""
    found = _lane(staff, pk)
    return _serve(request, staff, found.basin.pool_id, Lane.objects.filter(pk=found.pk))


@staff_page
@require_POST
def basin_service(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """All its lanes out of service, or in service again."""
    basin = get_object_or_404(Basin.objects.planned_by(staff), pk=pk)
    return _serve(request, staff, basin.pool_id, Lane.objects.filter(basin=basin))


def _serve(request: HttpRequest, staff: StaffMember, pool: int, lanes: QuerySet[Lane]) -> HttpResponse:
    wanted = request.POST.get(Param.SERVICE) == "oui"
    staying = actions.set_lanes(lanes=lanes, is_active=wanted, by=staff)
    said = _("En service.") if wanted else _("Hors service : plus rien n’y est proposé.")
    if staying and not wanted:
        more = ngettext("%(n)d créneau y reste planifié.", "%(n)d créneaux y restent planifiés.", staying)
        said = f"{said} {more % {'n': staying}}"
    messages.success(request, said)
    return redirect("pools:settings", pool)


def _must_plan(staff: StaffMember) -> None:
    """School holidays are the territory's: whoever plans some water keeps them."""
    if not Pool.objects.planned_by(staff).exists():
        raise Http404


@staff_page
@one_press
def holidays(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Those to come, and a form for one more."""
    _must_plan(staff)
    form = HolidayForm(posted(request))
    if _saved_holiday(request, staff, form):
        return redirect("pools:holidays")
    context = {
        "form": form,
        "holidays": SchoolHoliday.objects.filter(last_day__gte=timezone.localdate()),
        "until": school_holidays.known_until(),
    }
    return render_staff(request, staff, "water/holidays.html", context)


@staff_page
def holiday(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_plan(staff)
    found = get_object_or_404(SchoolHoliday, pk=pk)
    name = found.name
    form = HolidayForm(posted(request), instance=found)
    if _saved_holiday(request, staff, form):
        return redirect("pools:holidays")
    return render_staff(request, staff, "water/holiday.html", {"form": form, "holiday": found, "name": name})


def _saved_holiday(request: HttpRequest, staff: StaffMember, form: HolidayForm) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    said = _("Les vacances sont enregistrées.")
    return saved(request, form, lambda: school_holidays.save(holiday=form.instance, by=staff), said)


@staff_page
@require_POST
def drop_holiday(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_plan(staff)
    school_holidays.remove(holiday=get_object_or_404(SchoolHoliday, pk=pk), by=staff)
    messages.success(request, _("Ces vacances sont retirées."))
    return redirect("pools:holidays")


@staff_page
@require_POST
def fill_holidays(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """From the published list; what people wrote stays."""
    _must_plan(staff)
    added = school_holidays.fill(from_day=timezone.localdate(), by=staff)
    if added:
        said = ngettext("%(added)s période ajoutée.", "%(added)s périodes ajoutées.", added) % {"added": added}
        messages.success(request, said)
    else:
        messages.info(request, _("Rien de nouveau n’est publié."))
    return redirect("pools:holidays")
