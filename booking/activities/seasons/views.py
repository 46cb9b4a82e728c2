"""Staff pages of the offer: seasons, their activities and groups, and each session by itself."""

from django.contrib import messages
from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.activities.models import Activity, Group, Season
from booking.activities.seasons import actions, groups, sessions
from booking.activities.seasons.ages import say_ages
from booking.activities.seasons.forms import (
    ActivityForm,
    GroupForm,
    NewSeasonForm,
    SeasonForm,
    SessionForm,
)
from booking.activities.seasons.meetings import meetings_of, open_days
from booking.activities.tariffs.queries import operators_planned_by
from booking.activities.water.school_holidays import beyond
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.exceptions import simple_attempt
from municipalities.forms.fields import number_in
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param


def _seasons(staff: StaffMember) -> QuerySet[Season]:
    return Season.objects.visible_to(staff).select_related("operator")


def _activity(staff: StaffMember, pk: int) -> Activity:
    found = Activity.objects.filter(season__in=_seasons(staff)).select_related("season__operator")
    return get_object_or_404(found, pk=pk)


def _group(staff: StaffMember, pk: int) -> Group:
    found = Group.objects.visible_to(staff).select_related(
        "activity__season__operator", "basin__pool__facility__municipality", "basin__pool__facility__operator", "coach"
    )
    return get_object_or_404(found, pk=pk)


