"""What places cost a family: a card's price for one member, and a whole basket, line by line."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.utils import timezone

from booking.activities.enrolling.people import Family, years_on
from booking.activities.models import Enrolment
from booking.activities.pricing import Grid, Item, Kind, Line, NoPrice, Remark, Unit, Wish, quote
from booking.activities.seasons.offered import Offered
from booking.activities.tariffs.queries import grid_on
from booking.payments.models.charges import AccountItem
from booking.residents.models import Member

#: What the journal tells apart: the service of these lines.
SERVICE = "activities"
#: The salt of what a page has shown of a basket.
SHOWN = "activities.basket.shown"


@dataclass(frozen=True)
class Asked:
    """A place whose price is asked for, in the group or in one session alone. `key` is the caller's own name for it."""

    key: str
    member: Member
    group: Offered
    is_single: bool = False


def grid_of(group: Offered, today: date) -> Grid | None:
    """The prices in force on the day one pays, or when the group begins."""
    version = grid_on(group.operator_id, max(today, group.first_day))
    return version.grid if version else None


def quoted(family: Family, asked: Sequence[Asked], *, now: datetime) -> dict[str, Item]:
    """The price of each, as parts of one basket: ranks go by all of them together. Raises NoPrice."""
    today = timezone.localdate(now)
    baskets: dict[tuple[int, date], list[Asked]] = defaultdict(list)
    grids: dict[tuple[int, date], Grid] = {}
    for one in asked:
        grid = grid_of(one.group, today)
        if grid is None:
            raise NoPrice
        # Ranks are those of one season: another one, or another operator's prices, counts by itself.
        known = (one.group.season_id, grid.valid_from)
        grids[known] = grid
        baskets[known].append(one)
    items: dict[str, Item] = {}
    for known, some in baskets.items():
        wishes = [wish_of(family, one, now) for one in some]
        found = quote(grids[known], wishes, on=today, enrolled=family.places.get(known[0], ()))
        items |= {item.key: item for item in found.items}
    return items


def wish_of(family: Family, asked: Asked, now: datetime) -> Wish:
    group, member = asked.group, asked.member
    return Wish(
        key=asked.key,
        member=str(member.pk),
        code=group.tariff_code,
        unit=Unit.SESSION if asked.is_single else group.unit,
        age=years_on(member, group.counted_on),
        residence=family.residence,
        quotient=family.quotient,
        paper_on=family.papers.get(member.pk),
        lacks_proof=family.lacks_proof,
        sessions=1 if asked.is_single else max(group.planned, 1),
        left=1 if asked.is_single else group.left(now),
    )


def price_for(family: Family, member: Member, group: Offered, *, now: datetime, is_single: bool = False) -> Item | None:
    """What one more place costs this member today; None where the grid has no price for the case."""
    try:
        return quoted(family, [Asked("one", member, group, is_single)], now=now)["one"]
    except NoPrice:
        return None


def prices_for(family: Family, member: Member, groups: Iterable[Offered], *, now: datetime) -> dict[int, Item]:
    """The same of each of these groups, by group; what has no price is left out. Cases that are alike, as most groups
    of an activity are, are reckoned once.
    """
    today = timezone.localdate(now)
    reckoned: dict[tuple[int, int, date | None, Wish], Item | None] = {}
    found = {}
    for group in groups:
        grid, wish = grid_of(group, today), wish_of(family, Asked("one", member, group), now)
        case = (group.season_id, group.operator_id, grid.valid_from if grid else None, wish)
        if case not in reckoned:
            reckoned[case] = price_for(family, member, group, now=now)
        item = reckoned[case]
        if item is not None:
            found[group.pk] = item
    return found


def as_json(item: Item, group: Offered, today: date) -> dict[str, Any]:
    """What an enrolment keeps of its price, and as what it is sold."""
    grid = grid_of(group, today)
    return {
        "sold": [group.tariff_code, group.account],
        "version": grid.version if grid else "",
        "lines": [[line.kind.value, line.amount, line.of, line.out_of] for line in item.lines],
        "remarks": [remark.value for remark in item.remarks],
    }


def sold_as(price: Mapping[str, Any]) -> AccountItem | None:
    """What the journal knows it by, whatever became of the group since; None where that was not written down."""
    if "sold" not in price:
        return None
    tariff_code, account = price["sold"]
    return AccountItem(SERVICE, tariff_code, account, vat_rate=0)


def lines_of(price: Mapping[str, Any]) -> list[Line]:
    return [Line(Kind(kind), amount, of, out_of) for kind, amount, of, out_of in price.get("lines", ())]


def remarks_of(price: Mapping[str, Any]) -> list[Remark]:
    return [Remark(remark) for remark in price.get("remarks", ())]


def fingerprint(enrolments: Iterable[Enrolment]) -> dict[str, list[list[Any]]]:
    """What a page has shown of a basket, to compare when it is confirmed."""
    return {str(one.pk): json.loads(json.dumps(one.price.get("lines", []))) for one in enrolments}


def signed(enrolments: Iterable[Enrolment]) -> str:
    """The same for a form to carry: it says what was seen, and nobody else's."""
    return signing.dumps(fingerprint(enrolments), salt=SHOWN, compress=True)


def as_shown(typed: str) -> dict[str, list[list[Any]]]:
    """What a form says was shown; nothing where somebody has written that by hand."""
    try:
        found: dict[str, list[list[Any]]] = signing.loads(typed, salt=SHOWN)
    except signing.BadSignature:
        return {}
    return found
