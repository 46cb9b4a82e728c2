"""Who changed the calendar of a facility, when, and what it was before: the trace, as its managers read it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from booking.appointments.models import Counter, CounterClosure, OpeningPeriod
from municipalities.audit_queries import ChangeLine, lines_of
from municipalities.models import AuditEntry, Closure, Facility, StaffMember

PER_PAGE = 60
OPENINGS = OpeningPeriod._meta.db_table
OPENING_TYPES = OpeningPeriod.types.through._meta.db_table
COUNTER_CLOSURES = CounterClosure._meta.db_table
CLOSURES = Closure._meta.db_table


@dataclass
class Deed:
    """What one person did in one go."""

    at: datetime
    staff: StaffMember | None
    channel: str
    lines: list[ChangeLine] = field(default_factory=list)


def calendar_history(
    facility: Facility, counter: Counter | None = None, *, before: int | None = None
) -> tuple[list[Deed], int | None]:
    """Newest first, what one request did told together, and the id from which the next page goes on.

    Openings and closures of the facility's counters, or of one of them, and the closures of the facility, of the
    municipality that runs it and of the territory.
    """
    counters = [counter.pk] if counter else list(facility.counters.values_list("pk", flat=True))
    of_counters = _said("counter_id", counters)
    openings = set(AuditEntry.objects.filter(of_counters, table=OPENINGS).values_list("object_id", flat=True))
    openings |= {str(pk) for pk in OpeningPeriod.objects.filter(counter__in=counters).values_list("pk", flat=True)}
    closures = set(AuditEntry.objects.filter(of_counters, table=COUNTER_CLOSURES).values_list("object_id", flat=True))
    closures |= {str(pk) for pk in CounterClosure.objects.filter(counter__in=counters).values_list("pk", flat=True)}
    places = _said("facility_id", [facility.pk])
    if facility.operator.municipality_id is not None:
        places |= _said("municipality_id", [facility.operator.municipality_id])
    everywhere = Q(after__facility_id=None, after__municipality_id=None) | Q(
        before__facility_id=None, before__municipality_id=None
    )
    wide = set(AuditEntry.objects.filter(places | everywhere, table=CLOSURES).values_list("object_id", flat=True))
    rows = AuditEntry.objects.filter(
        Q(table=OPENINGS, object_id__in=openings)
        | Q(_said("openingperiod_id", [int(pk) for pk in openings]), table=OPENING_TYPES)
        | Q(table=COUNTER_CLOSURES, object_id__in=closures)
        | Q(table=CLOSURES, object_id__in=wide)
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows.select_related("staff").order_by("-pk")[: PER_PAGE + 1])
    following = page[PER_PAGE - 1].pk if len(page) > PER_PAGE else None
    deeds: list[Deed] = []
    previous = None
    for line in lines_of(page[:PER_PAGE]):
        change = line.change
        together = (change.request or change.at, change.staff_id, change.channel)
        if together != previous:
            deeds.append(Deed(change.at, change.staff, change.channel))
            previous = together
        deeds[-1].lines.append(line)
    return deeds, following


def _said(column: str, ids: list[int]) -> Q:
    return Q(**{f"after__{column}__in": ids}) | Q(**{f"before__{column}__in": ids})
