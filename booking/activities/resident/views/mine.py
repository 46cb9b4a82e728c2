"""What a family has, and what it still lacks before enrolments open."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.activities.models import Activity
from booking.activities.resident.overview import places_of, readiness_of
from booking.activities.seasons.messages import watch
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession


@require_GET
@household_page
def mine(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """Every member's places with their next sessions; of the other household's only when they are."""
    people = places_of(session.guardian.household, now=timezone.now())
    return render(request, "enrol/mine.html", context_of(session, people=people))


@require_GET
@household_page
def ready(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    people = readiness_of(session.guardian.household, now=timezone.now())
    return render(request, "enrol/ready.html", context_of(session, people=people))


@require_POST
@household_page
def tell_me(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """Whoever asks is told once the minute changes from which they may enrol."""
    activity = get_object_or_404(Activity, pk=pk, season__is_public=True)
    watch(activity=activity, guardian=session.guardian)
    messages.success(request, _("C’est noté : si l’heure d’ouverture change, un courriel vous le dit."))
    group = activity.groups.order_by("weekday", "starts").first()
    return redirect("catalogue:group", group.pk) if group else redirect("catalogue:offer")
