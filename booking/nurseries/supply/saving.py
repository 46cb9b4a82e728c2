"""What is written of a nursery's places: judged with everything that is there before it stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.nurseries.exceptions import CapacityOverlaps, OvershootNotProvided
from booking.nurseries.models import HeldBack, Nursery, NurseryHours, NurseryOpening
from booking.nurseries.supply.reading import capacity_of, horizon, month_of, with_supply
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.models import Facility, StaffMember


def set_nursery(*, facility: Facility, by: StaffMember | None, **said: Any) -> Nursery:
    """What the operator says of its nursery. Raises OvershootNotProvided where a row exceeds what the rules now say."""
    with patient_transaction(by=by):
        nursery, _is_new = Nursery.objects.update_or_create(facility=facility, defaults=said)
        if nursery.openings.filter(overshoot__gt=nursery.most_overshoot).exists():
            raise OvershootNotProvided
        judge(nursery)
    return nursery


def save_opening(*, opening: NurseryOpening, by: StaffMember | None) -> NurseryOpening:
    """A new or a changed row. Raises Contradiction, CapacityOverlaps, OvershootNotProvided."""
    try:
        with patient_transaction(by=by):
            nursery = locked(opening.nursery_id)
            if opening.overshoot > nursery.most_overshoot:
                raise OvershootNotProvided
            opening.save()
            judge(nursery, month_of(opening.first_month))
    except IntegrityError as error:
        if not refused_by(error, "a_nursery_has_one_capacity_at_a_time"):
            raise
        raise CapacityOverlaps from error
    return opening


def drop_opening(*, opening: NurseryOpening, by: StaffMember | None) -> None:
    """Raises Contradiction where children are there in its months."""
    with patient_transaction(by=by):
        nursery = locked(opening.nursery_id)
        opening.delete()
        judge(nursery)


def save_held_back(*, held: HeldBack, by: StaffMember | None) -> HeldBack:
    """Raises Contradiction where more is held back than authorised."""
    with patient_transaction(by=by):
        nursery = locked(held.nursery_id)
        held.save()
        judge(nursery, month_of(held.first_month))
    return held


def drop_held_back(*, held: HeldBack, by: StaffMember | None) -> None:
    """The places are free from now on."""
    with patient_transaction(by=by):
        locked(held.nursery_id)
        held.delete()


def say_hours(*, nursery: Nursery, month: date, by: StaffMember | None, **said: Any) -> NurseryHours:
    """What a month held, said for the first time or anew."""
    with patient_transaction(by=by):
        row, _is_new = NurseryHours.objects.update_or_create(nursery=nursery, month=month, defaults=said)
    return row


def locked(pk: int) -> Nursery:
    """Whoever changes the places of a nursery waits for whoever does: each is judged with the other's rows."""
    return Nursery.objects.select_for_update().get(pk=pk)


@contextmanager
def held(authority: int) -> Iterator[None]:
    """Nobody changes the places of an authority's nurseries, or who is there, while the caller reads them.

    Whoever reads lists and promises one after the other would count a child in neither that enters in between. Offers
    may still be made: a key that is referred to does not change. Within a transaction, which goes on: what follows
    takes its time, and nobody waits for it. The locks go with a savepoint, and what is written inside goes as well.
    """
    before = transaction.savepoint()
    try:
        mine = Nursery.objects.filter(authority=authority).order_by("pk")
        list(mine.select_for_update(no_key=True).values_list("pk", flat=True))
        yield
    finally:
        transaction.savepoint_rollback(before)


def judge(nursery: Nursery, since: str | None = None) -> None:
    """Raises Contradiction with the first thing that contradicts the authorisation, from now on and from `since` on."""
    now = month_of(timezone.localdate())
    for first in dict.fromkeys((now, max(now, since or now))):
        read = with_supply(Nursery.objects.filter(pk=nursery.pk), since=first).get()
        horizon(first).judge(capacity_of(read))