@staff_page
def seasons(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not operators_planned_by(staff).exists():
        raise Http404
    found = _seasons(staff).annotate(group_count=Count("activities__groups", distinct=True))
    ordered = found.order_by("operator__name", "-first_day")
    return render_staff(request, staff, "seasons/seasons.html", {"seasons": ordered})


@staff_page
@one_press
def new_season(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    operators = operators_planned_by(staff).order_by("name")
    if not operators.exists():
        raise Http404
    form = NewSeasonForm(posted(request), operators=operators)
    return _season_form(request, staff, form, None)


@staff_page
def edit_season(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    season = get_object_or_404(_seasons(staff), pk=pk)
    return _season_form(request, staff, SeasonForm(posted(request), instance=season), _modify(season))


def _modify(row: Season | Activity | Group) -> str:
    return _("Modifier : %(name)s") % {"name": row}


def _season_form(request: HttpRequest, staff: StaffMember, form: SeasonForm, title: str | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        said = _("La saison est enregistrée.")
        if saved(request, form, lambda: actions.save_season(season=form.instance, by=staff), said):
            return redirect("seasons:season", form.instance.pk)
    context = {"form": form, "title": title or _("Ajouter une saison"), "back": "seasons:seasons"}
    return render_staff(request, staff, "seasons/form.html", context)


@staff_page
def season(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A season as a whole: its activities, when they open, their groups."""
    found = get_object_or_404(_seasons(staff), pk=pk)
    met = Q(sessions__called_off_at__isnull=True)
    groups_ = (
        Group.objects.filter(activity__season=found)
        .select_related("basin__pool__facility", "activity")
        .annotate(meets=Count("sessions", filter=met), first=Min("sessions__starts_at", filter=met))
        .order_by("basin__pool__facility__name", "weekday", "starts", "pk")
    )
    by_activity: dict[int, list[Group]] = {}
    for group in groups_:
        by_activity.setdefault(group.activity_id, []).append(group)
    activities = [
        (activity, list(activity.windows.all()), by_activity.get(activity.pk, []))
        for activity in found.activities.prefetch_related("windows")
    ]
    context = {
        "season": found,
        "activities": activities,
        "openings": found.openings.filter(moved_to=None),
        "beyond": beyond(found.last_day),
        "is_over": found.last_day < timezone.localdate(),
    }
    return render_staff(request, staff, "seasons/season.html", context)


@staff_page
@one_press
def new_activity(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(_seasons(staff), pk=pk)
    form = ActivityForm(posted(request), instance=Activity(season=found))
    return _activity_form(request, staff, form, _("Ajouter une activité"), is_new=True)


@staff_page
def activity(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _activity(staff, pk)
    title = _modify(found)
    if request.method == "POST" and Param.REMOVE in request.POST:
        refusal = simple_attempt(lambda: actions.remove_activity(activity=found, by=staff))
        if not refusal:
            messages.success(request, _("L’activité est retirée."))
            return redirect("seasons:season", found.season_id)
        messages.error(request, refusal)
        return redirect("seasons:activity", pk)
    return _activity_form(request, staff, ActivityForm(posted(request), instance=found), title, is_new=False)


def _activity_form(
    request: HttpRequest, staff: StaffMember, form: ActivityForm, title: str, *, is_new: bool
) -> HttpResponse:
    found = form.instance
    if request.method == "POST" and form.is_valid():
        windows = form.windows()
        said = _("L’activité est enregistrée.")
        if saved(request, form, lambda: actions.save_activity(activity=found, windows=windows, by=staff), said):
            return redirect("seasons:season", found.season_id)
    context = {"form": form, "title": title, "season": found.season, "may_remove": not is_new}
    return render_staff(request, staff, "seasons/form.html", context)


@staff_page
@one_press
def new_group(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _activity(staff, pk)
    blank = _like(staff, request.GET.get(Param.GROUP_CHOSEN, ""), found)
    return _group_form(request, staff, blank, _("Ajouter un groupe : %(activity)s") % {"activity": found})


def _like(staff: StaffMember, wanted: str, activity: Activity) -> Group:
    """A group to begin with: a second one of another, or an empty one for the whole season."""
    seen = Group.objects.visible_to(staff).filter(activity=activity)
    found = seen.filter(pk=number_in(wanted) or 0).first()
    if found is None:
        return Group(activity=activity, first_day=activity.season.first_day, last_day=activity.season.last_day)
    found.pk, found.code, found.coach = None, "", None
    found._state.adding = True
    return found


@staff_page
def edit_group(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _group(staff, pk)
    title = _modify(found)
    if request.method == "POST" and Param.REMOVE in request.POST:
        season_pk = found.activity.season_id
        refusal = simple_attempt(lambda: groups.remove_group(group=found, by=staff))
        if not refusal:
            messages.success(request, _("Le groupe est retiré, ses lignes sont libres."))
            return redirect("seasons:season", season_pk)
        messages.error(request, refusal)
        return redirect("seasons:group", pk)
    return _group_form(request, staff, found, title)


def _group_form(request: HttpRequest, staff: StaffMember, found: Group, title: str) -> HttpResponse:
    season = found.activity.season
    is_new = found.pk is None
    form = GroupForm(
        posted(request),
        instance=found,
        lanes=groups.lanes_open_to(staff),
        coaches=groups.coaches_of(season),
        codes=groups.codes_of(season),
    )
    if request.method == "POST" and form.is_valid():
        lanes = form.cleaned_data["lanes"]
        said = _("Le groupe est enregistré, ses séances ont leurs lignes.")
        if saved(request, form, lambda: groups.save_group(group=form.instance, lanes=lanes, by=staff), said):
            return redirect("seasons:group", form.instance.pk)
    context = {"form": form, "title": title, "season": season, "may_remove": not is_new}
    return render_staff(request, staff, "seasons/form.html", context)


@staff_page
def group(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A group with all its dates, and the days it leaves out with their reasons."""
    found = _group(staff, pk)
    _meets, skipped = meetings_of(found, open_days(found))
    rows = found.sessions.order_by("starts_at")
    context = {
        "group": found,
        "lanes": list(found.lanes.order_by("position", "pk")),
        "ages": say_ages(found.months_from, found.months_below),
        "sessions": rows,
        "span": rows.aggregate(first=Min("starts_at"), last=Max("starts_at")),
        "skipped": skipped,
        "now": timezone.now(),
        "beyond": beyond(found.last_day),
    }
    return render_staff(request, staff, "seasons/group.html", context)


@staff_page
@one_press
def new_session(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = _group(staff, pk)
    form = SessionForm(posted(request), initial={"starts": found.starts, "ends": found.ends})
    if request.method == "POST" and form.is_valid():
        start, end = form.period()
        said = _("La séance est ajoutée.")
        if saved(request, form, lambda: sessions.add_session(group=found, start=start, end=end, by=staff), said):
            return redirect("seasons:group", pk)
    context = {"form": form, "title": _("Ajouter une séance"), "group": found}
    return render_staff(request, staff, "seasons/form.html", context)
