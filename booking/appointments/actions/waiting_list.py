"""Earlier please: a freed start goes to those who wait for it, one at a time and in order, before it goes to all.

A cancelled or moved appointment leaves, in its own transaction, a hold that belongs to nobody yet. Whoever comes by
(the worker, or anybody who meets the hold after its hour) offers it to the next waiting person: the hold is then theirs
until the deadline. So there is one holder at any moment, whoever crashes, and a clock never gives a place away twice.
When nobody waits any more, the hold lapses after a random delay and the time is public: watching the page pays nothing.
"""

import random
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking.appointments import messages
from booking.appointments.actions.taking import hold_minutes, patient_transaction, take_for
from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyWaiting, NotOffered, OfferLapsed, SlotTaken
from booking.appointments.free_time import rebuild_day, zone
from booking.appointments.models import Appointment, AppointmentType, Counter, EarlierOffer, Offer, WaitingListEntry
from booking.appointments.models.waiting import OPEN_OFFERS, OfferState, WaitingListEntryQuerySet, WaitingState
from booking.appointments.references import keyed_hash, new_reference
from booking.appointments.visibility import Viewer
from booking.appointments.waiting import answer_by
from booking.residents.actions import revoke_links
from municipalities.distance import distance_km
from municipalities.models import Municipality

#: The random delay before freed time that somebody waited for becomes public.
REOPENS_AFTER = (timedelta(minutes=1), timedelta(minutes=10))
#: Candidates looked at for one freed start before it is left to the public.
MOST_CANDIDATES = 500


@dataclass(frozen=True)
class Wish:
    """What a waiting person would take. Dates local and inclusive, hours those of the start; empty means any."""

    from_day: date
    until_day: date
    facility_ids: tuple[int, ...] = ()
    radius_km: int | None = None
    weekdays: frozenset[int] = field(default_factory=frozenset)
    earliest: time | None = None
    latest: time | None = None


def join_waiting_list(
    *,
    wish: Wish,
    appointment: Appointment | None = None,
    type: AppointmentType | None = None,
    people: int = 1,
    email: str = "",
    phone: str = "",
    language: str = "fr",
    home: Municipality | None = None,
    booked_through: Municipality | None = None,
) -> WaitingListEntry:
    """Ask for an earlier time: for an appointment one has, or for a type and a number of people without one.

    With an appointment, its type, people and contact count. Raises AlreadyWaiting, NotOffered, Busy.
    """
    if appointment is not None:
        if appointment.state != State.BOOKED or appointment.starts_at <= timezone.now():
            raise NotOffered
        type, people = appointment.type, appointment.people_count
        email, phone, language = appointment.email, appointment.phone, appointment.language
        home = home or appointment.home_municipality
        booked_through = booked_through or appointment.booked_through
    if type is None or not 1 <= people <= type.max_people or not (email or phone):
        raise NotOffered
    try:
        with patient_transaction():
            entry = WaitingListEntry.objects.create(
                type=type,
                people_count=people,
                appointment=appointment,
                email=email,
                phone=phone,
                language=language,
                home_municipality=home,
                booked_through=booked_through,
                facility_ids=list(wish.facility_ids),
                radius_km=wish.radius_km,
                from_day=wish.from_day,
                until_day=wish.until_day,
                weekdays=sorted(wish.weekdays),
                earliest=wish.earliest,
                latest=wish.latest,
                created_at=timezone.now(),
            )
            messages.owed_on_waiting(entry)
    except IntegrityError as error:
        if "one_place_in_the_queue" not in str(error):
            raise
        raise AlreadyWaiting from error
    return entry


def leave_waiting_list(*, entry: WaitingListEntry) -> None:
    """Leave the queue; a start being offered goes to the next. Leaving twice changes nothing."""
    with patient_transaction():
        mine = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
        if mine.state != WaitingState.WAITING:
            return
        _end(mine, WaitingState.LEFT)
        for offer in EarlierOffer.objects.filter(entry=mine, state__in=OPEN_OFFERS).select_related("hold"):
            _close(offer, OfferState.DECLINED)
            if offer.hold is not None:
                pass_on(offer.hold)


