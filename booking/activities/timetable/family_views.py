"""The way from a family's own pages to its calendar."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from booking.activities.timetable.household import SCHEDULE
from booking.residents.access import household_page
from booking.residents.browsers import grant
from booking.residents.models import HouseholdSession


@require_GET
@household_page
def calendar(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """Whoever is signed in may make an address for half an hour, as with a private link."""
    household = session.guardian.household_id
    response = redirect("follow:calendar", household)
    grant(request, response, SCHEDULE, household)
    return response


@require_GET
@household_page
def back(_request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    if pk != session.guardian.household_id:
        raise Http404
    return redirect("family:home")
