"""Families whom nothing has reached when a pool closed: a list for the telephone."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from booking.activities.changes.pool_letters import unreached
from booking.activities.models import Session
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.models import Closure, StaffMember, Why
from municipalities.readings import note_subjects

#: Closures that ended this long ago still show.
KEPT_IN_SIGHT = timedelta(days=7)


@staff_page
@require_GET
def calls(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """By closure. A family belongs to no place: whoever serves families anywhere may call them, and it is noted."""
    if not rules.serves_families(staff):
        raise Http404
    hit = Session.objects.filter(closure__isnull=False).values("closure")
    recent = Closure.objects.filter(pk__in=hit, period__endswith__gt=timezone.now() - KEPT_IN_SIGHT)
    closures = [(one, unreached(one)) for one in recent.select_related("facility", "municipality").order_by("period")]
    homes = {family.household for _closure, families in closures for family in families}
    note_subjects(HOUSEHOLD, *homes, why=Why.SEARCH, view="desk:calls", by=staff)
    return render_staff(request, staff, "desk/calls.html", {"closures": closures})
