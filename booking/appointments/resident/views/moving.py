"""Old and new side by side, then one press: the new time is taken and the old one freed."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.appointments.bookings.changes import move_appointment
from booking.appointments.bookings.queries import can_be_changed, hold_of, is_live
from booking.appointments.exceptions import HoldExpired
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment
from booking.appointments.resident.held_bar import out_of_sight
from booking.appointments.resident.own import keep_appointment_open, own_appointment
from booking.appointments.search.answers import Slot
from booking.residents.browsers import browser_of, signed_in_staff
from booking.residents.views.pages import private, refused, session_ended
from municipalities.exceptions import Refusal
from municipalities.query_names import Param
from municipalities.wording import say_moment


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: UUID, hold_id: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    if request.method == "POST":
        response = _moved(request, appointment, hold_id)
    elif not can_be_changed(appointment):
        response = redirect("appointments:manage", pk=pk)
    else:
        held = hold_of(hold_id, browser_of(request))
        if held is None or not is_live(held) or held.moves_id != appointment.pk:
            return _lapsed(request, appointment, HoldExpired())
        context = {"appointment": appointment, "held": held, "token": _token(held), "may_extend": held.may_be_extended}
        response = private(render(request, "resident/move.html", context))
    keep_appointment_open(request, response, pk)
    return response


def _moved(request: HttpRequest, appointment: Appointment, hold_id: UUID) -> HttpResponse:
    done = redirect(reverse("appointments:manage", args=[appointment.pk]) + f"?{Param.DONE}=deplace")
    try:
        move_appointment(
            appointment=appointment,
            hold_id=hold_id,
            browser=browser_of(request) or "",
            by=signed_in_staff(request),
        )
    except HoldExpired as refusal:
        # A second click finds the hold used up and the appointment where it was to go.
        if request.POST.get(Param.SLOT) == _token(appointment):
            return done
        return _lapsed(request, appointment, refusal)
    except Refusal as refusal:
        return refused(request, refusal, subject=(SUBJECT, appointment.pk))
    out_of_sight(request, done, hold_id)
    return done


def _lapsed(request: HttpRequest, appointment: Appointment, refusal: Refusal) -> HttpResponse:
    link = f"{reverse('appointments:search')}?{Param.MOVING}={appointment.pk}"
    note = _("Votre rendez-vous du %(when)s, %(where)s, reste valable.") % {
        "when": say_moment(appointment.starts_at),
        "where": appointment.facility.name,
    }
    about = (SUBJECT, appointment.pk)
    return refused(request, refusal, status=410, subject=about, search_link=link, note=note)


def _token(appointment: Appointment) -> str:
    return Slot(appointment.facility, appointment.starts_at, appointment.ends_at, appointment.people_count).token
