"""Two who hold what the other wants: each is offered the other's place, and both change at one instant, or neither.

A swap is two offers that know each other. Each goes its usual way, operator first, then family; who agrees waits for
the other (AGREED). Whoever says no, or stays silent, ends it for both, and nothing was changed: no place came free.
The swap's row is locked before either offer, so that two families who agree at one instant wait in a row.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.answers import deadlines, messages
from booking.nurseries.answers.exceptions import NoSwap
from booking.nurseries.answers.leaving import leave_own_place
from booking.nurseries.models import ApplicationChild, Nursery, NurseryOffer, Round, Swap, SwapState
from booking.nurseries.models.offers import OPEN, OfferState
from municipalities.database.transactions import refused_by
from municipalities.models import StaffMember


def make_swap(
    *, round: Round, start: date, both: list[tuple[ApplicationChild, Nursery, list[str], int]], by: StaffMember
) -> Swap:
    """Ask both operators. `both`: child, its new nursery, its half-days there, the rank of that wish.

    In the caller's transaction, which holds the round. Raises NoSwap where one of them is being asked already.
    """
    now = timezone.now()
    swap = Swap.objects.create(round=round, proposed_at=now, proposed_by=by)
    try:
        for child, nursery, half_days, rank in sorted(both, key=lambda one: one[0].number):
            NurseryOffer.objects.create(
                round=round,
                child=child,
                nursery=nursery,
                start=start,
                half_days=half_days,
                rank=rank,
                state=OfferState.TO_OPERATOR,
                made_at=now,
                due_at=deadlines.operator_due(now, nursery.facility.municipality),
                swap=swap,
            )
    except IntegrityError as error:
        if refused_by(error, "child_has_one_open_offer"):
            raise NoSwap from error
        raise
    return swap


def hold_swap(offer_id: UUID) -> None:
    """Lock the swap of an offer before the offer; nothing where it is none."""
    swap_id = NurseryOffer.objects.filter(pk=offer_id).values_list("swap", flat=True).first()
    if swap_id is not None:
        Swap.objects.select_for_update().get(pk=swap_id)


def settle(offer: NurseryOffer, now: datetime) -> None:
    """After an answer to one of the two was kept: done once both agree, called off once one is closed.

    In the caller's transaction, which holds the swap.
    """
    if offer.swap_id is None or not Swap.objects.filter(pk=offer.swap_id, state=SwapState.ASKED).exists():
        return
    offers = list(NurseryOffer.objects.select_for_update().filter(swap=offer.swap_id).order_by("pk"))
    if all(one.state == OfferState.AGREED for one in offers):
        for one in offers:
            _take(one)
        _end(offer.swap_id, SwapState.DONE, now)
        for one in offers:
            messages.owe_swap(one, now)
    elif any(one.state not in OPEN for one in offers):
        for one in offers:
            if one.state in OPEN:
                was_with_family = one.state != OfferState.TO_OPERATOR
                one.state = OfferState.CALLED_OFF
                one.save()
                messages.withdraw_offer(one)
                if was_with_family:
                    messages.owe_swap(one, now)
        _end(offer.swap_id, SwapState.CALLED_OFF, now)


def _take(offer: NurseryOffer) -> None:
    """The place it held goes to the other one: it is nobody else's, and is not looked at as free."""
    held = NurseryOffer.objects.filter(child_id=offer.child_id, state=OfferState.HELD).exclude(pk=offer.pk)
    held.update(state=OfferState.GIVEN_UP)
    offer.state = OfferState.ACCEPTED
    offer.save()
    leave_own_place(offer)


def _end(swap_id: UUID, state: SwapState, now: datetime) -> None:
    Swap.objects.filter(pk=swap_id).update(state=state, ended_at=now)
