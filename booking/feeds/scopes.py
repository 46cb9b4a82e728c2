"""What a feed may show now: asked at each read of the rights its owner has today, never remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment, Counter
from booking.feeds.enums import FeedKind, Privacy
from booking.feeds.models import CalendarFeed
from municipalities import rules
from municipalities.models import Facility, StaffMember

#: Past appointments, and cancelled ones, stay in a feed this long.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Scope:
    """`name` of the calendar, which appointments, and how much each facility lets its reader know."""

    name: str
    appointments: Q
    levels: dict[int, Privacy]

    def seen(self, now: datetime) -> QuerySet[Appointment]:
        return shown(now).filter(self.appointments)


def first_moment(now: datetime) -> datetime:
    """Where feeds begin: the local midnight thirty days ago, so that the window moves once a day."""
    return timezone.make_aware(datetime.combine(timezone.localdate(now) - KEPT, time.min))


def shown(now: datetime) -> QuerySet[Appointment]:
    """Appointments of the last thirty days and to come; cancelled ones for thirty days after that; never holds."""
    since = first_moment(now)
    return Appointment.objects.filter(starts_at__gte=since).exclude(
        Q(state=State.HELD) | Q(state__in=CANCELLED, cancelled_at__lt=since)
    )


def scope_of(feed: CalendarFeed, staff: StaffMember) -> Scope | None:
    """What this feed shows to its owner today; None when there is nothing they may see any more."""
    if not staff.is_active:
        return None
    if feed.kind == FeedKind.COUNTER:
        counter = (
            Counter.objects.visible_to(staff)
            .filter(pk=feed.counter_id or 0)
            .values_list("pk", "name", "facility_id", "facility__name", "facility__operator_id")
            .first()
        )
        if counter is None:
            return None
        pk, name, facility_id, place, operator_id = counter
        levels = _levels(staff, feed, [(facility_id, operator_id)])
        return Scope(f"{place}, {name}", Q(counter=pk), levels)
    if feed.kind == FeedKind.FACILITY:
        facilities = list(
            Facility.objects.visible_to(staff).filter(pk=feed.facility_id or 0).values_list("pk", "operator_id", "name")
        )
        name = facilities[0][2] if facilities else ""
    else:
        facilities = list(own_facilities(staff).order_by("pk").values_list("pk", "operator_id", "name"))
        name = ", ".join(name for _pk, _operator, name in facilities[:3]) + (" …" if len(facilities) > 3 else "")
    if not facilities:
        return None
    levels = _levels(staff, feed, [(pk, operator_id) for pk, operator_id, _name in facilities])
    return Scope(name, Q(facility__in=list(levels)), levels)


def own_facilities(staff: StaffMember) -> QuerySet[Facility]:
    """Facilities with counters that a role of this person names, itself or who runs it. Whoever sees the whole
    territory subscribes place by place: all of it would be everybody's appointments in one pocket."""
    roles = staff.current_roles()
    return (
        Facility.objects.visible_to(staff)
        .filter(Q(pk__in=roles.facility_ids) | Q(operator__in=roles.operator_ids))
        .filter(pk__in=Counter.objects.values("facility"))
    )


def _levels(staff: StaffMember, feed: CalendarFeed, places: Iterable[tuple[int, int]]) -> dict[int, Privacy]:
    """Names and initials are for those who receive people there; who merely looks on learns when it is busy."""
    asked = Privacy(feed.privacy)
    return {
        pk: asked if rules.works_at(staff, Facility(pk=pk, operator_id=operator_id)) else Privacy.BUSY
        for pk, operator_id in places
    }


def most_told(staff: StaffMember, facility: Facility) -> Privacy:
    """The most a feed of this facility tells this person."""
    return Privacy.FULL if rules.works_at(staff, facility) else Privacy.BUSY
