"""What the staff pages read of closures."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.models import (
    CounterClosure,
)
from municipalities import rules
from municipalities.models import Closure, Facility, Municipality, StaffMember


@dataclass(frozen=True)
class ClosureLine:
    """A closure of whatever place. `may_lift` says whether this person may lift it."""

    closure: Closure | CounterClosure
    place: str
    may_lift: bool

    @property
    def is_counter(self) -> bool:
        return isinstance(self.closure, CounterClosure)

    @property
    def is_over(self) -> bool:
        return bool(self.closure.period.upper <= timezone.now())


def closures_seen_by(staff: StaffMember, *, since: datetime) -> list[ClosureLine]:
    """Closures ending after an instant, in all the places this person sees; the territory's concern everybody."""
    places = visible_closures(staff).filter(period__endswith__gt=since).select_related("municipality", "facility")
    counters = CounterClosure.objects.visible_to(staff).by_hand().filter(period__endswith__gt=since)
    managed = set(Facility.objects.manageable_by(staff).values_list("pk", flat=True))
    edited = set(Municipality.objects.editable_by(staff).values_list("pk", flat=True))
    territory = rules.manages_territory(staff)
    found = []
    for row in places:
        if row.facility_id:
            found.append(ClosureLine(row, str(row.facility), row.facility_id in managed))
        elif row.municipality_id:
            found.append(ClosureLine(row, str(row.municipality), row.municipality_id in edited))
        else:
            found.append(ClosureLine(row, "", territory))
    for closure in counters.select_related("counter__facility"):
        found.append(ClosureLine(closure, str(closure.counter), closure.counter.facility_id in managed))
    return sorted(found, key=lambda line: (line.closure.period.lower, line.place))


def visible_closures(staff: StaffMember) -> QuerySet[Closure]:
    return Closure.objects.filter(
        Q(facility__in=Facility.objects.visible_to(staff))
        | Q(municipality__in=Municipality.objects.visible_to(staff))
        | Q(municipality__isnull=True, facility__isnull=True)
    ).distinct()


def liftable_closures(staff: StaffMember) -> QuerySet[Closure]:
    """Closures of places whose calendar this person changes."""
    if rules.manages_territory(staff):
        return Closure.objects.all()
    return Closure.objects.filter(
        Q(facility__in=Facility.objects.manageable_by(staff))
        | Q(municipality__in=Municipality.objects.editable_by(staff))
    )
