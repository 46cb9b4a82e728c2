"""A counter fails, an agent is ill: close it and find every appointment another place, or say which have none."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.changes import shift
from booking.appointments.enums import KeptFor, State
from booking.appointments.exceptions import NotOffered, SlotTaken
from booking.appointments.free_time.gaps import counters_with_place, rebuild
from booking.appointments.free_time.holding import hold_time
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.messages import owed
from booking.appointments.models import Appointment, Counter, CounterClosure, EarlierOffer
from booking.appointments.models.waiting import OPEN_OFFERS, OfferState
from booking.appointments.planning.openings import close_counter
from booking.appointments.rehoming.assignment import Gap, reseat
from booking.appointments.search.answers import Search, Slot, parse_token
from booking.appointments.search.availability import free_time_of_day
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.distance import distance_km
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import Facility, StaffMember

#: A plan is made again for those whose place was taken otherwise than it foresaw, this often at most.
MOST_ROUNDS = 4


class PlanOvertaken(Refusal):
    """Between the plan and its confirmation: `taken` lost the place proposed, `new` were booked since."""

    code = "plan_overtaken"
    sentence = _("Le calendrier a changé depuis l’aperçu. Rien n’est encore fait : vérifiez le nouveau plan.")

    def __init__(self, taken: Sequence[Appointment], new: Sequence[Appointment]) -> None:
        super().__init__()
        self.taken = taken
        self.new = new


@dataclass(frozen=True)
class NewTime:
    """Where an appointment can go; `slot` None: nowhere that is near enough, a person must be called.

    `was_at` is the hour it had, whatever became of the appointment since.
    """

    appointment: Appointment
    slot: Slot | None
    km: float = 0.0
    was_at: datetime | None = None

    @property
    def minutes_apart(self) -> int:
        """Minutes later than before; negative when earlier."""
        if self.slot is None:
            return 0
        return int((self.slot.starts_at - (self.was_at or self.appointment.starts_at)) / timedelta(minutes=1))

    @property
    def minutes_earlier(self) -> int:
        return -self.minutes_apart


@dataclass(frozen=True)
class Rehoming:
    """`gone`: confirmed for moving, but cancelled or moved by somebody else meanwhile. `released`: holds given up."""

    closure: CounterClosure
    moved: list[NewTime]
    unsolved: list[Appointment]
    gone: list[uuid.UUID] = field(default_factory=list)
    released: int = 0


class _OnlyLooking(Exception):
    """Ends a plan: everything it tried is rolled back."""


def plan_rehoming(*, counter: Counter, period: tuple[datetime, datetime], by: StaffMember) -> list[NewTime]:
    """What closing this counter would do to its appointments, in order of time. Changes nothing. Raises Busy."""
    found: list[NewTime] = []
    try:
        with patient_transaction(by=by):
            close_counter(counter=counter, period=period, reason=Translated(fr="…"), by=by, keep_appointments=True)
            found = [proposal for proposal, _hold in _place(_touched(counter, period), by)]
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
    agreed: Mapping[uuid.UUID, str] | None = None,
    shown: Collection[uuid.UUID] | None = None,
) -> Rehoming:
    """Close the counter and move its appointments to the nearest equal time: same facility first, then the pool.

    `only` names the appointments to move (None: all that fit); the others stay, listed. With `agreed`, the token of a
    slot per appointment to move, exactly these slots are taken, and with `shown` no appointment is touched that was
    not among them: otherwise PlanOvertaken. Each person is told once, with a link to choose another time. Time held
    by somebody who is still typing is given up. All or nothing. Raises PlanOvertaken, Busy.
    """
    with patient_transaction(by=by):
        closure = close_counter(counter=counter, period=period, reason=reason, by=by, keep_appointments=True)
        now = timezone.now()
        released = _give_up_holds(counter, period)
        touched = _touched(counter, period)
        if agreed is None:
            chosen = [appointment for appointment in touched if only is None or appointment.pk in only]
            placed = _place(chosen, by)
        else:
            placed = _as_agreed(touched, agreed, shown, by)
        moved = []
        holds = Appointment.objects.in_bulk([hold_id for _proposal, hold_id in placed if hold_id])
        # All at once: deleting one by one asks every table that could point to it, once per person.
        Appointment.objects.filter(pk__in=holds).delete()
        for proposal, hold_id in placed:
            if hold_id is None:
                continue
            appointment = proposal.appointment
            moved.append(replace(proposal, was_at=appointment.starts_at))
            appointment.browser_hash = None
            before = appointment.starts_at
            shift(appointment, holds[hold_id], now)
            said = Translated(reason).in_language(appointment.language)
            owed.owed_on_rehoming(appointment, reason=said, before=before, now=now)
        if moved:
            # An appointment that reached beyond the closure leaves its other minutes free.
            _rebuild_days(counter, {timezone.localdate(proposal.was_at) for proposal in moved if proposal.was_at})
        done = {proposal.appointment.pk for proposal in moved}
        known = {appointment.pk for appointment in touched}
    return Rehoming(
        closure,
        moved,
        [appointment for appointment in touched if appointment.pk not in done],
        [pk for pk in agreed or () if pk not in known],
        released,
    )


def running(counter: Counter, period: tuple[datetime, datetime]) -> list[Appointment]:
    """Appointments that have begun, or were called early, and that the closure runs into: they end where they are."""
    now = timezone.now()
    return list(
        Appointment.objects.booked()
        .filter(
            Q(starts_at__lte=now) | Q(called_at__isnull=False),
            counter=counter,
            starts_at__lt=period[1],
            ends_at__gt=max(period[0], now),
        )
        .select_related("facility", "type")
        .prefetch_related("people")
        .order_by("starts_at")
    )


def _touched(counter: Counter, period: tuple[datetime, datetime]) -> Sequence[Appointment]:
    """Appointments to come that the closure takes time from, locked, in order."""
    locked = Appointment.objects.filter(
        counter=counter,
        state=State.BOOKED,
        called_at__isnull=True,
        starts_at__lt=period[1],
        ends_at__gt=max(period[0], timezone.now()),
        starts_at__gt=timezone.now(),
    ).select_for_update(of=("self",))
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    rows = Appointment.objects.select_related("facility__municipality", "type", "booked_through")
    return list(rows.filter(pk__in=ids).order_by("starts_at"))


def _give_up_holds(counter: Counter, period: tuple[datetime, datetime]) -> int:
    """Whoever is typing learns at the next step that the time is gone, before relying on it."""
    holds = [
        hold.pk
        for hold in Appointment.objects.held()
        .filter(counter=counter, starts_at__lt=period[1], ends_at__gt=period[0])
        .select_for_update(of=("self",))
        .order_by("pk")
    ]
    if holds:
        EarlierOffer.objects.filter(hold__in=holds, state__in=OPEN_OFFERS).update(
            state=OfferState.LAPSED, answered_at=timezone.now()
        )
        Appointment.objects.filter(pk__in=holds).delete()
    return len(holds)


def _rebuild_days(counter: Counter, days: Iterable[date]) -> None:
    for day in sorted(days):
        rebuild(counters_with_place().filter(pk=counter.pk), day, day)


Placed = tuple[NewTime, uuid.UUID | None]


def _place(appointments: Sequence[Appointment], by: StaffMember) -> list[Placed]:
    """A proposal for each, its time held; in order of time. The longest appointments choose first."""
    groups: dict[tuple[date, int, int], list[Appointment]] = defaultdict(list)
    for appointment in appointments:
        day = timezone.localdate(appointment.starts_at)
        groups[day, appointment.type_id, appointment.people_count].append(appointment)
    placed: dict[uuid.UUID, Placed] = {}
    for key in sorted(groups, key=lambda key: (key[0], -_length(groups[key][0]), key[1])):
        left = groups[key]
        for _round in range(MOST_ROUNDS):
            found = _propose(left, key[0])
            before, left = left, []
            for proposal in found:
                try:
                    hold = _take(proposal.appointment, proposal.slot, by) if proposal.slot else None
                except (SlotTaken, NotOffered):
                    # Of several equal counters another one was chosen than the plan had in mind: look again.
                    left.append(proposal.appointment)
                    continue
                placed[proposal.appointment.pk] = (proposal, hold)
            if not left or len(left) == len(before):
                break
        for appointment in left:
            placed[appointment.pk] = (NewTime(appointment, None), None)
    return [placed[appointment.pk] for appointment in appointments]


def _length(appointment: Appointment) -> timedelta:
    return appointment.ends_at - appointment.starts_at


def _propose(appointments: Sequence[Appointment], day: date) -> list[NewTime]:
    """The published rule (see reseating.py) for appointments of one counter, day, type and number of people."""
    first = appointments[0]
    place, now = first.facility, timezone.now()
    only = (place.pk,) if first.type.is_collection else None
    free = free_time_of_day(Search(first.type, first.people_count, _viewer(place), only), day, now=now)
    places = {gap.facility.pk: gap.facility for gap in free}
    km = {
        pk: distance_km(place.latitude, place.longitude, there.latitude, there.longitude)
        for pk, there in places.items()
    }
    rooms = [
        Gap(
            gap.facility.pk,
            gap.starts_at,
            gap.ends_at,
            gap.latest,
            gap.length,
            km[gap.facility.pk],
            gap.facility.pk == place.pk,
        )
        for gap in free
    ]
    lengths = {room.facility_id: room.length for room in rooms}
    seats = reseat([appointment.starts_at for appointment in appointments], rooms, now)
    found = []
    for appointment, seat in zip(appointments, seats, strict=True):
        slot = None
        if seat is not None:
            ends_at = seat.starts_at + lengths[seat.facility_id]
            slot = Slot(places[seat.facility_id], seat.starts_at, ends_at, appointment.people_count)
        found.append(NewTime(appointment, slot, seat.km if seat else 0.0, appointment.starts_at))
    return found


def _as_agreed(
    touched: Sequence[Appointment],
    agreed: Mapping[uuid.UUID, str],
    shown: Collection[uuid.UUID] | None,
    by: StaffMember,
) -> list[Placed]:
    """Each appointment to the very slot that was shown beside it. Raises PlanOvertaken with all that differs."""
    new = [appointment for appointment in touched if shown is not None and appointment.pk not in shown]
    placed: list[Placed] = []
    taken = []
    places = _places_of(agreed.values())
    for appointment in touched:
        if appointment.pk not in agreed:
            continue
        try:
            facility_id, starts_at = parse_token(agreed[appointment.pk])
            there = places[facility_id]
            slot = Slot(there, starts_at, starts_at + _length(appointment), appointment.people_count)
            hold = _take(appointment, slot, by)
        except (SlotTaken, NotOffered, ValueError, KeyError):
            taken.append(appointment)
            continue
        here = appointment.facility
        km = distance_km(here.latitude, here.longitude, there.latitude, there.longitude)
        placed.append((NewTime(appointment, slot, km, appointment.starts_at), hold))
    if new or taken:
        raise PlanOvertaken(taken, new)
    return placed


def _places_of(tokens: Iterable[str]) -> dict[int, Facility]:
    ids = set()
    for token in tokens:
        with suppress(ValueError):
            ids.add(parse_token(token)[0])
    return Facility.objects.select_related("municipality").in_bulk(sorted(ids))


def _viewer(place: Facility) -> Viewer:
    return Viewer(home=place.municipality, staff=True, facility_ids=frozenset({place.pk}))


def _take(appointment: Appointment, slot: Slot, by: StaffMember) -> uuid.UUID:
    now = timezone.now()
    if slot.starts_at <= now:
        raise SlotTaken
    with inner_transaction():
        return hold_time(
            type=appointment.type,
            people=appointment.people_count,
            facility=slot.facility,
            starts_at=slot.starts_at,
            viewer=_viewer(appointment.facility),
            expires_at=now + timedelta(minutes=10),
            now=now,
            kept_for=KeptFor.REHOMING,
            any_minute=True,
            moves=appointment,
            by=by,
        ).pk
