"""Freed numbers go to those who wait, one at a time and in order, however they became free.

One mechanism for all of it, cancelling, expiry, staff: whoever looks next finds what is free, and until then nobody
else does, for `numbers.FREE_SQL` leaves to those who wait what they have not let go. The beat looks every minute.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from booking.activities.enrolling import numbers
from booking.activities.enrolling.eligibility import obstacles
from booking.activities.enrolling.holding import office_of
from booking.activities.enrolling.numbers import Wanted
from booking.activities.enrolling.people import family_of
from booking.activities.enrolling.refusals import GroupFull, NotEnrolled
from booking.activities.models import (
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    LeftBecause,
    Session,
    Waiting,
)
from booking.activities.seasons.offered import Offered, offered
from booking.activities.waiting import letters
from booking.activities.waiting.lists import end_offer
from booking.residents.deadlines import LONG_STEPS, answer_by
from booking.residents.models import Membership
from municipalities.database.transactions import patient_transaction
from municipalities.zone import ZONE

log = structlog.get_logger(__name__)


def follow(now: datetime | None = None) -> int:
    """Let lapse what nobody answered, and offer what is free to whoever is next. How many offers were made."""
    now = now or timezone.now()
    lapse(now)
    there = Membership.objects.filter(household=OuterRef("household"), member=OuterRef("member"))
    # Erased, or no longer of the family that waits for them.
    _leave(Waiting.objects.filter(~Exists(there)), LeftBecause.FAMILY, now)
    waits = Waiting.objects.filter(left_at__isnull=True, offer__isnull=True)
    made = sum(offer_free(group, now=now) for group in sorted(set(waits.values_list("group", flat=True))))
    if made:
        log.info("pool_places_offered", offers=made)
    return made


def lapse(now: datetime) -> int:
    """Offers whose hour is over go to the next; whoever did not answer keeps their rank."""
    over = Enrolment.objects.filter(state=EnrolmentState.OFFERED, held_until__lte=now).order_by("pk")
    with patient_transaction():
        found = list(over.select_for_update(of=("self",), no_key=True, skip_locked=True))
        for line in found:
            end_offer(line, EndReason.EXPIRED, now)
    return len(found)


def _leave(entries: QuerySet[Waiting], because: LeftBecause, now: datetime, *, is_told: bool = False) -> None:
    """Those of them to whom nothing is being offered."""
    with patient_transaction():
        leaving = entries.filter(left_at__isnull=True, offer__isnull=True).order_by("pk")
        found = list(leaving.select_for_update(of=("self",), no_key=True))
        Waiting.objects.filter(pk__in=[one.pk for one in found]).update(left_at=now, left_because=because)
        if is_told:
            for entry in found:
                letters.owe_list_over(entry, now=now)


def offer_free(group: int, *, now: datetime) -> int:
    """Every free number of this group to one of those who wait, as long as there are both. How many offers."""
    known = offered().get(group)
    if known is None or known.next_meeting(now) is None:
        ahead = Session.objects.filter(group=group, starts_at__gt=now)
        if not ahead.planned().exists():
            # Who waited to the last session knows; who waits for what was called off does not.
            _leave(Waiting.objects.filter(group=group), LeftBecause.OVER, now, is_told=ahead.exists())
        return 0
    with patient_transaction():
        numbers.release_expired(group=group, now=now)
    asked = numbers.asked_for_free(group, known.capacity, now)
    deadline = answer_by(now, _what_nears(known, now), ZONE, LONG_STEPS)
    made = 0
    for entry in Waiting.objects.still().filter(pk__in=asked).select_related("household"):
        if _offer(entry, known, deadline, now):
            made += 1
            if not numbers.has_free(group, known.capacity, now):
                break
    return made


def _what_nears(group: Offered, now: datetime) -> datetime:
    """The first session of a group that has not begun; of one that runs, its last."""
    return group.meets[0] if group.meets[0] > now else group.meets[-1]


def _offer(entry: Waiting, group: Offered, deadline: datetime | None, now: datetime) -> bool:
    person = family_of(entry.household, now=now).persons.get(entry.member_id)
    if deadline is None or person is None or obstacles(person, group, now=now):
        # Not theirs now, and nobody else's hindrance; their rank stays.
        _pass(entry, now)
        return False
    try:
        with patient_transaction():
            basket = Basket.objects.create(
                household=entry.household,
                office=office_of([group]),
                state=BasketState.OFFERED,
                language=entry.language,
                opened_at=now,
            )
            offer = numbers.take(
                Wanted(
                    basket=basket.pk,
                    group=group.pk,
                    member=entry.member_id,
                    state=EnrolmentState.OFFERED,
                    held_until=deadline,
                    waiting=entry.pk,
                ),
                now=now,
            )
            write(entry, offer)
            letters.owe_offer(entry, deadline, now=now)
    except GroupFull:
        return False
    except (NotEnrolled, IntegrityError):
        # They have left, or are elsewhere at that time since a moment ago.
        _pass(entry, now)
        return False
    return True


def _pass(entry: Waiting, now: datetime) -> None:
    with patient_transaction():
        Waiting.objects.filter(pk=entry.pk, left_at__isnull=True).update(passed_at=now)


def write(entry: Waiting, offer: UUID) -> None:
    """The database refuses it to whoever has left: see `whoever_has_left_is_offered_nothing`."""
    Waiting.objects.filter(pk=entry.pk).update(offer=offer)
