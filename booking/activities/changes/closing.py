"""A pool closes: every session meanwhile is called off, seats, credits and letters in the transaction of the closure.

Whoever is in the water when it begins is not called off: that is said, and their coach is told by whoever closes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from booking.activities.changes import letters, pool_letters
from booking.activities.changes.calling_off import (
    BeingPaid,
    Credited,
    OthersSince,
    credits_of,
    give,
    lock_charges,
)
from booking.activities.enrolling.holding import price_anew
from booking.activities.enrolling.numbers import hold_groups, release_expired
from booking.activities.enrolling.paying import reopen
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, Pool, Seat, Session
from booking.activities.models.seasons import CreditRule
from booking.activities.water.closing import LISTED
from booking.activities.water.closing import touched_by as touched_water
from booking.activities.water.days import at
from booking.payments.exceptions import NotPayable, PaymentUnderway
from municipalities.languages import Translated
from municipalities.models import Closure, Facility, StaffMember
from municipalities.services import Touched

#: Who has, or is about to have, what a closure takes.
AT_STAKE = (EnrolmentState.ENROLLED, EnrolmentState.PAYING)


def touched_by(request: HttpRequest, staff: StaffMember, closure: Closure) -> Touched:
    """What happens in the water meanwhile; the sessions that are called off, with people and credits; who is in the
    water now.
    """
    water = touched_water(request, staff, closure)
    mine = Facility.objects.water_seen_by(staff)
    hit = sessions_hit(closure).filter(group__basin__pool__facility__in=mine)
    sessions = list(_with_seats(hit, timezone.now()))
    running = list(running_in(closure).filter(group__basin__pool__facility__in=mine).select_related("group__activity"))
    if not sessions and not running:
        return water
    enrolled = _enrolled_in([one.pk for one in sessions])
    due = _credits(enrolled, {one.pk for one in sessions})
    context = {
        "sold": [one for one in sessions if one.taken][:LISTED],  # type: ignore[attr-defined]
        "sessions": len(sessions),
        "people": len({one.member_id for one in enrolled}),
        "families": len({one.basket.household_id for one in enrolled}),
        "credits": len({one.enrolment.asked_in_id for one in due}),
        "cents": sum(one.cents for one in due),
        "catch_up": sum(one.group.credit_rule == CreditRule.CATCH_UP for one in enrolled),
        "more": max(0, sum(bool(one.taken) for one in sessions) - LISTED),  # type: ignore[attr-defined]
        "running": running,
    }
    return Touched(water.number, water.piece + render_to_string("changes/_sold.html", context, request))


@contextmanager
def closing(closure: Closure, _keep: bool) -> Iterator[None]:
    """Around making or lifting a closure. Whatever was seen and is to be kept: nobody stays enrolled in a closed pool.

    Raises BeingPaid, OthersSince.
    """
    if closure._state.adding:
        yield
        call_off_all(sessions_hit(closure), _pools_of(closure), reason=closure.reason, closure=closure)
        return
    back = list(Session.objects.filter(closure=closure.pk).order_by("pk").values_list("pk", flat=True))
    yield
    _take_place_again(back)


def closed_for_good(pool: Pool) -> None:
    """A pool is closed from a day on until further notice; its row is held. Raises BeingPaid, OthersSince."""
    assert pool.closed_since is not None
    begins = max(at(pool.closed_since, time()), timezone.now())
    hit = Session.objects.planned().filter(group__basin__pool=pool, starts_at__gte=begins)
    call_off_all(hit, Pool.objects.filter(pk=pool.pk), reason=Translated(pool.closed_why), closure=None)


def sessions_hit(closure: Closure) -> QuerySet[Session]:
    """Those to come that would take place while it lasts."""
    now = timezone.now()
    found = Session.objects.planned().filter(starts_at__lt=closure.period.upper, ends_at__gt=closure.period.lower)
    return found.filter(starts_at__gt=now, group__basin__pool__in=_pools_of(closure))


def running_in(closure: Closure) -> QuerySet[Session]:
    """Those that take place now, where it begins already."""
    now = timezone.now()
    if not closure.period.lower <= now < closure.period.upper:
        return Session.objects.none()
    running = Session.objects.planned().filter(starts_at__lte=now, ends_at__gt=now)
    return running.filter(group__basin__pool__in=_pools_of(closure)).order_by("starts_at", "pk")


def call_off_all(hit: QuerySet[Session], pools: QuerySet[Pool], *, reason: Translated, closure: Closure | None) -> int:
    """Call these off: seats are free, families have their credit by the rule of each group, or may make the session up,
    and are told once by each address. In the caller's transaction; how many sessions.

    Money is locked first, as wherever money and places change together; then pools and groups, so that whoever takes a
    place meanwhile finds the session called off, or we find their seat. Raises BeingPaid, OthersSince.
    """
    now = timezone.now()
    by = closure.created_by if closure else None
    at_stake = _at_stake(list(hit.values_list("pk", flat=True)))
    lock_charges(at_stake)
    _hold_pools(pools)
    groups = sorted(set(hit.values_list("group", flat=True)))
    hold_groups(groups)
    for group in _with_expired(groups, now):
        release_expired(group=group, now=now)
    ids = list(hit.values_list("pk", flat=True))
    if {one.pk for one in _at_stake(ids)} - {one.pk for one in at_stake}:
        raise OthersSince
    enrolled = _enrolled_in(ids)
    Session.objects.filter(pk__in=ids).update(called_off_at=now, reason=reason, closure=closure)
    _back_to_choosing({one.basket_id for one in at_stake if one.state == EnrolmentState.PAYING}, now)
    due = _credits(enrolled, set(ids))
    give(due, by=by, now=now)
    held = Enrolment.objects.filter(state=EnrolmentState.HELD, seats__session__in=ids, seats__freed_at=now)
    for basket in Basket.objects.filter(enrolments__in=held).distinct().order_by("pk"):
        price_anew(basket=basket)
    pool_letters.owe(ids, enrolled, due, closure=closure, now=now)
    return len(ids)


def _credits(enrolled: Sequence[Enrolment], lost: set[UUID]) -> list[Credited]:
    return credits_of([one for one in enrolled if one.group.credit_rule == CreditRule.CREDIT], lost)


def _back_to_choosing(baskets: set[UUID], now: datetime) -> None:
    """What is still to be paid goes back to its basket, at the price of what is left. Raises BeingPaid for what the
    bank has in hand.
    """
    for basket in Basket.objects.filter(pk__in=baskets, state=BasketState.PAYING).order_by("pk"):
        try:
            reopen(basket=basket, now=now)
        except (PaymentUnderway, NotPayable) as error:
            raise BeingPaid from error


def _at_stake(ids: Sequence[UUID]) -> list[Enrolment]:
    seats = Seat.objects.taken().filter(session__in=ids)
    found = Enrolment.objects.filter(state__in=AT_STAKE, pk__in=seats.values("enrolment"))
    return list(found.order_by("pk"))


def _enrolled_in(ids: Sequence[UUID]) -> list[Enrolment]:
    seats = Seat.objects.taken().filter(session__in=ids)
    found = Enrolment.objects.enrolled().filter(pk__in=seats.values("enrolment"))
    return list(found.select_related("basket", "group").order_by("pk"))


def _with_expired(groups: Sequence[int], now: datetime) -> list[int]:
    """Groups in which somebody's time is over, held or to be paid."""
    over = Enrolment.objects.filter(group__in=groups, state__in=[EnrolmentState.HELD, EnrolmentState.PAYING])
    return sorted(set(over.filter(Q(held_until__lte=now) | Q(held_until__isnull=True)).values_list("group", flat=True)))


