"""Mending one's own file: a name, a year, a number, one person more or less. Only with the private link."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from booking.appointments.bookings.correction_page import correction_page
from booking.appointments.bookings.queries import can_be_changed
from booking.appointments.exceptions import AlreadyOver
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.resident.own import keep_appointment_open, own_appointment
from booking.residents.views.pages import private, refused, session_ended
from municipalities.query_names import Param


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    back = reverse("appointments:manage", args=[pk])
    if not can_be_changed(appointment):
        return redirect(back) if request.method == "GET" else refused(request, AlreadyOver(), subject=(SUBJECT, pk))
    page = correction_page(request, appointment, by=None)
    if page.corrected is not None:
        response: HttpResponse = redirect(f"{back}?{Param.DONE}=corrige")
    else:
        context = {"appointment": appointment, "back": back, **page.context()}
        response = private(render(request, "resident/correct.html", context, status=page.status))
    keep_appointment_open(request, response, pk)
    return response
