"""Earlier please: a freed start goes to those who wait for it, one at a time and in order, before it goes to all.

A cancelled or moved appointment leaves, in its own transaction, a hold that belongs to nobody yet. Whoever comes by
(the worker, or anybody who meets the hold after its hour) offers it to the next waiting person: the hold is then theirs
until the deadline. So there is one holder at any moment, whoever crashes, and a clock never gives a place away twice.
When nobody waits any more, the hold lapses after a random delay and the time is public: watching the page pays nothing.

Everybody locks in one order, so that nobody waits in a circle: an appointment of one's own, the hold, its offer, the
queue, the person whom a start is offered to (their appointment before their entry).
"""

import random
import uuid
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking.appointments.enums import KeptFor, State
from booking.appointments.exceptions import NotOffered, OfferLapsed, SlotTaken
from booking.appointments.free_time.gaps import rebuild_day
from booking.appointments.free_time.holding import hold_minutes, hold_time
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, Counter, CounterOffering, EarlierOffer, WaitingListEntry
from booking.appointments.models.waiting import (
    MOST_UNANSWERED,
    OPEN_OFFERS,
    OfferState,
    WaitingListEntryQuerySet,
    WaitingState,
)
from booking.appointments.waiting_list import messages
from booking.residents.actions import revoke_links
from booking.residents.deadlines import answer_by
from booking.residents.references import keyed_hash, new_reference
from municipalities.database.locks import AdvisoryLock, one_at_a_time
from municipalities.database.transactions import Busy, inner_transaction, patient_transaction
from municipalities.distance import distance_km
from municipalities.phones import takes_sms
from municipalities.zone import ZONE

#: The random delay before freed time that somebody waited for becomes public.
REOPENS_AFTER = (timedelta(minutes=1), timedelta(minutes=10))
#: Candidates looked at for one freed start before it is left to the public.
MOST_CANDIDATES = 500


