"""The appointment once it is made: seen, cancelled, reached elsewhere. Only with the half-hour cookie."""

from uuid import UUID

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.appointments.bookings.changes import cancel_appointment, change_contact, send_again
from booking.appointments.bookings.queries import appointment_to_show, can_be_changed, people_of, says_situation
from booking.appointments.documents.queries import documents_for
from booking.appointments.enums import Accessibility, State
from booking.appointments.messages.entry import calendar_entries
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.messages.owed import sms_reminder_at
from booking.appointments.models import Appointment
from booking.appointments.resident import rates
from booking.appointments.resident.own import keep_appointment_open, own_appointment
from booking.ical import invitation
from booking.residents import limits
from booking.residents.browsers import accessible, browser_of, signed_in_staff
from booking.residents.forms.contact import ContactForm
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.phones import say_in_full
from municipalities.query_names import Param
from municipalities.wording import NBSP

#: What the address bar may say has just been done, so that a reload says it again and does nothing.
DONE = {
    "deplace": _("Votre rendez-vous est déplacé. L’ancien horaire est libéré."),
    "corrige": _("Votre dossier est corrigé. Une confirmation part à vos coordonnées."),
    "contact": _("Vos coordonnées sont changées. Les liens envoyés à l’ancienne adresse ne s’ouvrent plus."),
    "renvoye": _("Nous vous envoyons à nouveau la confirmation."),
}


@require_GET
def confirmed(request: HttpRequest) -> HttpResponse:
    """The ticket of what this browser has just booked."""
    known = [pk for type, pk in accessible(request) if type == SUBJECT]
    try:
        pk = (
            UUID(request.GET.get(Param.APPOINTMENT, ""))
            if Param.APPOINTMENT in request.GET
            else (known[-1] if known else None)
        )
    except ValueError:
        pk = None
    appointment = appointment_to_show(pk) if pk in known and pk else None
    if appointment is None:
        return session_ended(request)
    return _ticket(request, appointment, just_booked=appointment.state == State.BOOKED)


@require_GET
def manage(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    return _ticket(request, appointment)


def _ticket(request: HttpRequest, appointment: Appointment, *, just_booked: bool = False) -> HttpResponse:
    people = people_of(appointment)
    listed = documents_for(
        type=appointment.type,
        people=people,
        municipality=appointment.facility.municipality,
        on=timezone.localdate(appointment.starts_at),
    )
    context = {
        "appointment": appointment,
        "people": [
            (person, says_situation(appointment, person), documents)
            for person, documents in zip(people, listed, strict=True)
        ],
        "listed": listed,
        "stamps_due": any(needed.fees for needed in listed),
        "qr": _qr(appointment),
        "just_booked": just_booked,
        "sms_at": sms_reminder_at(appointment) if just_booked else None,
        "done": DONE.get(request.GET.get(Param.DONE, ""), ""),
        "can_be_changed": can_be_changed(appointment),
        "is_past": appointment.state == State.BOOKED and appointment.starts_at <= timezone.now(),
        "is_cancelled": appointment.state in (State.CANCELLED_BY_RESIDENT, State.CANCELLED_BY_OFFICE),
        "by_office": appointment.state == State.CANCELLED_BY_OFFICE,
        "number_due": appointment.number_due_at if can_be_changed(appointment) else None,
        "needs": [str(Accessibility(need).label) for need in appointment.accessibility if need in Accessibility.values],
        "move_link": f"{reverse('appointments:search')}?{Param.MOVING}={appointment.pk}",
        "again_link": f"{reverse('appointments:search')}?{Param.TYPE}={appointment.type.code}"
        f"&{Param.PEOPLE}={appointment.people_count}",
        "staff": signed_in_staff(request),
    }
    response = private(render(request, "resident/ticket.html", context))
    keep_appointment_open(request, response, appointment.pk)
    return response


def _qr(appointment: Appointment) -> str:
    """The reference alone, for the counter's scanner: a photograph of the ticket opens nothing."""
    code = segno.make(appointment.reference, micro=False, error="m")
    return str(code.svg_inline(scale=4, border=2, omitsize=True, svgclass=None, lineclass=None))


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET asks, POST does: a mail scanner that follows links cancels nothing."""
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    if request.method == "POST":
        try:
            cancel_appointment(appointment=appointment, by=None)
        except Refusal as refusal:
            return refused(request, refusal, subject=(SUBJECT, appointment.pk))
        return _onward(request, appointment, "")
    if not can_be_changed(appointment):
        return redirect("appointments:manage", pk=pk)
    response = private(render(request, "resident/cancel.html", {"appointment": appointment}))
    keep_appointment_open(request, response, pk)
    return response


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    if request.method == "GET":
        if not can_be_changed(appointment):
            return redirect("appointments:manage", pk=pk)
        known = {
            "email": appointment.email,
            "phone": say_in_full(appointment.phone).replace(NBSP, " "),
            "language": appointment.language,
        }
        return _contact_page(request, appointment, ContactForm(initial=known))
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _contact_page(request, appointment, form, status=422)
    data = form.cleaned_data
    try:
        change_contact(appointment=appointment, email=data["email"], phone=data["phone"], language=data["language"])
    except Refusal as refusal:
        return refused(request, refusal, subject=(SUBJECT, appointment.pk))
    return _onward(request, appointment, "contact")


def _contact_page(
    request: HttpRequest, appointment: Appointment, form: ContactForm, *, status: int = 200
) -> HttpResponse:
    response = private(
        render(request, "resident/contact.html", {"appointment": appointment, "form": form}, status=status)
    )
    keep_appointment_open(request, response, appointment.pk)
    return response


@require_POST
@one_press
def resend(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    try:
        limits.check(rates.RESENDS, request, browser_of(request))
        send_again(appointment=appointment)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except Refusal as refusal:
        return refused(request, refusal, subject=(SUBJECT, appointment.pk))
    return _onward(request, appointment, "renvoye")


@require_GET
def calendar_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    if appointment.purged_at:
        raise Http404
    entry = calendar_entries([appointment], store=False)[pk]
    response = HttpResponse(invitation(entry), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rendez-vous-{appointment.reference}.ics"'
    keep_appointment_open(request, response, pk)
    return private(response)


def _onward(request: HttpRequest, appointment: Appointment, done: str) -> HttpResponse:
    address = reverse("appointments:manage", args=[appointment.pk]) + (f"?{Param.DONE}={done}" if done else "")
    response = redirect(address)
    keep_appointment_open(request, response, appointment.pk)
    return response
