"""Whose request this browser may see: by its private link, for half an hour, or as the family that is signed in."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from booking.nurseries.messages.requests import REQUEST
from booking.nurseries.models import NurseryApplication
from booking.residents.access import current
from booking.residents.browsers import accessible, grant


def own_request(request: HttpRequest, pk: UUID) -> NurseryApplication | None:
    """One that exists and one that does not look the same to whom neither belongs."""
    found = (
        NurseryApplication.objects.filter(pk=pk, erased_at__isnull=True)
        .select_related("authority", "through", "household", "sibling_at__facility")
        .first()
    )
    if found is None or (REQUEST, pk) in accessible(request):
        return found
    session = current(request)
    is_ours = session is not None and found.household_id == session.guardian.household_id
    return found if is_ours else None


def may_see(request: HttpRequest, type: str, pk: UUID) -> bool:
    """What belongs to a request and has links of its own: its answers, its half-days."""
    return (type, pk) in accessible(request) or own_request(request, pk) is not None


def keep_open(request: HttpRequest, response: HttpResponseBase, type: str, pk: UUID) -> None:
    """Half an hour more for who came by a link. A family that is signed in needs none, and leaves none behind."""
    if (type, pk) in accessible(request) or current(request) is None:
        grant(request, response, type, pk)
