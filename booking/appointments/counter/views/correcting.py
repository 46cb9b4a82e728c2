"""Mending a file for the person who calls or stands there, and a note for who serves them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from booking.appointments.bookings.correction_page import correction_page
from booking.appointments.counter.views.day import changeable, file_address
from booking.appointments.enums import State
from booking.appointments.messages.kinds import SUBJECT
from municipalities.access import refuse_read_only, render_staff, staff_page
from municipalities.models import StaffMember
from municipalities.readings import note_opened


@staff_page
def correct(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    appointment = changeable(staff, pk)
    if appointment is None:
        return refuse_read_only(request, staff)
    note_opened(staff, SUBJECT, appointment, "counter:correct")
    back = file_address(staff, appointment)
    if appointment.state != State.BOOKED:
        messages.error(request, _("Ce rendez-vous est terminé ou annulé : son dossier ne se corrige plus."))
        return redirect(back or "counter:ours")
    page = correction_page(request, appointment, by=staff)
    if page.corrected is not None:
        messages.success(request, _("%(reference)s est corrigé.") % {"reference": page.corrected.reference})
        return redirect(file_address(staff, page.corrected))
    context = {"appointment": appointment, "back": back, **page.context()}
    return render_staff(request, staff, "counter/correct.html", context, status=page.status)
