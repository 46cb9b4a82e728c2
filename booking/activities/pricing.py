"""What places cost: a grid of prices and a basket go in, lines that add up come out. Pure: no table is read here.

A price is a row of the grid, then reductions in the grid's order, then pro rata of the sessions that are left, and last
what the household's credit pays. Fractions of a cent are kept inside; each line is the difference of two rounded
running totals, so that the lines always add up to what is charged. Amounts are cents, quotients whole euros, ages full
years on the day that the activity names, rates fractions.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal

#: Whoever is younger counts among the children of a household.
CHILD_UNDER = 18
#: A paper that proves a status is believed until it is older than this, counted from the day it was made.
PAPER_MONTHS = 3
#: PayFiP takes no less, in cents: a credit leaves nothing to pay, or this much.
LEAST_PAID = 100


class Unit(StrEnum):
    YEAR = "year"
    TERM = "term"
    SESSION = "session"


class Residence(StrEnum):
    ANY = "any"
    TERRITORY = "territory"
    OTHER = "other"


class Status(StrEnum):
    ANY = "any"
    FULL = "full"
    REDUCED = "reduced"


class Because(StrEnum):
    """What a reduction is for."""

    SIBLING = "sibling"
    SECOND_ACTIVITY = "second_activity"


class Kind(StrEnum):
    """What a line of a price says."""

    PRICE = "price"
    SIBLING = "sibling"
    SECOND_ACTIVITY = "second_activity"
    PRO_RATA = "pro_rata"
    CREDIT = "credit"


class Remark(StrEnum):
    """What a reader should know of a price, beside its lines."""

    TOP_BAND = "top_band"
    OLD_PAPER = "old_paper"
    NO_PROOF = "no_proof"


class NoPrice(Refusal):
    code = "no_price"
    sentence = _("Aucun tarif n’est prévu pour ce cas : adressez-vous au gestionnaire de la piscine.")


@dataclass(frozen=True)
class Span:
    """Whole numbers from `low` on and below `high`; without `high`, all that follow."""

    low: int = 0
    high: int | None = None

    def __contains__(self, number: int | None) -> bool:
        """None is beyond every number: a quotient nobody has shown is in the top band."""
        if number is None:
            return self.high is None
        return self.low <= number and (self.high is None or number < self.high)


@dataclass(frozen=True)
class Rate:
    """A share of the quotient, never below `floor` nor above `cap` (cents). Without a quotient it is the cap."""

    share: Fraction
    floor: int
    cap: int

    def of(self, quotient: int | None) -> Fraction:
        if quotient is None:
            return Fraction(self.cap)
        return min(max(self.share * quotient * 100, Fraction(self.floor)), Fraction(self.cap))


@dataclass(frozen=True)
class Row:
    """One price. Exactly one row of a grid fits a case: the database lets no two rows meet."""

    code: str
    unit: Unit
    price: int | Rate
    residence: Residence = Residence.ANY
    status: Status = Status.ANY
    ages: Span = Span()
    quotients: Span = Span()
    ranks: Span = Span(1)

    def amount(self, quotient: int | None) -> Fraction:
        return self.price.of(quotient) if isinstance(self.price, Rate) else Fraction(self.price)


@dataclass(frozen=True)
class Reduction:
    """A percentage off for those whose rank is in `ranks`; without codes for all, without unit for every unit.

    The rank of a sibling is that among the household's children with this price code; that of an activity is among all
    activities of one member.
    """

    because: Because
    percent: int
    ranks: Span
    codes: frozenset[str] = frozenset()
    unit: Unit | None = None

    def fits(self, wish: "Wish", rank: int) -> bool:
        return (
            rank in self.ranks
            and (not self.codes or wish.code in self.codes)
            and (self.unit is None or self.unit == wish.unit)
        )


@dataclass(frozen=True)
class Grid:
    """A version of the prices, as decided. `step` is what totals are rounded to, in cents."""

    version: str
    valid_from: date
    decision: str
    rows: tuple[Row, ...]
    reductions: tuple[Reduction, ...] = ()
    step: int = 1


@dataclass(frozen=True)
class Wish:
    """A place somebody asks for. `key` is the caller's own name for it, `member` that of the person.

    `paper_on` is the date of the paper that proves a reduced status; `lacks_proof` says that they live elsewhere only
    as long as nobody has seen a proof of their home. Of `sessions` in all `left` are still to come.
    """

    key: str
    member: str
    code: str
    unit: Unit
    age: int
    residence: Residence
    quotient: int | None = None
    paper_on: date | None = None
    sessions: int = 1
    left: int = 1
    lacks_proof: bool = False


@dataclass(frozen=True)
class Place:
    """A place that a member has this season already: later ones count their ranks after it."""

    member: str
    code: str
    age: int


@dataclass(frozen=True)
class Line:
    """`amount` in cents, negative where something comes off. `of` and `out_of` say what the line is reckoned with:
    the percentage and the rank, the sessions left and all of them, the credit used and the credit there was."""

    kind: Kind
    amount: int
    of: int = 0
    out_of: int = 0


@dataclass(frozen=True)
class Item:
    key: str
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True)
class Quote:
    """What a basket costs, item by item in the order it was asked, and what the credit pays of it."""

    version: str
    items: tuple[Item, ...]
    credit: Line | None = field(default=None)

    @property
    def total(self) -> int:
        """Before the credit."""
        return sum(item.total for item in self.items)

    @property
    def due(self) -> int:
        return self.total + (self.credit.amount if self.credit else 0)

    def as_bytes(self) -> bytes:
        """One spelling of it, to freeze and to compare: the same quote is always the same bytes."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


