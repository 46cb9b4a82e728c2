"""A counter closes at once: what becomes of its appointments is shown first, then done, then told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.bookings.queries import with_people
from booking.appointments.models import Appointment, Counter, CounterClosure
from booking.appointments.planning.week_queries import told_by, touched_by_closure
from booking.appointments.rehoming.actions import NewTime, Rehoming, plan_rehoming, rehome, running
from booking.appointments.rehoming.assignment import MOST_KM, MOST_MINUTES
from booking.appointments.rehoming.forms import CloseNowForm
from booking.appointments.search.answers import parse_token
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.readings import note_day
from municipalities.wording import say_distance, say_duration, say_moment, say_time
from municipalities.zone import ZONE

#: Session: what the last re-homing did, by closure. Ids and hours only, no names.
SESSION = "rehoming"


@dataclass(frozen=True)
class PlanRow:
    """One appointment of the preview. `differs` says what is no longer as it was shown before."""

    proposal: NewTime
    appointment: Appointment
    is_chosen: bool
    differs: str = ""


@dataclass(frozen=True)
class Moved:
    """Where it is now and how its person was told; names only where this person may see them."""

    appointment: Appointment
    was_at: datetime
    told: list[str]
    has_names: bool


@staff_page
def which_counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Which counter of the house closes; with a single one, straight on."""
    facility = get_object_or_404(Facility.objects.manageable_by(staff), pk=pk)
    counters = list(facility.counters.filter(is_active=True).order_by("name"))
    if len(counters) == 1:
        day = f"?{urlencode({Param.DAY: request.GET[Param.DAY]})}" if Param.DAY in request.GET else ""
        return redirect(reverse("counter:rehome", args=[counters[0].pk]) + day)
    context = {"facility": facility, "counters": counters, "asked_day": request.GET.get(Param.DAY, "")}
    return render_staff(request, staff, "rehoming/rehome_which.html", context)


