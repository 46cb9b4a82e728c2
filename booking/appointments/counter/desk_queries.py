"""What an agent can offer a caller, numbered for one key each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, AppointmentType, Counter, FreeGap
from booking.appointments.models.appointments import AppointmentQuerySet
from booking.appointments.search.answers import Search, Slot
from booking.appointments.search.availability import find
from municipalities import rules
from municipalities.models import Facility, Municipality, StaffMember

#: One key each.
MOST_PROPOSALS = 9
#: So many starts of the place where the agent sits come first; the others are the soonest of each place.
HERE = 4


@dataclass(frozen=True)
class Proposal:
    """A start to offer. `is_kept` marks time for emergencies, which wants a reason."""

    key: int
    slot: Slot
    is_kept: bool
    km: float | None = None


def proposals_for(
    staff: StaffMember,
    kind: AppointmentType,
    people: int,
    *,
    here: Facility | None = None,
    only: Facility | None = None,
    home: Municipality | None = None,
    from_day: date | None = None,
    from_hour: time | None = None,
    instead_of: Appointment | None = None,
) -> list[Proposal]:
    """At most nine: some of `here`, then the soonest of each other place, then more. `only` asks one place alone.

    With `from_hour`, starts before that hour of whatever day are left out; so is the one that `instead_of` has now.
    """
    now = timezone.now()
    viewer = Viewer.of_staff(staff, home)

    def search(places: tuple[int, ...] | None, limit: int) -> Search:
        return Search(kind, people, viewer, facilities=places, from_day=from_day, earliest=from_hour, limit=limit)

    if only is not None:
        answer = find(search((only.pk,), MOST_PROPOSALS + 1), now=now)
        return _numbered(_others(answer.first, instead_of)[:MOST_PROPOSALS], now, {})
    everywhere = find(search(None, MOST_PROPOSALS), now=now)
    slots: list[Slot] = list(find(search((here.pk,), HERE), now=now).first) if here is not None else []
    soonest = sorted((one.first for one in everywhere.facilities if one.first), key=lambda slot: slot.starts_at)
    for slot in [*soonest, *everywhere.first]:
        if slot.token not in {known.token for known in slots}:
            slots.append(slot)
    slots = _others(slots, instead_of)
    if here is None:
        slots = slots[:MOST_PROPOSALS]
    kept = sorted(
        slots[:MOST_PROPOSALS], key=lambda slot: (here is not None and slot.facility.pk != here.pk, slot.starts_at)
    )
    return _numbered(kept, now, {one.facility.pk: one.distance_km for one in everywhere.facilities})


def _others(slots: Iterable[Slot], instead_of: Appointment | None) -> list[Slot]:
    if instead_of is None:
        return list(slots)
    has_now = (instead_of.facility_id, instead_of.starts_at)
    return [slot for slot in slots if (slot.facility.pk, slot.starts_at) != has_now]


def _numbered(slots: Iterable[Slot], now: datetime, km: dict[int, float | None]) -> list[Proposal]:
    slots = list(slots)
    public = _public(slots, now)
    return [
        Proposal(key, slot, slot.token not in public, km.get(slot.facility.pk)) for key, slot in enumerate(slots, 1)
    ]


def _public(slots: list[Slot], now: datetime) -> set[str]:
    """Tokens of starts that lie in public time at some counter of their place. One query."""
    if not slots:
        return set()
    gaps = list(
        FreeGap.objects.filter(
            Q(audience=Audience.PUBLIC) | Q(public_from__lte=now),
            facility__in={slot.facility.pk for slot in slots},
            day__in={timezone.localdate(slot.starts_at) for slot in slots},
        ).values_list("facility", "starts_at", "ends_at")
    )
    return {
        slot.token
        for slot in slots
        if any(
            place == slot.facility.pk and start <= slot.starts_at and slot.ends_at <= end for place, start, end in gaps
        )
    }


def facilities_serving(kind: AppointmentType) -> QuerySet[Facility]:
    """Facilities in service with a counter in service for this type, whoever runs them."""
    counters = Counter.objects.filter(is_active=True, types=kind)
    return Facility.objects.filter(counters__in=counters, is_active=True).distinct()


def answers_for(staff: StaffMember, appointment: Appointment) -> bool:
    """Whether this person's town booked it for a caller; `booked_for_callers_of` for one, no query."""
    return appointment.booked_by_id is not None and appointment.booked_through_id in rules.towns_answered_for(staff)


def may_change(staff: StaffMember, appointment: Appointment) -> bool:
    """Whether this person moves, cancels and reprints it: who receives people there, and the town that booked it."""
    return rules.works_at(staff, appointment.facility) or answers_for(staff, appointment)


def booked_elsewhere(staff: StaffMember) -> AppointmentQuerySet:
    """What this person's town booked for its callers at counters they do not see, in order of time."""
    seen = Facility.objects.visible_to(staff)
    return Appointment.objects.booked_for_callers_of(staff).exclude(facility__in=seen).order_by("starts_at", "pk")


@dataclass(frozen=True)
class ElsewhereInShort:
    """How many are to come, and when and where the next one is."""

    number: int
    starts_at: datetime | None = None
    place: str = ""


def elsewhere_in_short(staff: StaffMember) -> ElsewhereInShort:
    """Two queries at most; none for who answers for no town."""
    if not rules.towns_answered_for(staff):
        return ElsewhereInShort(0)
    coming = booked_elsewhere(staff).booked().filter(starts_at__gt=timezone.now())
    first = coming.values_list("starts_at", "facility__name").first()
    return ElsewhereInShort(coming.count(), *first) if first else ElsewhereInShort(0)
