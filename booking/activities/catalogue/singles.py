"""The page of the remaining places: sessions of the next fourteen days in which one may still take one, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.activities.catalogue.visitors import Visitor
from booking.activities.enrolling.eligibility import may_try, obstacles_to_one
from booking.activities.enrolling.prices import price_for
from booking.activities.pricing import Unit
from booking.activities.seasons.ages import say_ages
from booking.activities.seasons.offered import Offered, offered
from booking.activities.singles.remaining import singles_ahead
from booking.payments.sums import say_cents
from municipalities.directory import facilities

#: A page ends with the day in which so many are reached.
ENOUGH = 40


@dataclass(frozen=True, slots=True)
class Sold:
    """What every session of a group has in common. `price` is the member's, or the least that anybody pays; empty where
    none is known.
    """

    name: str
    pool: str
    ages: str
    price: str
    is_trial: bool


@dataclass(frozen=True, slots=True)
class Single:
    session: UUID
    starts_at: datetime
    ends_at: datetime
    left: int
    sold: Sold


@dataclass(frozen=True)
class Page:
    """`following` is the day from which on there is more; `found` how many fit in all."""

    days: Sequence[tuple[date, Sequence[Single]]]
    following: date | None
    found: int


def page_of(visitor: Visitor, *, pool: int | None, since: date | None, now: datetime) -> Page:
    """What fits the visitor's member, or everything where nobody is chosen. One query."""
    groups = {pk: one for pk, one in offered().items() if pool is None or one.facility_id == pool}
    known: dict[int, Sold | None] = {}
    days: dict[date, list[Single]] = {}
    found, shown, following = 0, 0, None
    for place in singles_ahead(now, groups):
        group = groups[place.group]
        if visitor.family and visitor.member:
            person = visitor.family.persons[visitor.member.pk]
            if obstacles_to_one(person, group, place.starts_at, now=now):
                continue
        if group.pk not in known:
            known[group.pk] = _sold(visitor, group, now)
        sold = known[group.pk]
        if sold is None:
            continue
        found += 1
        day = timezone.localdate(place.starts_at)
        if since is not None and day < since:
            continue
        if day not in days and shown >= ENOUGH:
            following = following or day
            continue
        shown += 1
        days.setdefault(day, []).append(Single(place.session, place.starts_at, place.ends_at, place.left, sold))
    return Page(list(days.items()), following, found)


def _sold(visitor: Visitor, group: Offered, now: datetime) -> Sold | None:
    """None where the grid has no price for the member."""
    price, is_trial = "", group.allows_trial
    if visitor.family and visitor.member:
        item = price_for(visitor.family, visitor.member, group, now=now, is_single=True)
        if item is None:
            return None
        price = say_cents(item.total)
        is_trial = may_try(visitor.family.persons[visitor.member.pk], group)
    elif span := group.price(timezone.localdate(now), Unit.SESSION):
        price = say_cents(span.least)
        price = _("dès %(price)s") % {"price": price} if span.least else price
    return Sold(
        name=str(group.name),
        pool=facilities()[group.facility_id].name,
        ages=say_ages(group.months_from, group.months_below),
        price=price,
        is_trial=is_trial,
    )


def groups_with_singles(now: datetime) -> set[int]:
    """Groups of which a single place is left in the next fourteen days. One query."""
    return {place.group for place in singles_ahead(now)}