@staff_page
@one_press
def close_and_rehome(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    managed = Counter.objects.manageable_by(staff).select_related("facility__municipality")
    counter = get_object_or_404(managed, pk=pk)
    initial = {"day": request.GET.get(Param.DAY) or timezone.localdate(), "span": "heure", "why": "panne"}
    form = CloseNowForm(posted(request), initial=initial)
    context: dict[str, Any] = {"counter": counter, "facility": counter.facility, "form": form}
    if request.method != "POST" or Param.CORRECT in request.POST or not form.is_valid():
        return render_staff(request, staff, "rehoming/rehome.html", context)
    period, refusal = form.cleaned_data["period"], ""
    if Param.CONFIRM in request.POST:
        try:
            return _done(request, staff, counter, form)
        except Refusal as refused:
            # PlanOvertaken among them: the new plan says beside each line what is not as it was shown.
            refusal = str(refused)
    try:
        plan = plan_rehoming(counter=counter, period=period, by=staff)
    except Refusal as refused:
        context["refusal"] = str(refused)
        return render_staff(request, staff, "rehoming/rehome.html", context, status=409)
    rows = _rows(request, staff, plan)
    for day in {timezone.localdate(row.proposal.was_at or row.appointment.starts_at) for row in rows}:
        note_day(staff, counter.facility, day, "counter:rehome")
    facts = touched_by_closure([counter], period)
    context |= {
        "refusal": refusal,
        "start": period[0],
        "end": period[1],
        "typed": _typed(form),
        "rows": [row for row in rows if row.proposal.slot],
        "unsolved": [row for row in rows if not row.proposal.slot],
        "gone": _gone(request, rows),
        "running": running(counter, period),
        "held": sum(one.held for one in facts),
        "free_hours": sum(one.free_hours for one in facts),
        "most_time": say_duration(MOST_MINUTES),
        "most_km": say_distance(MOST_KM),
    }
    return render_staff(request, staff, "rehoming/rehome_plan.html", context, status=409 if refusal else 200)


def _done(request: HttpRequest, staff: StaffMember, counter: Counter, form: CloseNowForm) -> HttpResponse:
    chosen = _ids(request.POST.getlist(Param.APPOINTMENT))
    agreed = {pk: request.POST.get(f"place-{pk}", "") for pk in chosen}
    outcome = rehome(
        counter=counter,
        period=form.cleaned_data["period"],
        reason=form.cleaned_data["said"],
        by=staff,
        agreed=agreed,
        shown=_ids(request.POST.getlist(Param.SEEN)),
    )
    request.session[f"{SESSION}-{outcome.closure.pk}"] = _kept(outcome)
    messages.success(request, _("%(counter)s est fermé.") % {"counter": counter.name})
    return redirect("counter:rehomed", outcome.closure.pk)


def _kept(outcome: Rehoming) -> dict[str, Any]:
    return {
        "moved": {
            str(proposal.appointment.pk): proposal.was_at.isoformat() for proposal in outcome.moved if proposal.was_at
        },
        "gone": len(outcome.gone),
        "released": outcome.released,
    }


def _rows(request: HttpRequest, staff: StaffMember, plan: Sequence[NewTime]) -> list[PlanRow]:
    """The plan with names; what was unticked stays so, and what is not as shown before says it."""
    people = {row.pk: row for row in with_people(staff, [proposal.appointment for proposal in plan])}
    again = Param.SEEN in request.POST
    shown, ticked = _ids(request.POST.getlist(Param.SEEN)), _ids(request.POST.getlist(Param.APPOINTMENT))
    rows = []
    for proposal in plan:
        pk = proposal.appointment.pk
        if pk not in people:
            continue
        differs = ""
        if again and pk not in shown:
            differs = _("Pris depuis l’aperçu.")
        elif again:
            differs = _what_differs(request.POST.get(f"place-{pk}", ""), proposal)
        chosen = proposal.slot is not None and (not again or pk in ticked or pk not in shown)
        rows.append(PlanRow(proposal, people[pk], chosen, differs))
    return rows


def _what_differs(before: str, proposal: NewTime) -> str:
    now = proposal.slot.token if proposal.slot else ""
    if before == now:
        return ""
    if not before:
        return _("Un créneau s’est libéré depuis l’aperçu.")
    try:
        facility_id, starts_at = parse_token(before)
    except ValueError:
        return ""
    place = Facility.objects.filter(pk=facility_id).first()
    said = {"time": say_time(starts_at.astimezone(ZONE)), "place": place or "–"}
    if now:
        return _("L’aperçu proposait %(time)s, %(place)s : ce créneau n’est plus libre.") % said
    return _("L’aperçu proposait %(time)s, %(place)s : plus rien n’est libre.") % said


def _gone(request: HttpRequest, rows: Sequence[PlanRow]) -> int:
    """How many of those shown before have been cancelled or moved by others meanwhile."""
    return (
        len(_ids(request.POST.getlist(Param.SEEN)) - {row.appointment.pk for row in rows})
        if Param.SEEN in request.POST
        else 0
    )


def _ids(texts: Sequence[str]) -> set[uuid.UUID]:
    found = set()
    for text in texts:
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _typed(form: CloseNowForm) -> list[tuple[str, str]]:
    """The form again as hidden fields, with the hours as instants that do not move on with the clock."""
    start, end = (moment.astimezone(ZONE) for moment in form.cleaned_data["period"])
    midnight = not (end.hour or end.minute)
    last = (end - timedelta(days=1) if midnight else end).date()
    fields = {
        "span": "libre",
        "day": start.date().isoformat(),
        "from_time": f"{start:%H:%M}",
        "until_day": last.isoformat(),
        "until_time": "" if midnight else f"{end:%H:%M}",
        "why": form.cleaned_data["why"],
    }
    fields |= {f"reason_{n}": form.data.get(f"reason_{n}", "") for n in ("fr", "de", "en")}
    return list(fields.items())


@staff_page
def rehomed(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """What was done: who was moved and told how, who is still to be called."""
    mine = Counter.objects.manageable_by(staff)
    closures = CounterClosure.objects.by_hand().filter(counter__in=mine).select_related("counter__facility")
    closure = get_object_or_404(closures, pk=pk)
    period = (closure.period.lower, closure.period.upper)
    kept = request.session.get(f"{SESSION}-{pk}") or {}
    was_at = {uuid.UUID(key): datetime.fromisoformat(at) for key, at in kept.get("moved", {}).items()}
    told = told_by(was_at, since=closure.created_at)
    # Ids that this very person's session holds because they moved them; some now belong to houses they do not see.
    rows = Appointment.objects.filter(pk__in=was_at).select_related("facility", "counter", "type")
    visible = set(Appointment.objects.visible_to(staff).filter(pk__in=was_at).values_list("pk", flat=True))
    moved = [
        Moved(row, was_at[row.pk], told.get(row.pk, []), row.pk in visible)
        for row in rows.prefetch_related("people").order_by("starts_at")
    ]
    facts = touched_by_closure([closure.counter], period)
    unsolved = [row for one in facts for row in one.appointments if row.starts_at > timezone.now()]
    for day in {timezone.localdate(row.starts_at) for row in unsolved}:
        note_day(staff, closure.counter.facility, day, "counter:rehomed")
    context = {
        "closure": closure,
        "counter": closure.counter,
        "facility": closure.counter.facility,
        "moved": sorted(moved, key=lambda row: row.was_at),
        "untold": [row for row in moved if not row.told],
        "unsolved": unsolved,
        "to_copy": "\n".join(_line(row) for row in unsolved),
        "running": running(closure.counter, period),
        "kept": kept,
    }
    return render_staff(request, staff, "rehoming/rehomed.html", context)


def _line(row: Appointment) -> str:
    names = ", ".join(str(person) for person in row.people.all())
    return " · ".join(part for part in (say_moment(row.starts_at), row.reference, names, row.phone, row.email) if part)