def keep_for_the_waiting(freed: Appointment, counter_id: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Hold time that an appointment has just left, if somebody waits for such time. Inside that transaction."""
    now = timezone.now()
    if answer_by(now, starts_at, ZONE) is None or not _candidates(counter_id, starts_at).exists():
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
        kept_for=KeptFor.WAITING,
        changed_at=now,
    )
    return True


def offer_freed_starts() -> int:
    """Offer every start that waits for a taker. For the worker; safe to run anywhere, any number of times."""
    offered = 0
    open_offer = EarlierOffer.objects.filter(hold=OuterRef("pk"), state__in=OPEN_OFFERS)
    unclaimed = Appointment.objects.held().filter(
        ~Exists(open_offer), kept_for=KeptFor.WAITING, browser_hash__isnull=True
    )
    for hold_id in list(unclaimed.order_by("starts_at").values_list("pk", flat=True)[:200]):
        try:
            with patient_transaction():
                hold = _lock_hold(hold_id)
                if hold is not None and _offer_next(hold):
                    offered += 1
        except Busy:
            continue  # the others do not wait for this one; the next run comes back to it
    return offered


def pass_on(hold: Appointment) -> bool:
    """A start whose person did not want it, or did not answer: to the next, else free for all. Inside a transaction.

    True when somebody else has it now.
    """
    for offer in EarlierOffer.objects.filter(hold=hold, state__in=OPEN_OFFERS).select_for_update():
        was_answered = offer.state == OfferState.CLAIMED
        _close(offer, OfferState.LAPSED)
        if not was_answered:
            _left_unanswered(offer.entry_id)
    if _offer_next(hold):
        return True
    hold.delete()
    rebuild_day(hold.counter_id, hold.starts_at)
    return False


def _left_unanswered(entry_id: uuid.UUID) -> None:
    """One more offer without an answer. Whoever has had enough of them is asked once, then left alone."""
    one_at_a_time(AdvisoryLock.WAITING_LIST)
    entry = WaitingListEntry.objects.waiting().filter(pk=entry_id).select_for_update(of=("self",)).first()
    if entry is None:
        return
    entry.unanswered += 1
    entry.save(update_fields=["unanswered"])
    if entry.unanswered == MOST_UNANSWERED:
        messages.owed_on_silence(entry)


def _has_answered(entry_id: uuid.UUID) -> None:
    WaitingListEntry.objects.filter(pk=entry_id, unanswered__gt=0).update(unanswered=0)


def still_waiting(entry_id: uuid.UUID) -> None:
    """The answer to the question: offers begin again, at the same rank. Raises Busy."""
    with patient_transaction():
        _has_answered(entry_id)


def belongs_to_the_waiting(hold: Appointment) -> bool:
    """A hold made for the waiting list, claimed by a browser or not."""
    return hold.kept_for == KeptFor.WAITING


def claim_offer(*, offer_id: uuid.UUID, browser: str) -> Appointment:
    """The offered start is now held by this browser, for as long as any hold at least.

    Claiming again gives the same, from another browser too (the link is the right to it), and no more time.
    Raises OfferLapsed, Busy.
    """
    with patient_transaction():
        offer, hold = _lock_offer(offer_id)
        now = timezone.now()
        if offer is None or hold is None or hold.expires_at is None or hold.expires_at <= now:
            raise OfferLapsed
        hold.browser_hash = keyed_hash("browser", browser)
        if offer.state == OfferState.OFFERED:
            hold.expires_at = max(hold.expires_at, now + timedelta(minutes=hold_minutes()))
            _close(offer, OfferState.CLAIMED)
            _has_answered(offer.entry_id)
        hold.save(update_fields=["browser_hash", "expires_at"])
    return hold


def decline_offer(*, offer_id: uuid.UUID) -> None:
    """Not this one: the place in the queue is kept, the start goes to the next. Declining twice changes nothing."""
    with patient_transaction():
        offer, hold = _lock_offer(offer_id)
        if offer is not None and hold is not None:
            _close(offer, OfferState.DECLINED)
            _has_answered(offer.entry_id)
            pass_on(hold)


def settle_offer(hold: Appointment) -> None:
    """The offered start was booked, or moved to: its person has been served. Inside that transaction."""
    for offer in EarlierOffer.objects.filter(hold=hold, state__in=OPEN_OFFERS).select_related("entry"):
        _close(offer, OfferState.BOOKED)
        _end(offer.entry, WaitingState.SERVED)


def end_wish_of(appointment: Appointment) -> None:
    """An appointment that is cancelled waits for nothing any more; what it was offered goes to the next.

    Inside that transaction.
    """
    for entry_id in list(
        WaitingListEntry.objects.waiting().filter(appointment=appointment).values_list("pk", flat=True)
    ):
        take_off(entry_id)


def follow_contact_of(appointment: Appointment) -> None:
    """Whoever waits with this appointment is reached where it is reached now; old links end. Inside a transaction."""
    if not (appointment.email or takes_sms(appointment.phone)):
        end_wish_of(appointment)
        return
    for entry in WaitingListEntry.objects.waiting().filter(appointment=appointment).select_for_update():
        entry.email, entry.phone, entry.language = appointment.email, appointment.phone, appointment.language
        entry.save(update_fields=["email", "phone", "language"])
        revoke_links(subject_id=entry.pk)
        offers = EarlierOffer.objects.filter(entry=entry, state=OfferState.OFFERED).select_related("entry", "facility")
        offer = offers.first()
        if offer is None:
            messages.owed_on_waiting(entry)
        else:
            messages.owed_on_offer(offer)


def follow_people_of(appointment: Appointment) -> None:
    """Whoever waits with this appointment waits for as many people; what is offered for another number goes on.

    Inside a transaction.
    """
    for entry_id in list(
        WaitingListEntry.objects.waiting().filter(appointment=appointment).values_list("pk", flat=True)
    ):
        offers = EarlierOffer.objects.filter(entry=entry_id, state__in=OPEN_OFFERS)
        open_ids = list(offers.values_list("pk", flat=True))
        for offer_id in open_ids:
            _lock_offer(offer_id)
        if open_ids:
            one_at_a_time(AdvisoryLock.WAITING_LIST)
        WaitingListEntry.objects.filter(pk=entry_id).update(people_count=appointment.people_count)
        for offer in offers.select_related("hold__facility"):
            _close(offer, OfferState.LAPSED)
            if offer.hold is not None:
                pass_on(offer.hold)


def take_off(entry_id: uuid.UUID) -> None:
    """A person leaves the queue, what they are offered goes to the next. Inside a transaction."""
    offers = EarlierOffer.objects.filter(entry=entry_id, state__in=OPEN_OFFERS)
    open_ids = list(offers.values_list("pk", flat=True))
    for offer_id in open_ids:
        _lock_offer(offer_id)
    if open_ids:
        one_at_a_time(AdvisoryLock.WAITING_LIST)
    mine = WaitingListEntry.objects.select_for_update().get(pk=entry_id)
    if mine.state != WaitingState.WAITING:
        return
    _end(mine, WaitingState.LEFT)
    for offer in offers.select_related("hold__facility"):
        _close(offer, OfferState.DECLINED)
        if offer.hold is not None:
            pass_on(offer.hold)


def _end(entry: WaitingListEntry, state: WaitingState) -> None:
    """Its private links stay: they show what became of it, and change nothing any more."""
    entry.state, entry.ended_at = state, timezone.now()
    entry.save(update_fields=["state", "ended_at"])


def _close(offer: EarlierOffer, state: OfferState) -> None:
    offer.state, offer.answered_at = state, timezone.now()
    offer.save(update_fields=["state", "answered_at"])


def _facility_of(counter_id: int) -> int:
    return int(Counter.objects.values_list("facility_id", flat=True).get(pk=counter_id))


def _lock_offer(offer_id: uuid.UUID) -> tuple[EarlierOffer, Appointment] | tuple[None, None]:
    """An open offer with its hold, both locked; nothing when it has been answered or has gone on."""
    offers = EarlierOffer.objects.filter(pk=offer_id, state__in=OPEN_OFFERS, hold__isnull=False)
    hold_id = offers.values_list("hold", flat=True).first()
    hold = _lock_hold(hold_id, wait=True) if hold_id else None
    if hold is None:
        return None, None
    offer = offers.select_for_update(of=("self",)).filter(hold=hold).order_by("pk").first()
    return (offer, hold) if offer is not None else (None, None)


def _lock_hold(hold_id: uuid.UUID, *, wait: bool = False) -> Appointment | None:
    held = Appointment.objects.held().filter(pk=hold_id).order_by("pk")
    return held.select_for_update(of=("self",), skip_locked=not wait).first()


def _candidates(counter_id: int, starts_at: datetime) -> WaitingListEntryQuerySet:
    """Waiting people whom this start would suit as far as one statement can tell, in order."""
    local = starts_at.astimezone(ZONE)
    already = EarlierOffer.objects.filter(
        Q(state__in=OPEN_OFFERS) | Q(starts_at=starts_at, facility__counters=counter_id), entry=OuterRef("pk")
    )
    return (
        WaitingListEntry.objects.listening()
        .filter(
            ~Exists(already),
            Q(appointment__isnull=True) | Q(appointment__state=State.BOOKED, appointment__starts_at__gt=starts_at),
            Q(earliest__isnull=True) | Q(earliest__lte=local.time()),
            Q(latest__isnull=True) | Q(latest__gte=local.time()),
            Q(weekdays=[]) | Q(weekdays__contains=[local.weekday()]),
            Exists(CounterOffering.objects.filter(counter=counter_id, type=OuterRef("type"))),
            Q(facility_ids=[]) | Q(facility_ids__contains=[_facility_of(counter_id)]),
            from_day__lte=local.date(),
            until_day__gte=local.date(),
        )
        .order_by("created_at", "pk")
    )


def _offer_next(hold: Appointment) -> bool:
    """Offer a locked hold's start to the first waiting person who can have it. True when it was offered."""
    # The queue moves for one start at a time, else two starts freed at once overtake each other's people.
    one_at_a_time(AdvisoryLock.WAITING_LIST)
    now = timezone.now()
    deadline = answer_by(now, hold.starts_at, ZONE)
    if deadline is None:
        return False
    does_not_fit: set[tuple[int, int, int | None]] = set()
    queue = _candidates(hold.counter_id, hold.starts_at).select_related("home_municipality")
    for found in queue.defer("home_municipality__logo")[:MOST_CANDIDATES]:
        needs = (found.type_id, found.people_count, found.home_municipality_id)
        if needs in does_not_fit or not _near_enough(found, hold):
            continue
        entry = _lock_candidate(found, hold)
        if entry is None:
            continue
        try:
            with inner_transaction():
                hold_id = _exchange(hold, entry, now, deadline)
                EarlierOffer.objects.create(
                    entry=entry,
                    hold_id=hold_id,
                    facility_id=hold.facility_id,
                    starts_at=hold.starts_at,
                    offered_at=now,
                    deadline=deadline,
                )
        except (SlotTaken, NotOffered):
            does_not_fit.add(needs)
            continue
        messages.owed_on_offer(EarlierOffer.objects.select_related("entry", "facility").get(hold_id=hold_id))
        return True
    return False


def _lock_candidate(found: WaitingListEntry, hold: Appointment) -> WaitingListEntry | None:
    """Nobody loses a turn because their row is being written just now: it is waited for, then looked at again."""
    if found.appointment_id is not None:
        mine = Appointment.objects.filter(pk=found.appointment_id).select_for_update(of=("self",), no_key=True)
        if mine.order_by("pk").first() is None:
            return None
    WaitingListEntry.objects.filter(pk=found.pk).select_for_update(of=("self",)).order_by("pk").only("pk").first()
    return (
        _candidates(hold.counter_id, hold.starts_at)
        .filter(pk=found.pk)
        .select_related("type", "home_municipality", "appointment", "booked_through")
        .first()
    )


def _near_enough(entry: WaitingListEntry, hold: Appointment) -> bool:
    home, place = entry.home_municipality, hold.facility
    if entry.radius_km is None or home is None:
        return True
    return distance_km(home.latitude, home.longitude, place.latitude, place.longitude) <= entry.radius_km


def _exchange(hold: Appointment, entry: WaitingListEntry, now: datetime, deadline: datetime) -> uuid.UUID:
    """Give back nobody's hold and take the start for this person: with their duration, by the rules they book under."""
    Appointment.objects.filter(pk=hold.pk).delete()
    rebuild_day(hold.counter_id, hold.starts_at)
    return hold_time(
        type=entry.type,
        people=entry.people_count,
        facility=hold.facility,
        starts_at=hold.starts_at,
        viewer=Viewer.resident(entry.home_municipality),
        expires_at=deadline,
        kept_for=KeptFor.WAITING,
        any_minute=True,
        moves=entry.appointment,
        booked_through=entry.booked_through,
        now=now,
    ).pk
