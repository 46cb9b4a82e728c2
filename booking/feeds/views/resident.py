"""A resident's appointment in their own calendar, kept up to date. Only with the half-hour cookie."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from booking.appointments.bookings.queries import appointment_to_show, can_be_changed
from booking.appointments.models import Appointment
from booking.feeds import actions
from booking.feeds.queries import feed_of
from booking.feeds.subscription import ShownAddress
from booking.feeds.tokens import private_address
from booking.residents.browsers import accessible, grant
from booking.residents.views.pages import private, refused, session_ended
from municipalities.exceptions import Refusal

DONE = {"arrete": _("L’adresse ne montre plus rien. Vous pouvez retirer ce calendrier de votre agenda.")}


@require_GET
def calendar(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = _mine(request, pk)
    if appointment is None:
        return session_ended(request)
    return _page(request, appointment, None)


@require_POST
def create(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = _mine(request, pk)
    if appointment is None:
        return session_ended(request)
    try:
        _feed, token = actions.create_resident_feed(appointment=appointment)
    except Refusal as refusal:
        return refused(request, refusal, appointment=appointment)
    return _page(request, appointment, token or None)


@require_POST
def reset(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = _mine(request, pk)
    if appointment is None:
        return session_ended(request)
    line = feed_of(appointment)
    seen = request.POST.get("adresse", "")
    if line is None:
        return redirect("follow:calendar", pk)
    try:
        token = actions.reset_feed(feed=line.feed, seen_token_id=int(seen) if seen.isdecimal() else None)
    except Refusal as refusal:
        return refused(request, refusal, appointment=appointment)
    return _page(request, appointment, token)


@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    appointment = _mine(request, pk)
    if appointment is None:
        return session_ended(request)
    line = feed_of(appointment)
    if line is not None:
        actions.revoke_feed(feed=line.feed)
    response = redirect("follow:calendar", pk)
    response["Location"] += "?fait=arrete"
    return response


def _mine(request: HttpRequest, pk: UUID) -> Appointment | None:
    return appointment_to_show(pk) if pk in accessible(request) else None


def _page(request: HttpRequest, appointment: Appointment, token: str | None) -> HttpResponse:
    """The state of the calendar; with a token, its address, this once."""
    context = {
        "appointment": appointment,
        "line": feed_of(appointment),
        "shown": ShownAddress(private_address(token)) if token else None,
        "may_make": can_be_changed(appointment),
        "done": DONE.get(request.GET.get("fait", ""), ""),
    }
    response = private(render(request, "feeds/resident.html", context))
    grant(request, response, appointment.pk)
    return response
