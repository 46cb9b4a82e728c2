"""A counter fails, an agent is ill: close it and find every appointment another place, or say which have none."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from booking.appointments import messages
from booking.appointments.actions.calendar import close_counter
from booking.appointments.actions.changes import shift
from booking.appointments.actions.taking import patient_transaction, take_for
from booking.appointments.answers import Search, Slot
from booking.appointments.availability import find
from booking.appointments.enums import State
from booking.appointments.exceptions import SlotTaken
from booking.appointments.models import Appointment, Counter, CounterClosure
from booking.appointments.visibility import Viewer
from municipalities.distance import distance_km
from municipalities.languages import Translated
from municipalities.models import StaffMember

#: How far a person may be sent without being asked: the same day, this much earlier or later, this far away.
MOST_MINUTES = 120
MOST_KM = 15.0


@dataclass(frozen=True)
class Proposal:
    """Where an appointment can go; `slot` None: nowhere that is near enough, a person must be called."""

    appointment: Appointment
    slot: Slot | None
    km: float = 0.0

    @property
    def minutes_apart(self) -> int:
        """Minutes later than before; negative when earlier."""
        if self.slot is None:
            return 0
        return int((self.slot.starts_at - self.appointment.starts_at) / timedelta(minutes=1))


@dataclass(frozen=True)
class Rehoming:
    closure: CounterClosure
    moved: list[Proposal]
    unsolved: list[Appointment]


class _OnlyLooking(Exception):
    """Ends a plan: everything it tried is rolled back."""


def plan_rehoming(*, counter: Counter, period: tuple[datetime, datetime], by: StaffMember) -> list[Proposal]:
    """What closing this counter would do to its appointments, in order of time. Changes nothing. Raises Busy."""
    found: list[Proposal] = []
    try:
        with patient_transaction():
            close_counter(counter=counter, period=period, reason=Translated(fr="…"), by=by, keep_appointments=True)
            for appointment in _touched(counter, period):
                proposal = _propose(appointment, by)
                if proposal.slot is not None:
                    _take(proposal, by)
                found.append(proposal)
            raise _OnlyLooking
    except _OnlyLooking:
        return found


def rehome(
    *,
    counter: Counter,
    period: tuple[datetime, datetime],
    reason: Translated,
    by: StaffMember,
    only: Collection[uuid.UUID] | None = None,
) -> Rehoming:
    """Close the counter and move its appointments to the nearest equal time: same facility first, then the pool.

    `only` names the appointments to move (None: all that fit); the others stay, listed. Each person is told once,
    with a link to choose another time. All or nothing. Raises Busy.
    """
    moved, unsolved = [], []
    with patient_transaction():
        closure = close_counter(counter=counter, period=period, reason=reason, by=by, keep_appointments=True)
        now = timezone.now()
        for appointment in _touched(counter, period):
            proposal = _propose(appointment, by) if only is None or appointment.pk in only else None
            if proposal is None or proposal.slot is None:
                unsolved.append(appointment)
                continue
            hold = Appointment.objects.get(pk=_take(proposal, by))
            appointment.browser_hash = None
            shift(appointment, hold, now)
            said = Translated(reason).in_language(appointment.language)
            messages.owed_on_rehoming(appointment, reason=said, now=now)
            moved.append(proposal)
    return Rehoming(closure, moved, unsolved)


def _touched(counter: Counter, period: tuple[datetime, datetime]) -> Sequence[Appointment]:
    """Appointments to come that the closure takes time from, locked, in order."""
    return list(
        Appointment.objects.filter(
            counter=counter,
            state=State.BOOKED,
            starts_at__lt=period[1],
            ends_at__gt=max(period[0], timezone.now()),
            starts_at__gt=timezone.now(),
        )
        .select_related("facility__municipality", "type", "booked_through")
        .select_for_update(of=("self",))
        .order_by("starts_at")
    )


def _propose(appointment: Appointment, by: StaffMember) -> Proposal:
    """The nearest equal time of the same day: the same facility before others, then by minutes, then by distance."""
    place = appointment.facility
    viewer = Viewer(home=place.municipality, staff=True, facility_ids=frozenset({place.pk}))
    day = timezone.localdate(appointment.starts_at)
    answer = find(
        Search(
            appointment.type,
            appointment.people_count,
            viewer,
            facilities=(place.pk,) if appointment.type.is_collection else None,
            day=day,
            limit=1,
        )
    )
    choices = []
    for found in answer.day_facilities:
        there = found.facility
        km = distance_km(place.latitude, place.longitude, there.latitude, there.longitude)
        for slot in found.slots:
            apart = abs(slot.starts_at - appointment.starts_at)
            if apart <= timedelta(minutes=MOST_MINUTES) and km <= MOST_KM:
                choices.append((there.pk != place.pk, apart, km, slot.starts_at, there.pk, slot))
    if not choices:
        return Proposal(appointment, None)
    best = min(choices, key=lambda choice: choice[:5])
    return Proposal(appointment, best[5], best[2])


def _take(proposal: Proposal, by: StaffMember) -> uuid.UUID:
    appointment, slot = proposal.appointment, proposal.slot
    if slot is None:
        raise SlotTaken
    place = appointment.facility
    now = timezone.now()
    with transaction.atomic():
        return take_for(
            type=appointment.type,
            people=appointment.people_count,
            facility=slot.facility,
            starts_at=slot.starts_at,
            viewer=Viewer(home=place.municipality, staff=True, facility_ids=frozenset({place.pk})),
            expires_at=now + timedelta(minutes=10),
            now=now,
            moves=appointment,
            by=by,
        )