def quote(grid: Grid, wishes: Sequence[Wish], *, on: date, enrolled: Sequence[Place] = (), credit: int = 0) -> Quote:
    """The price of a basket on a day. `enrolled` are the household's places of this season, in their order.

    Raises NoPrice where the grid has no row. Ranks go to the dearest first, by the price each would have alone, after
    those already enrolled: the order in which a basket was filled changes nothing. `credit` is in cents; it is taken
    off what is due after pro rata, being money that the household has paid before.
    """
    alone = {wish.key: _row_of(grid, wish, 1, on).amount(wish.quotient) for wish in wishes}
    dearest_first = sorted(wishes, key=lambda wish: (-alone[wish.key], wish.key))
    siblings = _ranks_of_siblings(dearest_first, enrolled)
    activities = _ranks_of_activities(dearest_first, enrolled)
    items = tuple(_item(grid, wish, siblings[wish.key], activities[wish.key], on) for wish in wishes)
    bare = Quote(grid.version, items)
    used = credit_used(bare.total, credit)
    return Quote(grid.version, items, Line(Kind.CREDIT, -used, used, credit)) if used else bare


def credit_used(total: int, credit: int) -> int:
    """How much of a credit pays a total, in cents: all that it can, leaving nothing to pay or at least one euro."""
    used = min(total, max(credit, 0))
    if 0 < total - used < LEAST_PAID:
        used = max(total - LEAST_PAID, 0)
    return used


