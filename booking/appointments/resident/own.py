"""What the private link, or the booking just made, has opened to this browser for half an hour."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from booking.appointments.bookings.queries import appointment_to_show, entry_to_show
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment, WaitingListEntry
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from booking.residents.browsers import accessible, grant


def own_appointment(request: HttpRequest, pk: UUID) -> Appointment | None:
    """Asked for without the right, an appointment that exists and one that does not look the same."""
    return appointment_to_show(pk) if (SUBJECT, pk) in accessible(request) else None


def own_entry(request: HttpRequest, pk: UUID) -> WaitingListEntry | None:
    """A place in the waiting list, likewise."""
    return entry_to_show(pk) if (WAITING_SUBJECT, pk) in accessible(request) else None


def keep_appointment_open(request: HttpRequest, response: HttpResponseBase, pk: UUID) -> None:
    grant(request, response, SUBJECT, pk)


def keep_entry_open(request: HttpRequest, response: HttpResponseBase, pk: UUID) -> None:
    grant(request, response, WAITING_SUBJECT, pk)
