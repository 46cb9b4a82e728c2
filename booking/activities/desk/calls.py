"""Families whom nothing has reached when a session was called off: a list for the telephone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from booking.activities.changes.pool_letters import Unreached, unreached
from booking.activities.models import Session
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.models import Closure, StaffMember, Why
from municipalities.readings import note_subjects

#: What ended this long ago still shows.
KEPT_IN_SIGHT = timedelta(days=7)


@dataclass(frozen=True)
class Lost:
    """What was called off at once, by a closure or without one, and whom nothing has reached."""

    sessions: QuerySet[Session]
    closure: Closure | None = None
    pool: str = ""
    called_off_at: datetime | None = None
    reason: str = ""

    @cached_property
    def families(self) -> list[Unreached]:
        return unreached(self.sessions)


@staff_page
@require_GET
def calls(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A family belongs to no place: whoever serves families anywhere may call them, and it is noted."""
    if not rules.serves_families(staff):
        raise Http404
    since = timezone.now() - KEPT_IN_SIGHT
    shown = [*_by_closures(since), *(one for one in _by_themselves(since) if one.families)]
    homes = {family.household for one in shown for family in one.families}
    note_subjects(HOUSEHOLD, *homes, why=Why.SEARCH, view="desk:calls", by=staff)
    return render_staff(request, staff, "desk/calls.html", {"shown": shown})


def _by_closures(since: datetime) -> list[Lost]:
    hit = Session.objects.filter(closure__isnull=False)
    recent = Closure.objects.filter(pk__in=hit.values("closure"), period__endswith__gt=since)
    found = recent.select_related("facility", "municipality").order_by("period")
    return [Lost(hit.filter(closure=one), one, reason=str(one.reason)) for one in found]


def _by_themselves(since: datetime) -> list[Lost]:
    """One by one, with a pool that closes for good, or by a closure that was lifted since: by when that was."""
    hit = Session.objects.filter(closure=None, called_off_at__isnull=False)
    recent = (
        hit.filter(ends_at__gt=since, seats__freed_at=F("called_off_at"))
        .distinct()
        .order_by("called_off_at", "starts_at")
    )
    found: dict[datetime | None, Lost] = {}
    for one in recent.select_related("group__basin__pool__facility"):
        at = one.called_off_at
        pool = one.group.basin.pool.facility.name
        found.setdefault(at, Lost(hit.filter(called_off_at=at), None, pool, at, str(one.reason)))
    return list(found.values())
