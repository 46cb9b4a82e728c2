"""Who waits for a full half-day: asked one at a time, in order, each with a moment until which to answer.

A place that comes back is offered in the transaction that frees it, so that it is never free for others while somebody
waits. Whoever looks for the next holds the place's row.
"""

from datetime import date, datetime

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import (
    ApplicationChild,
    OccasionalAdmission,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
)
from booking.nurseries.models.occasional import LIVE_STAYS, StayState
from booking.nurseries.occasional import messages
from booking.nurseries.occasional.days import HalfDay, care_of
from booking.residents.deadlines import answer_by
from municipalities.database.transactions import inner_transaction, refused_by
from municipalities.zone import ZONE


def offer_next(place: OccasionalPlace, now: datetime | None = None) -> OccasionalStay | None:
    """Ask whoever is first for this place; None where nobody waits, somebody has it, or it is too late to ask.

    In the caller's transaction.
    """
    now = now or timezone.now()
    mine = OccasionalPlace.objects.select_for_update().filter(pk=place.pk).first()
    if mine is None or OccasionalStay.objects.filter(place=mine, state__in=LIVE_STAYS).exists():
        return None
    half_day = HalfDay(care_of(mine.nursery), mine.day, mine.half)
    until = answer_by(now, half_day.begins_at, ZONE)
    if until is None:
        return None
    for wish in _waiting(mine):
        if not may_come(wish.child, wish.nursery_id, wish.day, wish.half):
            continue
        try:
            with inner_transaction():
                stay = OccasionalStay.objects.create(
                    place=mine,
                    child_id=wish.child_id,
                    day=mine.day,
                    half=mine.half,
                    state=StayState.OFFERED,
                    made_at=now,
                    changed_at=now,
                    until=until,
                )
        except IntegrityError as error:
            # Somebody has just taken it, or the child is somewhere else by now: the next one is asked.
            if refused_by(error, "occasional_place_is_one_childs"):
                return None
            if refused_by(error, "child_is_at_one_place_each_half_day"):
                continue
            raise
        messages.owe(wish.child.application, messages.OFFERED, stay=str(stay.pk))
        return stay
    return None


def _waiting(place: OccasionalPlace) -> list[OccasionalWish]:
    found = OccasionalWish.objects.filter(
        nursery=place.nursery_id, day=place.day, half=place.half, section=place.section, ended_at__isnull=True
    )
    return list(found.select_related("child__application", "child__member").order_by("asked_at", "pk"))


def may_come(child: ApplicationChild, nursery_id: int, day: date, half: str) -> bool:
    """Admitted there, its file live, and nowhere else then."""
    admitted = OccasionalAdmission.objects.standing().filter(child=child, nursery=nursery_id).exists()
    elsewhere = OccasionalStay.objects.filter(child=child, day=day, half=half, state__in=LIVE_STAYS).exists()
    return admitted and not elsewhere and is_live(child)


def is_live(child: ApplicationChild) -> bool:
    """Whether its request is complete and goes on."""
    return child.is_live and child.application.state == ApplicationState.COMPLETE


def end_wish(stay: OccasionalStay, now: datetime) -> None:
    """Its child waits no more for that half-day at that nursery."""
    found = OccasionalWish.objects.filter(child=stay.child_id, day=stay.day, half=stay.half, ended_at__isnull=True)
    found.filter(nursery=stay.place.nursery_id).update(ended_at=now)
