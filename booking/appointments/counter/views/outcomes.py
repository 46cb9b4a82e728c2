"""What became of people whose day is over: noted one by one, or the whole day closed at once."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.appointments.counter.board_actions import FINISHED, close_day, settle
from booking.appointments.counter.outcomes import open_days, settled_today, take_back, unsettled, unsettled_tickets
from booking.appointments.counter.views.day import asked_day
from booking.appointments.enums import State
from booking.appointments.messages.kinds import SUBJECT
from municipalities import rules
from municipalities.access import refuse_read_only, render_staff, staff_page
from municipalities.exceptions import Refusal, simple_attempt
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.readings import note_found
from municipalities.wording import say_day


@staff_page
def outcomes(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """GET lists what is open; POST notes what became of one, as `suite=<state>:<id>:<version>`."""
    facility = get_object_or_404(Facility.objects.visible_to(staff), pk=pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    if request.method == "POST":
        refusal = _note(staff, facility, request.POST.get(Param.OUTCOME, ""))
        if refusal:
            messages.error(request, refusal)
        return redirect("counter:outcomes", pk=facility.pk)
    days = open_days(staff, facility)
    note_found(staff, SUBJECT, [row for day in days for row in day.rows], "counter:outcomes")
    context = {"facility": facility, "days": days, "settled": settled_today(staff, facility), "states": _STATES}
    return render_staff(request, staff, "counter/outcomes.html", context)


#: In the order of the buttons.
_STATES = [(state.value, state.label) for state in FINISHED]


def _note(staff: StaffMember, facility: Facility, given: str) -> str:
    """What the agent is to read about it, if it was refused."""
    state, _colon, rest = given.partition(":")
    key, _colon, version = rest.partition(":")
    if state not in FINISHED:
        return _("Cet état n’existe pas.")
    open_rows = (*unsettled(staff).filter(facility=facility), *unsettled_tickets(staff).filter(facility=facility))
    subject = next((row for row in open_rows if str(row.pk) == key), None)
    if subject is None:
        return _("Cette ligne n’est plus dans cette liste.")
    return simple_attempt(lambda: settle(subject=subject, state=State(state), version=version, by=staff))


@staff_page
@require_POST
def close(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Whoever was expected that day and never came is absent."""
    facility = get_object_or_404(Facility.objects.visible_to(staff), pk=pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    day, problem = asked_day(request.POST.get(Param.DAY, ""))
    if problem:
        messages.error(request, problem)
        return redirect("counter:outcomes", pk=facility.pk)
    try:
        steps = close_day(facility=facility, day=day, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext(
            "%(day)s : la journée est close, %(number)s absent noté.",
            "%(day)s : la journée est close, %(number)s absents notés.",
            len(steps),
        )
        messages.success(request, said % {"day": say_day(day).capitalize(), "number": len(steps)})
    return redirect("counter:outcomes", pk=facility.pk)


@staff_page
@require_POST
def reopen(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Takes back what one press of today has noted."""
    facility = get_object_or_404(Facility.objects.visible_to(staff), pk=pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    at = _instant(request.POST.get(Param.MOMENT, ""))
    number, refused = take_back(facility=facility, at=at, by=staff) if at else (0, [])
    if number:
        said = ngettext(
            "%(number)s rendez-vous est de nouveau sans suite notée.",
            "%(number)s rendez-vous sont de nouveau sans suite notée.",
            number,
        )
        messages.success(request, said % {"number": number})
    for sentence in refused or ([] if number else [_("Il n’y a rien à défaire.")]):
        messages.error(request, sentence)
    return redirect("counter:outcomes", pk=facility.pk)


def _instant(typed: str) -> datetime | None:
    try:
        at = parse_datetime(typed)
    except ValueError:
        return None
    return at if at is not None and timezone.is_aware(at) else None