def rounded(amount: Fraction, step: int) -> int:
    """To the nearest multiple of the step, half up."""
    return int((amount / step + Fraction(1, 2)) // 1) * step


def months_later(day: date, months: int) -> date:
    """The same day some months on; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


def is_fresh(paper_on: date, on: date) -> bool:
    """Whether a paper of that day still proves a status."""
    return on <= months_later(paper_on, PAPER_MONTHS)


def _row_of(grid: Grid, wish: Wish, rank: int, on: date) -> Row:
    status = Status.REDUCED if wish.paper_on is not None and is_fresh(wish.paper_on, on) else Status.FULL
    for row in grid.rows:
        if (
            (row.code, row.unit) == (wish.code, wish.unit)
            and row.residence in (Residence.ANY, wish.residence)
            and row.status in (Status.ANY, status)
            and wish.age in row.ages
            and wish.quotient in row.quotients
            and rank in row.ranks
        ):
            return row
    raise NoPrice


def _item(grid: Grid, wish: Wish, sibling: int, activity: int, on: date) -> Item:
    row = _row_of(grid, wish, sibling, on)
    exact = row.amount(wish.quotient)
    charged = rounded(exact, grid.step)
    lines = [Line(Kind.PRICE, charged)]

    def add(kind: Kind, share: Fraction, of: int, out_of: int) -> None:
        nonlocal exact, charged
        exact *= share
        before, charged = charged, rounded(exact, grid.step)
        lines.append(Line(kind, charged - before, of, out_of))

    for reduction in grid.reductions:
        rank = sibling if reduction.because == Because.SIBLING else activity
        if reduction.fits(wish, rank):
            add(Kind(reduction.because), Fraction(100 - reduction.percent, 100), reduction.percent, rank)
    if wish.left < wish.sessions:
        add(Kind.PRO_RATA, Fraction(max(wish.left, 0), wish.sessions), max(wish.left, 0), wish.sessions)
    return Item(wish.key, tuple(lines), tuple(_remarks(grid, wish, row, on)))


def _remarks(grid: Grid, wish: Wish, row: Row, on: date) -> list[Remark]:
    remarks = []
    if wish.quotient is None and (row.quotients.low > 0 or isinstance(row.price, Rate)):
        remarks.append(Remark.TOP_BAND)
    prices = [one for one in grid.rows if (one.code, one.unit) == (wish.code, wish.unit)]
    is_asked = any(
        one.status == Status.REDUCED and one.residence in (Residence.ANY, wish.residence) and wish.age in one.ages
        for one in prices
    )
    if is_asked and wish.paper_on is not None and not is_fresh(wish.paper_on, on):
        remarks.append(Remark.OLD_PAPER)
    if wish.lacks_proof and row.residence == Residence.OTHER:
        remarks.append(Remark.NO_PROOF)
    return remarks


def _ranks_of_siblings(wishes: Sequence[Wish], enrolled: Sequence[Place]) -> Mapping[str, int]:
    """By wish: which child of the household this is for its price code. Grown-ups are all the first."""
    children = [place for place in enrolled if place.age < CHILD_UNDER]
    asking = [wish for wish in wishes if wish.age < CHILD_UNDER]
    ranks = _ranks(asking, children, lambda one: one.code, lambda one: one.member)
    return {wish.key: ranks.get(wish.key, 1) for wish in wishes}


def _ranks_of_activities(wishes: Sequence[Wish], enrolled: Sequence[Place]) -> Mapping[str, int]:
    """By wish: the how-manyth activity of its member this is. Every place of a whole term or year is one of its own."""
    counted: dict[str, int] = {}
    for place in enrolled:
        counted[place.member] = counted.get(place.member, 0) + 1
    ranks = {}
    for wish in wishes:
        if wish.unit == Unit.SESSION:
            ranks[wish.key] = 1
            continue
        ranks[wish.key] = counted[wish.member] = counted.get(wish.member, 0) + 1
    return ranks


def _ranks(
    wishes: Sequence[Wish],
    enrolled: Sequence[Place],
    among: Callable[[Wish | Place], str],
    who: Callable[[Wish | Place], str],
) -> dict[str, int]:
    """Each person's place in the order in which persons come, those enrolled first; apart for what `among` says."""
    order: dict[str, list[str]] = {}
    for place in enrolled:
        known = order.setdefault(among(place), [])
        if who(place) not in known:
            known.append(who(place))
    ranks = {}
    for wish in wishes:
        known = order.setdefault(among(wish), [])
        if who(wish) not in known:
            known.append(who(wish))
        ranks[wish.key] = known.index(who(wish)) + 1
    return ranks