def keep_for_the_waiting(freed: Appointment, counter_id: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Hold time that an appointment has just left, if somebody waits for such time. Inside that transaction."""
    now = timezone.now()
    if starts_at <= now or not _candidates(counter_id, starts_at).exists():
        return False
    low, high = REOPENS_AFTER
    delay = low + (high - low) * random.SystemRandom().random()
    Appointment.objects.create(
        reference=new_reference(),
        type_id=freed.type_id,
        facility_id=_facility_of(counter_id),
        counter_id=counter_id,
        starts_at=starts_at,
        ends_at=ends_at,
        people_count=1,
        state=State.HELD,
        expires_at=now + delay,
        changed_at=now,
    )
    return True


def offer_freed_starts() -> int:
    """Offer every start that waits for a taker. For the worker; safe to run anywhere, any number of times."""
    offered = 0
    open_offer = EarlierOffer.objects.filter(hold=OuterRef("pk"), state__in=OPEN_OFFERS)
    unclaimed = Appointment.objects.held().filter(~Exists(open_offer), browser_hash__isnull=True)
    for hold_id in list(unclaimed.order_by("starts_at").values_list("pk", flat=True)[:200]):
        with patient_transaction():
            hold = _lock_hold(hold_id)
            if hold is not None and _offer_next(hold):
                offered += 1
    return offered


def pass_on(hold: Appointment) -> bool:
    """A start whose person did not want it, or did not answer: to the next, else free for all. Inside a transaction.

    True when somebody else has it now.
    """
    for offer in EarlierOffer.objects.filter(hold=hold, state__in=OPEN_OFFERS):
        _close(offer, OfferState.LAPSED)
    if _offer_next(hold):
        return True
    hold.delete()
    rebuild_day(hold.counter_id, hold.starts_at)
    return False


def belongs_to_the_waiting(hold: Appointment) -> bool:
    """A hold made for the waiting list, claimed by a browser or not. Ordinary holds always know an address."""
    return hold.address_hash is None


def claim_offer(*, offer_id: uuid.UUID, browser: str) -> Appointment:
    """The offered start is now held by this browser, for as long as any hold at least. Claiming again gives the same.

    Raises OfferLapsed, Busy.
    """
    with patient_transaction():
        offer = EarlierOffer.objects.select_for_update(of=("self",)).filter(pk=offer_id).first()
        hold = _lock_hold(offer.hold_id, wait=True) if offer and offer.hold_id else None
        if offer is None or hold is None or offer.state not in OPEN_OFFERS:
            raise OfferLapsed
        now = timezone.now()
        if hold.expires_at is None or hold.expires_at <= now:
            raise OfferLapsed
        hold.browser_hash = keyed_hash("browser", browser)
        hold.expires_at = max(hold.expires_at, now + timedelta(minutes=hold_minutes()))
        hold.save(update_fields=["browser_hash", "expires_at"])
        _close(offer, OfferState.CLAIMED)
    return hold


def decline_offer(*, offer_id: uuid.UUID) -> None:
    """Not this one: the place in the queue is kept, the start goes to the next. Declining twice changes nothing."""
    with patient_transaction():
        offer = EarlierOffer.objects.select_for_update(of=("self",)).filter(pk=offer_id).first()
        if offer is None or offer.state not in OPEN_OFFERS:
            return
        _close(offer, OfferState.DECLINED)
        hold = _lock_hold(offer.hold_id, wait=True) if offer.hold_id else None
        if hold is not None:
            pass_on(hold)


def settle_offer(hold: Appointment) -> None:
    """The offered start was booked, or moved to: its person has been served. Inside that transaction."""
    for offer in EarlierOffer.objects.filter(hold=hold, state__in=OPEN_OFFERS).select_related("entry"):
        _close(offer, OfferState.BOOKED)
        _end(offer.entry, WaitingState.SERVED)


def end_wish_of(appointment: Appointment) -> None:
    """An appointment that is cancelled waits for nothing any more. Inside that transaction."""
    for entry in WaitingListEntry.objects.waiting().filter(appointment=appointment):
        _end(entry, WaitingState.LEFT)


def _end(entry: WaitingListEntry, state: WaitingState) -> None:
    entry.state, entry.ended_at = state, timezone.now()
    entry.save(update_fields=["state", "ended_at"])
    revoke_links(subject_id=entry.pk)


def _close(offer: EarlierOffer, state: OfferState) -> None:
    offer.state, offer.answered_at = state, timezone.now()
    offer.save(update_fields=["state", "answered_at"])


def _facility_of(counter_id: int) -> int:
    return int(Counter.objects.values_list("facility_id", flat=True).get(pk=counter_id))


def _lock_hold(hold_id: uuid.UUID, *, wait: bool = False) -> Appointment | None:
    return (
        Appointment.objects.held()
        .filter(pk=hold_id)
        .select_for_update(of=("self",), skip_locked=not wait)
        .select_related("facility__municipality")
        .first()
    )


def _candidates(counter_id: int, starts_at: datetime) -> WaitingListEntryQuerySet:
    """Waiting people whom this start would suit as far as one statement can tell, in order."""
    local = starts_at.astimezone(zone())
    already = EarlierOffer.objects.filter(
        Q(state__in=OPEN_OFFERS) | Q(starts_at=starts_at, facility__counters=counter_id), entry=OuterRef("pk")
    )
    return (
        WaitingListEntry.objects.waiting()
        .filter(
            ~Exists(already),
            Q(appointment__isnull=True) | Q(appointment__state=State.BOOKED, appointment__starts_at__gt=starts_at),
            Q(earliest__isnull=True) | Q(earliest__lte=local.time()),
            Q(latest__isnull=True) | Q(latest__gte=local.time()),
            Q(weekdays=[]) | Q(weekdays__contains=[local.weekday()]),
            Exists(Offer.objects.filter(counter=counter_id, type=OuterRef("type"))),
            Q(facility_ids=[]) | Q(facility_ids__contains=[_facility_of(counter_id)]),
            from_day__lte=local.date(),
            until_day__gte=local.date(),
        )
        .order_by("created_at", "pk")
    )


def _offer_next(hold: Appointment) -> bool:
    """Offer a locked hold's start to the first waiting person who can have it. True when it was offered."""
    now = timezone.now()
    found = _candidates(hold.counter_id, hold.starts_at).select_related("type", "home_municipality", "appointment")
    for entry in found.select_for_update(of=("self",), skip_locked=True)[:MOST_CANDIDATES]:
        if not _near_enough(entry, hold):
            continue
        deadline = answer_by(now, hold.starts_at, zone())
        if deadline is None:
            return False
        try:
            with transaction.atomic():
                hold_id = _exchange(hold, entry, now, deadline)
                EarlierOffer.objects.create(
                    entry=entry,
                    hold_id=hold_id,
                    facility_id=hold.facility_id,
                    starts_at=hold.starts_at,
                    offered_at=now,
                    deadline=deadline,
                )
        except (SlotTaken, NotOffered, IntegrityError):
            continue
        messages.owed_on_offer(EarlierOffer.objects.select_related("entry", "facility").get(hold_id=hold_id))
        return True
    return False


def _near_enough(entry: WaitingListEntry, hold: Appointment) -> bool:
    home, place = entry.home_municipality, hold.facility
    if entry.radius_km is None or home is None:
        return True
    return distance_km(home.latitude, home.longitude, place.latitude, place.longitude) <= entry.radius_km


def _exchange(hold: Appointment, entry: WaitingListEntry, now: datetime, deadline: datetime) -> uuid.UUID:
    """Give back nobody's hold and take the start for this person: with their duration, by the rules they book under."""
    Appointment.objects.filter(pk=hold.pk).delete()
    rebuild_day(hold.counter_id, hold.starts_at)
    return take_for(
        type=entry.type,
        people=entry.people_count,
        facility=hold.facility,
        starts_at=hold.starts_at,
        viewer=Viewer.resident(entry.home_municipality),
        expires_at=deadline,
        moves=entry.appointment,
        booked_through=entry.booked_through,
        now=now,
    )
