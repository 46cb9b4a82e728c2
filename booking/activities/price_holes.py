"""Cases that a grid of prices leaves without a price, found before a family finds them. Pure.

The numbers of ages, quotients and ranks are cut where any row of the same code begins or ends: within one such piece
all cases are alike, so that looking at one of each is looking at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from booking.activities.pricing import Grid, Residence, Row, Span, Status, Unit


@dataclass(frozen=True, order=True)
class Need:
    """What groups are sold under: a price is wanted for everybody of these ages."""

    code: str
    unit: Unit
    youngest: int = 0
    #: The first age that is too old; None where nobody is.
    too_old: int | None = None


@dataclass(frozen=True)
class Hole:
    """A case, or a run of them, that has no price."""

    code: str
    unit: Unit
    residence: Residence
    status: Status
    ages: Span
    quotients: Span
    ranks: Span


def holes(grid: Grid, needs: Iterable[Need]) -> list[Hole]:
    """The cases of these needs that no row of the grid fits, neighbours joined, in the order of the needs."""
    found = []
    for need in sorted(set(needs), key=lambda one: (one.code, one.unit, one.youngest)):
        rows = [row for row in grid.rows if (row.code, row.unit) == (need.code, need.unit)]
        whole = Span(need.youngest, need.too_old)
        for residence, status in product((Residence.TERRITORY, Residence.OTHER), (Status.FULL, Status.REDUCED)):
            fitting = [
                row
                for row in rows
                if row.residence in (Residence.ANY, residence) and row.status in (Status.ANY, status)
            ]
            bare = [
                Hole(need.code, need.unit, residence, status, ages, quotients, ranks)
                for ages in _pieces(whole, (row.ages for row in fitting))
                for quotients in _pieces(Span(), (row.quotients for row in fitting))
                for ranks in _pieces(Span(1), (row.ranks for row in fitting))
                if not any(_fits(row, ages, quotients, ranks) for row in fitting)
            ]
            found += _joined(_joined(_joined(bare, "ranks"), "quotients"), "ages")
    return found


def _fits(row: Row, ages: Span, quotients: Span, ranks: Span) -> bool:
    return ages.low in row.ages and quotients.low in row.quotients and ranks.low in row.ranks


def _pieces(whole: Span, spans: Iterable[Span]) -> Iterator[Span]:
    cuts = {whole.low}
    for span in spans:
        cuts |= {cut for cut in (span.low, span.high) if cut is not None}
    inside = sorted(cut for cut in cuts if cut >= whole.low and (whole.high is None or cut < whole.high))
    for low, high in pairwise([*inside, whole.high]):
        yield Span(low or 0, high)


def _joined(bare: Sequence[Hole], along: str) -> list[Hole]:
    """Holes that touch in one dimension and are alike in all others, made one."""
    joined: list[Hole] = []
    for hole in sorted(bare, key=lambda one: _sortable(one, along)):
        span: Span = getattr(hole, along)
        if joined:
            last = joined[-1]
            before: Span = getattr(last, along)
            if before.high == span.low and _with(last, along, span) == hole:
                joined[-1] = _with(last, along, Span(before.low, span.high))
                continue
        joined.append(hole)
    return joined


def _with(hole: Hole, along: str, span: Span) -> Hole:
    changed: dict[str, Any] = {along: span}
    return replace(hole, **changed)


def _sortable(hole: Hole, along: str) -> tuple[tuple[int, float], ...]:
    """Holes in a row along one dimension come one after the other."""
    others = [name for name in ("ages", "quotients", "ranks") if name != along]
    spans = [getattr(hole, name) for name in (*others, along)]
    return tuple((span.low, float("inf") if span.high is None else span.high) for span in spans)
