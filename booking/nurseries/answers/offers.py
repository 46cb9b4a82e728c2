"""A place that was voted: asked of the operator, then of the family; what each answers, and what silence means.

Everybody locks the offer's row first and looks at its state: of two who answer at one instant, the second hears what
the first said. That a child has one open offer, and one accepted place, is the database's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from booking.nurseries.answers import deadlines, leaving, messages, news, swaps
from booking.nurseries.answers.exceptions import AnsweredAlready, NotYourNursery, OfferIsOver, SayWhy
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import NurseryOffer, Round, StepAside
from booking.nurseries.models.offers import STANDING, FamilyReason, OfferState, OperatorReason
from booking.nurseries.models.requests import LIVE
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember

#: Requests that the family took back, or that are another's by now.
WITHDRAWN = (ApplicationState.WITHDRAWN, ApplicationState.MERGED)


@contextmanager
def _answering(offer_id: UUID, state: OfferState, by: StaffMember | None = None) -> Iterator[NurseryOffer]:
    """The offer alone, still waiting for this answer. Raises OfferIsOver, AnsweredAlready, Busy."""
    with patient_transaction(by=by):
        if state == OfferState.TO_FAMILY:
            leaving.hold_lists(offer_id)
        swaps.hold_swap(offer_id)
        offer = NurseryOffer.objects.select_for_update().get(pk=offer_id)
        if offer.state == OfferState.LAPSED:
            raise OfferIsOver
        if offer.state != state:
            raise AnsweredAlready
        yield offer


def _close(offer: NurseryOffer, state: OfferState, now: datetime) -> None:
    """The place goes on; of a swap nothing has come free, and the other one is called off.

    In the caller's transaction, which holds the offer and its swap.
    """
    is_swapping = offer.swap_id is not None and offer.is_open
    offer.state = state
    offer.freed_at = None if is_swapping else now
    offer.save()
    messages.withdraw_offer(offer)
    swaps.settle(offer, now)


def may_answer_for(staff: StaffMember, offer: NurseryOffer) -> bool:
    """Who runs the nursery; where it stays silent, whoever chairs the commission, and did not step aside."""
    if NurseryOffer.objects.visible_to(staff).filter(pk=offer.pk).exists():
        return True
    is_silent = offer.state == OfferState.TO_OPERATOR and offer.due_at <= timezone.now()
    return is_silent and answered_by_chair(staff).filter(pk=offer.pk).exists()


def answered_by_chair(staff: StaffMember) -> QuerySet[NurseryOffer]:
    """Offers that this person answers where their operator stays silent: not of a file it stepped aside from."""
    aside = StepAside.objects.filter(round=OuterRef("round"), child__child=OuterRef("child"), member=staff)
    return NurseryOffer.objects.filter(~Exists(aside), round__in=Round.objects.chaired_by(staff))


def operator_accepts(*, offer: NurseryOffer, by: StaffMember) -> None:
    """The family is asked from now on, by the message it can answer by. Raises NotYourNursery, AnsweredAlready."""
    if not may_answer_for(by, offer):
        raise NotYourNursery
    with _answering(offer.pk, OfferState.TO_OPERATOR, by) as mine:
        mine.operator_at, mine.operator_by = timezone.now(), by
        to_family(mine)


def to_family(offer: NurseryOffer) -> None:
    """In the caller's transaction, which holds the offer."""
    now = timezone.now()
    offer.state, offer.due_at = OfferState.TO_FAMILY, deadlines.family_due(now)
    offer.save()
    messages.owe_offer(offer, now)


def operator_declines(*, offer: NurseryOffer, reason: str, by: StaffMember) -> None:
    """The child returns to the list, and the family is not troubled. Raises NotYourNursery, AnsweredAlready, SayWhy."""
    if not may_answer_for(by, offer):
        raise NotYourNursery
    if reason not in OperatorReason.values:
        raise SayWhy
    with _answering(offer.pk, OfferState.TO_OPERATOR, by) as mine:
        now = timezone.now()
        mine.operator_at, mine.operator_by, mine.operator_reason = now, by, reason
        _close(mine, OfferState.OPERATOR_DECLINED, now)


def family_accepts(*, offer_id: UUID, keeps_waiting: bool) -> None:
    """The place is the child's. One it had before and kept while it waited is given back. Of a swap, once both accept.

    Raises OfferIsOver, AnsweredAlready, Busy.
    """
    with _answering(offer_id, OfferState.TO_FAMILY) as mine:
        now = timezone.now()
        if mine.due_at <= now:
            raise OfferIsOver
        mine.answered_at = now
        if mine.swap_id is not None:
            mine.state = OfferState.AGREED
            mine.save()
            messages.withdraw_offer(mine)
            swaps.settle(mine, now)
            return
        held = NurseryOffer.objects.filter(child_id=mine.child_id, state=OfferState.HELD).exclude(pk=mine.pk)
        held.update(state=OfferState.GIVEN_UP, freed_at=now)
        mine.state = OfferState.HELD if keeps_waiting and mine.rank > 1 else OfferState.ACCEPTED
        mine.save()
        leaving.leave_own_place(mine)
        messages.withdraw_offer(mine)


def family_declines(*, offer_id: UUID, reason: str) -> None:
    """The place goes on. Raises OfferIsOver, AnsweredAlready, SayWhy, Busy."""
    if reason not in FamilyReason.values:
        raise SayWhy
    with _answering(offer_id, OfferState.TO_FAMILY) as mine:
        now = timezone.now()
        if mine.due_at <= now:
            raise OfferIsOver
        mine.family_reason, mine.answered_at = reason, now
        _close(mine, OfferState.DECLINED, now)


def silent_operators() -> QuerySet[NurseryOffer]:
    """Offers an operator has not answered in its five working days: a task of the desk, nothing lapses."""
    return NurseryOffer.objects.filter(state=OfferState.TO_OPERATOR, due_at__lte=timezone.now())


def give_back_withdrawn() -> int:
    """Places of families who have withdrawn their request, or taken the child off it, go on. Returns how many.

    Whose entry was reported has its place all the same, and waits for nothing better any more.
    """
    now = timezone.now()
    taken_off = Q(child__is_live=False, child__lapsed_at__isnull=True, child__application__state__in=LIVE)
    over = NurseryOffer.objects.standing().filter(Q(child__application__state__in=WITHDRAWN) | taken_off)
    over.filter(state=OfferState.HELD, stay__isnull=False).update(state=OfferState.ACCEPTED)
    gone = over.filter(stay__isnull=True)
    done = 0
    for pk in list(gone.values_list("pk", flat=True)[:500]):
        with patient_transaction():
            swaps.hold_swap(pk)
            offer = NurseryOffer.objects.select_for_update().get(pk=pk)
            if offer.state in STANDING:
                _close(offer, OfferState.WITHDRAWN, now)
                done += 1
    return done


def lapse_due(now: datetime | None = None) -> int:
    """Families who stayed silent: their place goes on. Returns how many. Safe to run anywhere, any number of times."""
    now = now or timezone.now()
    lapsed = 0
    due = NurseryOffer.objects.filter(state=OfferState.TO_FAMILY, due_at__lte=now)
    for pk in list(due.order_by("due_at").values_list("pk", flat=True)[:500]):
        with patient_transaction():
            swaps.hold_swap(pk)
            offer = NurseryOffer.objects.select_for_update().get(pk=pk)
            if offer.state != OfferState.TO_FAMILY or offer.due_at > now:
                continue
            _close(offer, OfferState.LAPSED, now)
            news.owe_lapsed(offer)
            lapsed += 1
    return lapsed
