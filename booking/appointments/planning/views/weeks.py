"""Weeks of opening periods: seen as a grid, set from a day on, copied, cut."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.models import Counter, OpeningPeriod
from booking.appointments.models.calendar import Weekday
from booking.appointments.planning import weeks as actions
from booking.appointments.planning.forms.weeks import (
    CopyDayForm,
    CopyWeekForm,
    EndForm,
    FromDayForm,
    SplitForm,
    WeekForm,
)
from booking.appointments.planning.views.attempts import Attempt, attempt
from booking.appointments.planning.week_queries import week_of_counters
from booking.appointments.planning.weeks import CalendarChanged, WeekChange, mark_of, week_of
from municipalities.access import posted, render_staff, staff_page
from municipalities.forms.fields import DayField
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.spans import monday_of

WEEK = timedelta(days=7)
#: Years around today whose weeks are shown.
FAR = timedelta(days=366 * 5)


@staff_page
def facility_week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """All counters of a facility in one week."""
    facility = get_object_or_404(Facility.objects.visible_to(staff).select_related("municipality"), pk=pk)
    counters = list(facility.counters.select_related("facility__municipality").order_by("name"))
    monday = _asked_monday(request)
    context = {
        "facility": facility,
        "week": week_of_counters(counters, monday),
        "may_manage": Facility.objects.manageable_by(staff).filter(pk=pk).exists(),
        **_around(monday),
    }
    return render_staff(request, staff, "planning/week_facility.html", context)


@staff_page
def counter_week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    visible = Counter.objects.visible_to(staff).select_related("facility__municipality")
    counter = get_object_or_404(visible, pk=pk)
    monday = _asked_monday(request)
    context = {
        "counter": counter,
        "facility": counter.facility,
        "week": week_of_counters([counter], monday),
        "may_manage": Counter.objects.manageable_by(staff).filter(pk=pk).exists(),
        **_around(monday),
    }
    return render_staff(request, staff, "planning/week.html", context)


@staff_page
@one_press
def new_week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """From a day on, this week, for one counter or several."""
    counter = _managed(staff, pk)
    monday = _asked_monday(request)
    more = request.POST.get(Param.MORE, "")

    def form_for(data: QueryDict | None) -> WeekForm:
        return WeekForm(
            data,
            rows=week_of(counter, monday),
            others=_managed_counters(staff).filter(facility=counter.facility).exclude(pk=pk),
            more=int(more) if more in {str(value) for value in Weekday.values} else None,
            initial=_initial(counter, monday),
        )

    form, tried = form_for(posted(request)), Attempt(False)
    if request.method == "POST" and not more and form.is_valid():
        chosen = [counter, *form.cleaned_data["others"]]
        done = _attempt(request, staff, actions.set_week, form, counters=chosen, hours=form.cleaned_data["hours"])
        if isinstance(done, HttpResponse):
            return done
        tried = done
        if done.is_stale:
            form = form_for(None)
    context = {"form": form, "tried": tried, "is_typing": bool(more), "day_of_more": more}
    return _page(request, staff, "planning/week_new.html", counter, monday, context)


@staff_page
@one_press
def copy_week(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """This counter's week, for others too."""
    counter = _managed(staff, pk)
    monday = _asked_monday(request)
    others = _managed_counters(staff).exclude(pk=pk)
    form = CopyWeekForm(posted(request), others=others, initial=_initial(counter, monday))
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        targets = list(form.cleaned_data["targets"])
        done = _attempt(request, staff, actions.copy_week, form, source=counter, week=monday, targets=targets)
        if isinstance(done, HttpResponse):
            return done
        tried = done
    context = {"form": form, "tried": tried, "others": others, "rows": week_of(counter, monday)}
    return _page(request, staff, "planning/week_copy.html", counter, monday, context)


