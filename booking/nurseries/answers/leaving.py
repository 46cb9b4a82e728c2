"""Who takes a new place leaves the old one: not before the new one begins."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from booking.nurseries.models import NurseryOffer, OwnPlace, PresentChild
from booking.nurseries.supply import saving


def hold_lists(offer_id: UUID) -> None:
    """Lock the lists that a yes to this offer changes, its own child's and the other one's of a swap.

    Before the swap and the offer: whoever reports a child or loads a list holds the nursery first, and offers then.
    """
    mine = NurseryOffer.objects.filter(pk=offer_id)
    offers = NurseryOffer.objects.filter(Q(pk=offer_id) | Q(swap__in=mine.values("swap")))
    own = OwnPlace.objects.select_for_update().filter(child__in=offers.values("child"), last_month__isnull=True)
    for nursery in sorted({one.nursery_id for one in own.order_by("pk")}):
        saving.locked(nursery)


def leave_own_place(offer: NurseryOffer) -> None:
    """The child's line in its old operator's list, which the caller holds, ends with the month before.

    Without a place of its own nothing happens. What comes free is looked at by the next small round.
    """
    own = OwnPlace.objects.select_for_update().filter(child=offer.child_id, last_month__isnull=True).first()
    if own is None:
        return
    own.last_month = month_before(offer.start)
    own.save(update_fields=["last_month"])
    line = PresentChild.objects.filter(nursery=own.nursery_id, number=own.number)
    line.filter(Q(last_month__isnull=True) | Q(last_month__gt=own.last_month)).update(last_month=own.last_month)


def month_before(start: date) -> date:
    return (start.replace(day=1) - timedelta(days=1)).replace(day=1)
