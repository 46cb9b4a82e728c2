"""One series: moved, swapped with another, ended."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.activities.models import UseSeries
from booking.activities.water import series as actions
from booking.activities.water.forms import EndForm, MoveSeriesForm, SwapForm, earliest
from booking.activities.water.queries import series_of
from booking.activities.water.series import Place
from booking.activities.water.views.planning import Change, change_page, planned_series
from booking.activities.water.views.weeks import week_address
from municipalities.access import posted, render_staff, staff_page
from municipalities.models import StaffMember
from municipalities.wording import say_time, say_weekday


@staff_page
@require_GET
def series(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = planned_series(staff, pk)
    context = {
        "series": found,
        "pool": found.pool,
        "lanes": found.lanes.select_related("basin"),
        "back": reverse("pools:week", args=[found.pool_id]),
        "is_over": found.last_day < timezone.localdate(),
    }
    return render_staff(request, staff, "water/series.html", context)


@staff_page
def move_series(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = planned_series(staff, pk)
    form = MoveSeriesForm(posted(request), pool=found.pool, initial=MoveSeriesForm.initial_of(found))

    def where(data: dict[str, Any]) -> tuple[UseSeries, Place, Any]:
        return found, Place(data["weekday"], data["starts"], data["ends"], data["lanes"]), data["from_day"]

    def save(data: dict[str, Any]) -> Any:
        _series, place, from_day = where(data)
        return actions.move_series(series=found, place=place, from_day=from_day, by=staff)

    change = Change(
        pool=found.pool,
        title=_("Déplacer la série"),
        caption=_caption(found),
        intro=_("Ce qui est avant cette date reste comme c’était."),
        form=form,
        draft=lambda data: actions.draft_move(*where(data)),
        save=save,
        back=reverse("pools:series", args=[pk]),
        goes_to=lambda draft: week_address(found.pool, timezone.localdate(draft.put[0].start)),
        done=_("La série est déplacée."),
    )
    return change_page(request, staff, change)


@staff_page
def swap_series(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = planned_series(staff, pk)
    others = series_of(found.pool).exclude(pk=pk)
    form = SwapForm(posted(request), others=others, initial={"from_day": earliest(found)})
    change = Change(
        pool=found.pool,
        title=_("Échanger avec une autre série"),
        caption=_caption(found),
        intro=_("Chacune prend le jour, les heures et les lignes de l’autre, en une fois."),
        form=form,
        draft=lambda data: actions.draft_swap(found, data["other"], data["from_day"]),
        save=lambda data: actions.swap(one=found, other=data["other"], from_day=data["from_day"], by=staff),
        back=reverse("pools:series", args=[pk]),
        goes_to=lambda draft: week_address(found.pool, timezone.localdate(draft.put[0].start)),
        done=_("Les deux séries sont échangées."),
    )
    return change_page(request, staff, change)


@staff_page
def end_series(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = planned_series(staff, pk)
    form = EndForm(posted(request), initial={"last_day": timezone.localdate()})
    change = Change(
        pool=found.pool,
        title=_("Terminer la série"),
        caption=_caption(found),
        intro=_("Après ce jour, ses lignes sont libres."),
        form=form,
        draft=lambda data: actions.draft_end(found, data["last_day"]),
        save=lambda data: actions.end_series(series=found, last_day=data["last_day"], by=staff),
        back=reverse("pools:series", args=[pk]),
        goes_to=lambda _draft: reverse("pools:week", args=[found.pool_id]),
        done=_("La série se termine à cette date."),
    )
    return change_page(request, staff, change)


def _caption(found: UseSeries) -> str:
    return f"{found.who}, {say_weekday(found.weekday)} {say_time(found.starts)} – {say_time(found.ends)}"
