"""The plan of a day as a table: lanes across, hours down, one cell for what happens. Pure.

Its rows are cut where anything begins or ends, so that every cell is exact, and a long free stretch is one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from booking.activities.models import Lane, LaneUse
from municipalities.wording import colon


@dataclass(frozen=True, slots=True)
class Cell:
    """`use` is None where nobody is. `lanes` are those it spans, of one basin."""

    use: LaneUse | None
    lanes: tuple[Lane, ...]
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    start: datetime
    end: datetime
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Head:
    """A basin above its lanes."""

    name: str
    lanes: list[Lane]


@dataclass(frozen=True, slots=True)
class DayGrid:
    day: date
    heads: list[Head]
    rows: list[Row]

    @property
    def lanes(self) -> list[Lane]:
        return [lane for head in self.heads for lane in head.lanes]

    @property
    def happenings(self) -> list[tuple[LaneUse, str]]:
        """The same as a list, for screens on which lanes side by side are too wide: in order, with lanes in words."""
        found: dict[tuple[UUID, datetime, datetime], tuple[LaneUse, list[Lane]]] = {}
        for cell in (cell for row in self.rows for cell in row.cells):
            if cell.use:
                period = cell.use.period
                found.setdefault((cell.use.event, period.lower, period.upper), (cell.use, []))[1].extend(cell.lanes)
        return [(use, say_lanes(lanes)) for use, lanes in found.values()]


def day_grid(day: date, lanes: Sequence[Lane], uses: Sequence[LaneUse], start: datetime, end: datetime) -> DayGrid:
    """What happens in these lanes within `[start, end)`, the day by the local clock."""
    within = [use for use in uses if use.period.lower < end and use.period.upper > start]
    bounds = sorted({min(max(bound, start), end) for use in within for bound in (use.period.lower, use.period.upper)})
    spans = list(pairwise(bounds))
    by_lane: dict[int, list[LaneUse]] = {}
    for use in within:
        by_lane.setdefault(use.lane_id, []).append(use)
    seen: set[tuple[int, int]] = set()
    rows = []
    for number, (first, last) in enumerate(spans):
        cells: list[Cell] = []
        for index, lane in enumerate(lanes):
            if (number, index) in seen:
                continue
            found = _in(by_lane, lane, first)
            if found is None:
                cells.append(Cell(None, (lane,)))
                continue
            length = sum(1 for one, _end in spans[number:] if one < found.period.upper)
            beside = [lane, *_beside(by_lane, lanes[index + 1 :], lane, found, first)]
            seen |= {(number + down, index + right) for down in range(length) for right in range(len(beside))}
            cells.append(Cell(found, tuple(beside), length))
        rows.append(Row(first, last, cells))
    return DayGrid(day, _heads(lanes), rows)


def _in(by_lane: dict[int, list[LaneUse]], lane: Lane, moment: datetime) -> LaneUse | None:
    return next((use for use in by_lane.get(lane.pk, ()) if use.period.lower <= moment < use.period.upper), None)


def _beside(
    by_lane: dict[int, list[LaneUse]], lanes: Sequence[Lane], first: Lane, use: LaneUse, moment: datetime
) -> list[Lane]:
    """The next lanes of the basin in which the same thing happens."""
    found: list[Lane] = []
    for lane in lanes:
        other = _in(by_lane, lane, moment)
        same = other is not None and other.event == use.event and other.period == use.period
        if not same or lane.basin_id != first.basin_id:
            break
        found.append(lane)
    return found


def _heads(lanes: Sequence[Lane]) -> list[Head]:
    heads: list[Head] = []
    for lane in lanes:
        if not heads or heads[-1].lanes[-1].basin_id != lane.basin_id:
            heads.append(Head(str(lane.basin), []))
        heads[-1].lanes.append(lane)
    return heads


def event_uses(uses: Sequence[LaneUse]) -> dict[UUID, list[LaneUse]]:
    """Rows by what happens, in their order."""
    found: dict[UUID, list[LaneUse]] = {}
    for use in uses:
        found.setdefault(use.event, []).append(use)
    return found


def say_lanes(lanes: Sequence[Lane]) -> str:
    """« Grand bassin : Ligne 1, Ligne 2 », basin by basin."""
    return "; ".join(
        f"{head.name}{colon()} {', '.join(str(lane.name) for lane in head.lanes)}" for head in _heads(lanes)
    )