def _with_seats(sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
    """In order, each with `taken`: the seats that somebody has or is paying for."""
    expired = Q(seats__enrolment__state="held", seats__enrolment__held_until__lte=now)
    return (
        sessions.select_related("group__activity", "group__basin__pool__facility")
        .annotate(taken=Count("seats", filter=Q(seats__freed_at__isnull=True) & ~expired))
        .order_by("starts_at", "pk")
    )


def _pools_of(closure: Closure) -> QuerySet[Pool]:
    if closure.facility_id is not None:
        return Pool.objects.filter(facility=closure.facility_id)
    if closure.municipality_id is not None:
        return Pool.objects.filter(facility__operator__municipality=closure.municipality_id)
    return Pool.objects.all()


def _hold_pools(pools: QuerySet[Pool]) -> None:
    """Whoever plans a course there shares the pool's row: they have finished, or will find it closed."""
    ids = list(pools.values_list("pk", flat=True))
    list(Pool.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _take_place_again(ids: Sequence[UUID]) -> None:
    """What a closure had called off and nobody was told of, unless another session of its group has taken its hour. Its
    lanes were kept. Where families have their credit, another session is added instead.
    """
    now = timezone.now()
    off = Session.objects.filter(pk__in=ids, starts_at__gt=now).order_by("pk")
    groups = sorted(set(off.values_list("group", flat=True)))
    hold_groups(groups)
    told = letters.told_of(ids)
    held = set(Session.objects.planned().filter(group__in=groups).values_list("group", "starts_at"))
    again = [
        pk
        for pk, group, start in off.values_list("pk", "group", "starts_at")
        if (group, start) not in held and pk not in told
    ]
    Session.objects.filter(pk__in=again).update(called_off_at=None, reason=Translated(), closure=None)