@staff_page
@one_press
def copy_day(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """One day's hours, for other days of the week."""
    counter = _managed(staff, pk)
    monday = _asked_monday(request)
    initial = _initial(counter, monday)
    if request.GET.get(Param.DAY, "") in {str(value) for value in Weekday.values}:
        initial["weekday"] = int(request.GET[Param.DAY])
    form = CopyDayForm(posted(request), initial=initial)
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = _attempt(
            request, staff, actions.copy_day, form, counter=counter, week=monday, weekday=data["weekday"], to=data["to"]
        )
        if isinstance(done, HttpResponse):
            return done
        tried = done
        if done.is_stale:
            form = CopyDayForm(initial={**initial, **data, "seen": mark_of(counter)})
    context = {"form": form, "tried": tried, "rows": week_of(counter, monday)}
    return _page(request, staff, "planning/week_copy_day.html", counter, monday, context)


@staff_page
@one_press
def split_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    opening = _managed_opening(staff, pk)
    form = SplitForm(posted(request), initial={"from_day": _earliest(opening)})
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def change(*, keep_appointments: bool) -> None:
            actions.split_opening(
                opening=opening,
                pause=data["pause"],
                resumes=data["resumes"],
                from_day=data["from_day"],
                by=staff,
                keep_appointments=keep_appointments,
            )

        tried = attempt(request, staff, change)
        if tried.is_done:
            messages.success(request, _("La plage est coupée en deux, les créneaux sont à jour."))
            return redirect(_week_address(opening.counter_id, data["from_day"]))
    context = {"form": form, "tried": tried, "opening": opening, "counter": opening.counter}
    return render_staff(request, staff, "planning/opening_split.html", context)


@staff_page
@one_press
def end_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    opening = _managed_opening(staff, pk)
    form = EndForm(posted(request), initial={"last_day": opening.valid_until or timezone.localdate()})
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        last = form.cleaned_data["last_day"]

        def change(*, keep_appointments: bool) -> None:
            actions.end_opening(opening=opening, last_day=last, by=staff, keep_appointments=keep_appointments)

        tried = attempt(request, staff, change)
        if tried.is_done:
            messages.success(request, _("La plage se termine à cette date, les créneaux sont à jour."))
            return redirect(_week_address(opening.counter_id, last))
    context = {"form": form, "tried": tried, "opening": opening, "counter": opening.counter}
    return render_staff(request, staff, "planning/opening_end.html", context)


@dataclass(frozen=True)
class WeekAttempt(Attempt):
    """`is_stale`: somebody else was quicker, so the page shows what is there now and not what was typed."""

    is_stale: bool = False


def _attempt(
    request: HttpRequest, staff: StaffMember, verb: Any, form: FromDayForm, **arguments: Any
) -> WeekAttempt | HttpResponse:
    """Try a change of weeks; done, the response that shows the first changed week."""
    data = form.cleaned_data
    if verb is not actions.copy_week:
        arguments["seen"] = data["seen"] or None
    changed: list[WeekChange] = []
    stale: list[CalendarChanged] = []

    def change(*, keep_appointments: bool) -> None:
        try:
            done = verb(
                **arguments,
                from_day=data["from_day"],
                until_day=data["until_day"],
                by=staff,
                keep_appointments=keep_appointments,
            )
        except CalendarChanged as refusal:
            stale.append(refusal)
            raise
        changed.append(done)

    tried = attempt(request, staff, change)
    if not tried.is_done:
        return WeekAttempt(False, tried.refusal, tried.in_the_way, tried.unseen, tried.shown, is_stale=bool(stale))
    _tell(request, changed[-1])
    counter = arguments.get("counter") or arguments.get("source") or arguments["counters"][0]
    if verb is actions.copy_week:
        address = reverse("counter:facility_week", args=[changed[-1].counters[0].facility_id])
        return redirect(f"{address}?{Param.WEEK}={monday_of(data['from_day']).isoformat()}")
    return redirect(_week_address(counter.pk, data["from_day"]))


def _tell(request: HttpRequest, change: WeekChange) -> None:
    number = len(change.counters)
    said = ngettext(
        "La semaine est enregistrée pour %(number)s guichet, les créneaux sont à jour.",
        "La semaine est enregistrée pour %(number)s guichets, les créneaux sont à jour.",
        number,
    )
    messages.success(request, said % {"number": number})
    for counter, hours in change.left_out:
        left = {"counter": counter, "hours": hours}
        messages.warning(
            request, _("%(counter)s ne sert pas le motif de cette plage, laissée de côté : %(hours)s.") % left
        )


def _page(
    request: HttpRequest, staff: StaffMember, template: str, counter: Counter, monday: date, more: dict[str, Any]
) -> HttpResponse:
    context = {"counter": counter, "facility": counter.facility, **_around(monday), **more}
    return render_staff(request, staff, template, context)


def _initial(counter: Counter, monday: date) -> dict[str, Any]:
    return {"from_day": max(monday, timezone.localdate()), "seen": mark_of(counter)}


def _earliest(opening: OpeningPeriod) -> date:
    return max(opening.valid_from, timezone.localdate())


def _asked_monday(request: HttpRequest) -> date:
    """The Monday of the week asked for; this week when nothing sensible was asked."""
    today = timezone.localdate()
    try:
        asked = DayField(required=False).clean(request.GET.get(Param.WEEK, "")) or today
    except Exception as problem:
        if not hasattr(problem, "messages"):
            raise
        asked = today
    return monday_of(asked if abs(asked - today) < FAR else today)


def _around(monday: date) -> dict[str, Any]:
    return {
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous_week": monday - WEEK,
        "next_week": monday + WEEK,
        "this_week": monday_of(timezone.localdate()),
        "today": timezone.localdate(),
    }


def _week_address(counter_id: int, day: date) -> str:
    return f"{reverse('counter:week', args=[counter_id])}?{Param.WEEK}={monday_of(day).isoformat()}"


def _managed_counters(staff: StaffMember) -> QuerySet[Counter]:
    return Counter.objects.manageable_by(staff).select_related("facility").order_by("facility__slug", "name")


def _managed(staff: StaffMember, pk: int) -> Counter:
    return get_object_or_404(Counter.objects.manageable_by(staff).select_related("facility__municipality"), pk=pk)


def _managed_opening(staff: StaffMember, pk: int) -> OpeningPeriod:
    found = OpeningPeriod.objects.manageable_by(staff).select_related("counter__facility")
    return get_object_or_404(found, pk=pk)
