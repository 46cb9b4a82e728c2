from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking.appointments.bookings.changes import cancel_appointment, mark_attendance
from booking.appointments.bookings.queries import with_people
from booking.appointments.counter.day_queries import day_list, lines, todays_facilities
from booking.appointments.counter.desk_queries import booked_elsewhere, may_change
from booking.appointments.counter.figures import day_figures
from booking.appointments.counter.find_queries import find_appointments, history_of
from booking.appointments.counter.forms import CancelForm
from booking.appointments.enums import State
from booking.appointments.free_time.gaps import counters_with_place, outside
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.messages.owed import can_be_told
from booking.appointments.models import Appointment
from municipalities import rules
from municipalities.access import posted, refuse_read_only, render_staff, staff_page
from municipalities.exceptions import Refusal, simple_attempt
from municipalities.forms.fields import DayField
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.readings import note_day, note_found, note_opened
from municipalities.visible import visible

#: What is over stays this long in the list of a town's bookings.
KEPT_IN_SIGHT = timedelta(days=30)
#: What an agent may set, in the order of the buttons.
MARKS = (State.ATTENDED, State.INCOMPLETE, State.NO_SHOW, State.BOOKED)


@staff_page
def today(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Today in every facility of this person; with a single one, its day at once."""
    days = todays_facilities(staff)
    if len(days) == 1 and Param.ALL not in request.GET:
        return redirect("counter:board", days[0].facility.pk)
    return render_staff(request, staff, "counter/today.html", {"days": days, "today": timezone.localdate()})


@staff_page
def day(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.visible_to(staff).select_related("municipality"), pk=pk)
    asked, problem = asked_day(request.GET.get(Param.DAY, ""))
    rows = day_list(facility, asked)
    if rows:
        note_day(staff, facility, asked, "counter:day")
    now = timezone.now()
    active = [row for row in rows if not row.is_cancelled]
    may_manage = rules.keeps_calendar_of(staff, facility)
    is_over_or_on = asked <= timezone.localdate()
    context = {
        "facility": facility,
        "day": asked,
        "typed_day": request.GET.get(Param.DAY, "") if problem else asked.isoformat(),
        "problem": problem,
        "is_today": asked == timezone.localdate(),
        "previous_day": asked - timedelta(days=1),
        "next_day": asked + timedelta(days=1),
        "rows": active,
        "cancelled": [row for row in rows if row.is_cancelled],
        "people_total": sum(row.appointment.people_count for row in active),
        "missing_total": sum(line.is_number_missing for row in active for line in row.people),
        "unreached_total": sum(bool(row.unreached) for row in active),
        "may_serve": rules.works_at(staff, facility),
        "may_mark": asked == timezone.localdate(),
        "unsettled": sum(row.is_booked and row.appointment.ends_at <= now for row in active),
        "may_manage": may_manage,
        "figures": day_figures(facility, asked, [row.appointment for row in rows])
        if may_manage and is_over_or_on
        else None,
        "printed_at": now,
    }
    return render_staff(request, staff, "counter/day.html", context)


def asked_day(text: str) -> tuple[date, str]:
    """The day asked for, or today with a sentence about what was wrong."""
    if not text:
        return timezone.localdate(), ""
    field = DayField()
    try:
        return field.clean(text), ""
    except Exception as problem:
        sentences = getattr(problem, "messages", None)
        if sentences is None:
            raise
        return timezone.localdate(), str(sentences[0])


@staff_page
@require_POST
def mark(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    appointment = appointment_to_serve(staff, pk)
    if appointment is None:
        return refuse_read_only(request, staff)
    wanted = request.POST.get(Param.STATE, "")
    if wanted not in MARKS:
        messages.error(request, _("Cet état n’existe pas."))
    else:
        refusal = simple_attempt(lambda: mark_attendance(appointment=appointment, state=State(wanted), by=staff))
        if refusal:
            messages.error(request, refusal)
        else:
            said = {"reference": appointment.reference, "state": State(wanted).label}
            messages.success(request, _("%(reference)s : %(state)s.") % said)
    return redirect(back_to_day(appointment))


@staff_page
def cancel(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    appointment = changeable(staff, pk)
    if appointment is None:
        return refuse_read_only(request, staff)
    note_opened(staff, SUBJECT, appointment, "counter:cancel")
    form = CancelForm(posted(request))
    back = _back_to_board(appointment) if Param.BOARD in request.GET else back_to_list(staff, appointment)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            cancelled = cancel_appointment(
                appointment=appointment, reason=asked["reason"], asked_for=asked["asked_for"], by=staff
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if cancelled.cancel_reason == asked["reason"] and _is_asked_by(cancelled, asked["asked_for"]):
                messages.success(request, _said_cancelled(appointment))
            else:
                said = _("%(reference)s était déjà annulé : rien de plus n’est écrit à la personne.")
                messages.warning(request, said % {"reference": appointment.reference})
            return redirect(back)
    context = {"appointment": appointment, "form": form, "back": back}
    return render_staff(request, staff, "counter/cancel.html", context)


def _is_asked_by(cancelled: Appointment, asked_for: str) -> bool:
    """Whether it is cancelled as this agent has just said; else somebody else was first."""
    if not asked_for:
        return cancelled.state == State.CANCELLED_BY_OFFICE
    return cancelled.state == State.CANCELLED_BY_RESIDENT and cancelled.cancel_channel == asked_for


def _said_cancelled(appointment: Appointment) -> str:
    said = {"reference": appointment.reference}
    if can_be_told(appointment):
        return _("%(reference)s est annulé, la personne en est avertie.") % said
    return _("%(reference)s est annulé. Rien ne peut lui être écrit : dites-le-lui.") % said


@staff_page
def find(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What was typed, or with « personne » everything of the people of one appointment."""
    asked = visible(request.GET.get(Param.TYPED, "")).replace("\x00", "").strip()[:100]
    about = None
    if Param.PERSON in request.GET:
        about = _seen(staff, request.GET[Param.PERSON])
        found = history_of(staff, about)
    else:
        found = find_appointments(staff, asked)
    note_found(staff, SUBJECT, found, "counter:find")
    context = {"asked": asked, "about": about, "found": [(one, file_address(staff, one)) for one in found]}
    return render_staff(request, staff, "counter/find.html", context)


@staff_page
@require_safe
def ours(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What one's town booked for its callers at the counters of others."""
    if not rules.towns_answered_for(staff) and not rules.manages_territory(staff):
        raise Http404
    now = timezone.now()
    kept = booked_elsewhere(staff).filter(starts_at__gt=now - KEPT_IN_SIGHT, purged_at__isnull=True)
    rows = list(kept.select_related("type", "facility", "counter").prefetch_related("people"))
    note_found(staff, SUBJECT, rows, "counter:ours")
    context = {
        "coming": [row for row in rows if row.state == State.BOOKED and row.starts_at > now],
        "past": [row for row in reversed(rows) if row.state != State.BOOKED or row.starts_at <= now],
    }
    return render_staff(request, staff, "counter/ours.html", context)


@staff_page
def outside_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Appointments to come that no opening covers any more: people to call."""
    facility = get_object_or_404(Facility.objects.visible_to(staff).select_related("municipality"), pk=pk)
    left = with_people(staff, outside(list(counters_with_place().filter(facility=facility))))
    for one in left:
        note_opened(staff, SUBJECT, one, "counter:outside")
    still = Appointment.objects.visible_to(staff).filter(pk__in=[one.pk for one in left])
    context = {
        "facility": facility,
        "rows": lines(still, facility.municipality_id, timezone.localdate()),
        "may_serve": rules.works_at(staff, facility),
    }
    return render_staff(request, staff, "counter/outside.html", context)


def appointment_to_serve(staff: StaffMember, pk: str) -> Appointment | None:
    """The appointment where this person receives people, None when they may only look on; 404 when not even that."""
    appointment = _seen(staff, pk)
    return appointment if rules.works_at(staff, appointment.facility) else None


def changeable(staff: StaffMember, pk: str) -> Appointment | None:
    """The same, or one that this person's town booked for a caller elsewhere: to be moved, cancelled, printed."""
    appointment = _seen(staff, pk)
    return appointment if may_change(staff, appointment) else None


def _seen(staff: StaffMember, pk: str) -> Appointment:
    try:
        UUID(str(pk))
    except ValueError:
        raise Http404 from None
    visible = Appointment.objects.visible_to(staff).exclude(state=State.HELD)
    return get_object_or_404(visible.select_related("facility", "type", "counter"), pk=pk)


def back_to_day(appointment: Appointment) -> str:
    address = reverse("counter:day", args=[appointment.facility_id])
    day_of_it = timezone.localdate(appointment.starts_at).isoformat()
    return f"{address}?{Param.DAY}={day_of_it}#rdv-{appointment.reference}"


def back_to_list(staff: StaffMember, appointment: Appointment) -> str:
    """The day's list, or that of one's town's bookings elsewhere."""
    return back_to_day(appointment) if rules.sees(staff, appointment.facility) else reverse("counter:ours")


def _back_to_board(appointment: Appointment) -> str:
    day_of_it = timezone.localdate(appointment.starts_at).isoformat()
    query = f"{Param.DAY}={day_of_it}&{Param.APPOINTMENT}=rdv-{appointment.pk}"
    return f"{reverse('counter:board', args=[appointment.facility_id])}?{query}#fiche"


def file_address(staff: StaffMember, appointment: Appointment) -> str:
    """Where this person opens an appointment: on its day's board, or the ticket of what their town booked elsewhere."""
    if rules.sees(staff, appointment.facility):
        return _back_to_board(appointment)
    return reverse("counter:booked", args=[appointment.pk]) if appointment.state == State.BOOKED else ""
