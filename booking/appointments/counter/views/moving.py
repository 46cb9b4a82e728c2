"""Moving an appointment for the person who calls: what is free, one key, and it is done and told."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.bookings.queries import can_be_changed
from booking.appointments.counter.desk_actions import move_for_someone
from booking.appointments.counter.desk_queries import Proposal, proposals_for
from booking.appointments.counter.forms import MoveForm
from booking.appointments.counter.views.board import board_address
from booking.appointments.counter.views.day import back_to_list, changeable
from booking.appointments.exceptions import AlreadyOver, ReasonNeeded, StaleBoard
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.messages.owed import can_be_told
from booking.appointments.models import Appointment
from booking.appointments.search.answers import parse_token
from municipalities import rules
from municipalities.access import refuse_read_only, render_staff, staff_page
from municipalities.database.versions import version_of
from municipalities.exceptions import Refusal
from municipalities.forms.typed import typed_so_far
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.readings import note_opened
from municipalities.wording import say_moment

#: Where the agent came from and goes back to: the board, or the list.
LIST = "liste"


@staff_page
def move(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    """GET shows what is free; POST moves, or with "voir" shows again what is free for what was asked."""
    appointment = changeable(staff, pk)
    if appointment is None:
        return refuse_read_only(request, staff)
    note_opened(staff, SUBJECT, appointment, "counter:move")
    data = request.POST if request.method == "POST" else typed_so_far() or request.GET
    form = MoveForm(
        data if Param.PLACE in data or Param.FROM_DAY in data else _around(appointment), kind=appointment.type
    )
    is_asked_well = form.is_valid()
    if "HX-Request" in request.headers:
        context = {"proposals": _proposals(staff, appointment, form), "chosen": ""}
        return render(request, "rehoming/_proposals.html", context)
    if not can_be_changed(appointment):
        return _page(request, staff, appointment, form, AlreadyOver(), status=409)
    if request.method != "POST" or Param.LOOK in request.POST:
        return _page(request, staff, appointment, form)
    if not is_asked_well:
        return _page(request, staff, appointment, form, status=422)
    back = _way_back(request, staff, appointment)
    try:
        moved = _moved(request, staff, appointment, form)
    except ReasonNeeded as needed:
        form.add_error("urgent_reason", str(needed))
        return _page(request, staff, appointment, form, status=422)
    except StaleBoard as stale:
        fresh = changeable(staff, pk)
        return _page(request, staff, fresh or appointment, form, stale, status=409)
    except Refusal as refusal:
        return _page(request, staff, appointment, form, refusal, status=422)
    messages.success(request, _said(moved))
    return redirect(back)


def _around(appointment: Appointment) -> QueryDict:
    """What most callers want: the same place, the same day, later."""
    local = timezone.localtime(appointment.starts_at)
    asked = QueryDict(mutable=True)
    asked.update(
        {
            Param.PLACE: str(appointment.facility_id),
            Param.FROM_DAY: max(local.date(), timezone.localdate()).isoformat(),
            Param.HOUR: f"{local:%H:%M}",
            "urgent_reason": appointment.urgent_reason,
        }
    )
    return asked


def _proposals(staff: StaffMember, appointment: Appointment, form: MoveForm) -> list[Proposal]:
    asked = form.cleaned_data
    return proposals_for(
        staff,
        appointment.type,
        appointment.people_count,
        here=appointment.facility,
        only=asked.get(Param.PLACE),
        home=appointment.home_municipality,
        from_day=asked.get(Param.FROM_DAY),
        from_hour=asked.get(Param.HOUR),
        instead_of=appointment,
    )


def _moved(request: HttpRequest, staff: StaffMember, appointment: Appointment, form: MoveForm) -> Appointment:
    try:
        facility_id, starts_at = parse_token(request.POST.get(Param.SLOT, "")[:40])
    except ValueError:
        raise Refusal(_("Choisissez une heure.")) from None
    facility = Facility.objects.filter(pk=facility_id, is_active=True).select_related("municipality").first()
    if facility is None:
        raise Refusal(_("Choisissez une heure."))
    return move_for_someone(
        appointment=appointment,
        version=request.POST.get(Param.VERSION, ""),
        facility=facility,
        starts_at=starts_at,
        by=staff,
        urgent_reason=form.cleaned_data["urgent_reason"],
    )


def _said(moved: Appointment) -> str:
    said = {"reference": moved.reference, "when": say_moment(moved.starts_at), "place": moved.facility.name}
    if can_be_told(moved):
        return _("%(reference)s est déplacé au %(when)s, %(place)s. La personne en est avertie.") % said
    return _("%(reference)s est déplacé au %(when)s, %(place)s. Rien ne peut lui être écrit : dites-le-lui.") % said


def _way_back(request: HttpRequest, staff: StaffMember, appointment: Appointment) -> str:
    if LIST in (request.GET.get(Param.CAME_FROM), request.POST.get(Param.CAME_FROM)) or not rules.sees(
        staff, appointment.facility
    ):
        return back_to_list(staff, appointment)
    day = timezone.localdate(appointment.starts_at).isoformat()
    return board_address(appointment.facility, day, f"rdv-{appointment.pk}")


def _page(
    request: HttpRequest,
    staff: StaffMember,
    appointment: Appointment,
    form: MoveForm,
    refusal: Refusal | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    may_move = can_be_changed(appointment)
    proposals = _proposals(staff, appointment, form) if may_move else []
    known = [one.slot.token for one in proposals]
    chosen = request.POST.get(Param.SLOT, "")
    versions = Appointment.objects.filter(pk=appointment.pk).annotate(version=version_of(Appointment))
    context: dict[str, Any] = {
        "appointment": appointment,
        "facility": appointment.facility,
        "people": list(appointment.people.all()),
        "version": versions.values_list("version", flat=True).get(),
        "form": form,
        "may_move": may_move,
        "proposals": proposals,
        "chosen": chosen if chosen in known else "",
        "refusal": refusal,
        "takes_focus": refusal is None and not form.errors,
        "back": _way_back(request, staff, appointment),
        "from_list": LIST in (request.GET.get(Param.CAME_FROM), request.POST.get(Param.CAME_FROM)),
    }
    return render_staff(request, staff, "counter/move.html", context, status=status)
