"""The weeks of a pool, and what is changed in them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.activities.models import LaneUse, Pool
from booking.activities.water import events, school_holidays, series
from booking.activities.water.days import at
from booking.activities.water.drafts import Draft
from booking.activities.water.forms import CopyForm, MoveEventForm, UseForm
from booking.activities.water.queries import Event, event_of, pools_with_place, series_of, week_of
from booking.activities.water.series import Weekly
from booking.activities.water.views.planning import Change, change_page, planned_pool
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import day_in
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.spans import monday_of
from municipalities.wording import say_day, say_period

WEEK = timedelta(days=7)


@staff_page
@require_GET
def pools(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The pools whose plan this person reads."""
    found = list(pools_with_place().visible_to(staff))
    if not found and not rules.works_for_pools(staff):
        raise Http404
    planned = set(Pool.objects.planned_by(staff).values_list("pk", flat=True))
    context = {"pools": found, "plans": bool(planned), "until": school_holidays.known_until()}
    return render_staff(request, staff, "water/pools.html", context)


@staff_page
@require_GET
def week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    pool = get_object_or_404(pools_with_place().visible_to(staff), pk=pk)
    monday = asked_monday(request)
    context = {
        "pool": pool,
        "days": week_of(pool, monday),
        "series": series_of(pool),
        "may_plan": Pool.objects.planned_by(staff).filter(pk=pk).exists(),
        "today": timezone.localdate(),
        "monday": monday,
        "sunday": monday + WEEK - timedelta(days=1),
        "previous_week": monday - WEEK,
        "next_week": monday + WEEK,
        "this_week": monday_of(timezone.localdate()),
    }
    return render_staff(request, staff, "water/week.html", context)


@staff_page
@one_press
def new_use(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Once, or every week until a date."""
    pool = planned_pool(staff, pk)
    form = UseForm(posted(request), pool=pool, initial={"first_day": _asked_day(request), "heads": 0})

    def weekly(data: dict[str, Any]) -> Weekly:
        return Weekly(
            pool=pool,
            kind=data["kind"],
            label=data["label"],
            weekday=data["first_day"].weekday(),
            starts=data["starts"],
            ends=data["ends"],
            first_day=data["first_day"],
            last_day=data["last_day"],
            lanes=data["lanes"],
            heads=data["heads"],
            skips_school_holidays=data["skips_school_holidays"],
            except_on=tuple(data["except_on"]),
        )

    def once(data: dict[str, Any]) -> dict[str, Any]:
        said = {name: data[name] for name in ("kind", "label", "lanes", "heads")}
        return said | {
            "pool": pool,
            "start": at(data["first_day"], data["starts"]),
            "end": at(data["first_day"], data["ends"]),
        }

    def draft(data: dict[str, Any]) -> Draft:
        return series.draft_series(weekly(data)) if data["last_day"] else events.draft_event(**once(data))

    def save(data: dict[str, Any]) -> Draft:
        if data["last_day"]:
            return series.plan_series(asked=weekly(data), by=staff)
        return events.add_event(**once(data), by=staff)

    def warning(data: dict[str, Any]) -> str:
        asks = data["last_day"] and data["skips_school_holidays"]
        return school_holidays.beyond(data["last_day"]) if asks else ""

    change = Change(
        pool=pool,
        title=_("Ajouter un créneau"),
        caption=pool.facility.name,
        form=form,
        draft=draft,
        save=save,
        back=reverse("pools:week", args=[pool.pk]),
        goes_to=lambda draft: week_address(pool, timezone.localdate(draft.put[0].start)),
        done=_("Le créneau est enregistré."),
        warning=warning,
    )
    return change_page(request, staff, change)


@staff_page
@one_press
def copy_week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    pool = planned_pool(staff, pk)
    monday = asked_monday(request)
    form = CopyForm(posted(request), initial={"from_day": monday + WEEK})
    said = {"first": say_day(monday), "last": say_day(monday + WEEK - timedelta(days=1))}
    change = Change(
        pool=pool,
        title=_("Copier une semaine"),
        caption=pool.facility.name,
        intro=_("Tout ce qui a lieu du %(first)s au %(last)s, une fois de plus dans d’autres semaines.") % said,
        form=form,
        draft=lambda _data: events.draft_copy(pool, week=monday, to=form.weeks()),
        save=lambda _data: events.copy_week(pool=pool, week=monday, to=form.weeks(), by=staff),
        back=week_address(pool, monday),
        goes_to=lambda draft: week_address(pool, timezone.localdate(draft.put[0].start)),
        done=_("La semaine est copiée."),
    )
    return change_page(request, staff, change)


@staff_page
@require_GET
def event(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """One thing that happens, with what can be done to it."""
    found, pool = _event(staff, pk)
    context = {"event": found, "pool": pool, "back": week_address(pool, timezone.localdate(found.first.period.lower))}
    return render_staff(request, staff, "water/event.html", context)


@staff_page
@one_press
def move_event(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    found, pool = _event(staff, pk)
    form = MoveEventForm(posted(request), pool=pool, initial=MoveEventForm.initial_of(found))

    def where(data: dict[str, Any]) -> dict[str, Any]:
        return {
            "pool": pool,
            "lanes": data["lanes"],
            "start": at(data["day"], data["starts"]),
            "end": at(data["day"], data["ends"]),
        }

    change = Change(
        pool=pool,
        title=_("Déplacer cette fois"),
        caption=f"{found.first.who}, {say_period(found.first.period.lower, found.first.period.upper)}",
        form=form,
        draft=lambda data: events.draft_moved(pk, **where(data)),
        save=lambda data: events.move_event(event=pk, **where(data), by=staff),
        back=reverse("pools:event", args=[pk]),
        goes_to=lambda draft: week_address(pool, timezone.localdate(draft.put[0].start)),
        done=_("Le créneau est déplacé."),
    )
    return change_page(request, staff, change)


@staff_page
@require_POST
def leave_out(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    found, pool = _event(staff, pk)
    day = timezone.localdate(found.first.period.lower)
    try:
        events.leave_out(event=pk, pool=pool, by=staff)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Ce créneau n’a pas lieu : les lignes sont libres."))
    return redirect(week_address(pool, day))


def _event(staff: StaffMember, pk: UUID) -> tuple[Event, Pool]:
    use = LaneUse.objects.planned_by(staff).filter(event=pk).select_related("lane__basin").order_by("pk").first()
    if use is None:
        raise Http404
    pool = planned_pool(staff, use.lane.basin.pool_id)
    found = event_of(pool, pk)
    if found is None:
        raise Http404
    return found, pool


def week_address(pool: Pool, day: date) -> str:
    return f"{reverse('pools:week', args=[pool.pk])}?{Param.WEEK}={monday_of(day).isoformat()}"


def asked_monday(request: HttpRequest) -> date:
    """The Monday of the week asked for; of this one where nothing readable is asked."""
    return monday_of(_asked_day(request))


def _asked_day(request: HttpRequest) -> date:
    return day_in(request.GET.get(Param.DAY) or request.GET.get(Param.WEEK) or "") or timezone.localdate()
