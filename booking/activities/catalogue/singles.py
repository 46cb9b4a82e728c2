"""The page of the remaining places: sessions of the next fourteen days in which one may still take one, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from booking.activities.catalogue.visitors import Visitor
from booking.activities.enrolling.eligibility import obstacles_to_one
from booking.activities.enrolling.prices import price_for
from booking.activities.pricing import Unit
from booking.activities.seasons.ages import say_ages
from booking.activities.seasons.offered import Offered, offered
from booking.activities.singles.remaining import singles_ahead
from municipalities.directory import facilities

#: A page ends with the day in which so many are reached.
ENOUGH = 40


@dataclass(frozen=True)
class Single:
    """`cents` are the member's price, or the least that anybody pays."""

    session: UUID
    group: int
    name: str
    pool: str
    starts_at: datetime
    ends_at: datetime
    left: int
    ages: str
    is_trial: bool
    cents: int | None


@dataclass(frozen=True)
class Page:
    """`following` is the day from which on there is more; `found` how many fit in all."""

    days: Sequence[tuple[date, Sequence[Single]]]
    following: date | None
    found: int


def page_of(visitor: Visitor, *, pool: int | None, since: date | None, now: datetime) -> Page:
    """What fits the visitor's member, or everything where nobody is chosen. One query."""
    groups = {pk: one for pk, one in offered().items() if pool is None or one.facility_id == pool}
    costs: dict[int, int | None] = {}
    days: dict[date, list[Single]] = {}
    found, following = 0, None
    for place in singles_ahead(now, groups):
        group = groups[place.group]
        if visitor.family and visitor.member:
            person = visitor.family.persons[visitor.member.pk]
            if obstacles_to_one(person, group, place.starts_at, now=now):
                continue
        if group.pk not in costs:
            costs[group.pk] = _cents(visitor, group, now)
        if visitor.member and costs[group.pk] is None:
            continue
        found += 1
        day = timezone.localdate(place.starts_at)
        if since is not None and day < since:
            continue
        if day not in days and sum(map(len, days.values())) >= ENOUGH:
            following = following or day
            continue
        days.setdefault(day, []).append(
            Single(
                session=place.session,
                group=group.pk,
                name=str(group.name),
                pool=facilities()[group.facility_id].name,
                starts_at=place.starts_at,
                ends_at=place.ends_at,
                left=place.left,
                ages=say_ages(group.months_from, group.months_below),
                is_trial=group.allows_trial,
                cents=costs[group.pk],
            )
        )
    return Page(list(days.items()), following, found)


def _cents(visitor: Visitor, group: Offered, now: datetime) -> int | None:
    if visitor.family and visitor.member:
        price = price_for(visitor.family, visitor.member, group, now=now, is_single=True)
        return price.total if price else None
    span = group.price(timezone.localdate(now), Unit.SESSION)
    return span.least if span else None


def groups_with_singles(now: datetime) -> set[int]:
    """Groups of which a single place is left in the next fourteen days. One query."""
    return {place.group for place in singles_ahead(now)}
