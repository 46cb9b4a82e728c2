"""What the closing of a pool means for those who swim there.

What is planned stays planned and is shown as closed: whoever lifts the closure finds the plan as it was.
"""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.activities.models import LaneUse
from booking.activities.water.grid import event_uses
from municipalities.models import Closure, Facility, StaffMember
from municipalities.services import Touched

#: So many are listed; their number is told.
LISTED = 60


def touched_by(request: HttpRequest, staff: StaffMember, closure: Closure) -> Touched:
    """What happens in the water meanwhile, in the pools whose plan this person reads."""
    uses = touched_uses(closure).filter(lane__basin__pool__facility__in=Facility.objects.water_seen_by(staff))
    events = list(event_uses(list(uses)).values())
    context = {"events": events[:LISTED], "number": len(events), "more": max(0, len(events) - LISTED)}
    return Touched(len(events), render_to_string("water/_touched.html", context, request) if events else "")


def touched_uses(closure: Closure) -> QuerySet[LaneUse]:
    """In order, with the lane, the basin and the pool's facility."""
    uses = LaneUse.objects.within(closure.period.lower, closure.period.upper)
    if closure.facility_id is not None:
        uses = uses.filter(lane__basin__pool__facility=closure.facility_id)
    elif closure.municipality_id is not None:
        uses = uses.filter(lane__basin__pool__facility__operator__municipality=closure.municipality_id)
    return uses.select_related("lane__basin__pool__facility").order_by(
        "period", "lane__basin__position", "lane__position", "pk"
    )
