"""Counts of people with those below five hidden, and so many besides that no total gives them away. Pure.

A table of counts with its totals is a flow: from a hub into each row, from the row into its columns, from the columns
back into the hub. Whoever knows the published numbers can tell a hidden one exactly when no circle of hidden numbers
leads through it along which something could be moved (numbers of people are never negative). Where that is so, one
number more is hidden, until nothing can be told.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from booking.nurseries.enums import ENOUGH

Node = tuple[str, int]
_IN: Node = ("hub", 0)
_OUT: Node = ("hub", 1)


@dataclass
class _Arc:
    """One number of the table: `tail` to `head` carries `value`. `is_total` where it sums up others."""

    tail: Node
    head: Node
    value: int
    is_total: bool
    is_hidden: bool = False


@dataclass(frozen=True)
class Hidden:
    """The table as it may be shown: None where a number is hidden. `total` is that of the row totals."""

    cells: Sequence[Sequence[int | None]]
    rows: Sequence[int | None]
    columns: Sequence[int | None]
    total: int | None


def hide(cells: Sequence[Sequence[int]], *, is_total_hidden: bool = False) -> Hidden:
    """A table whose totals are shown: of rows, of columns, of all. Rows are of one length, at least one.

    `is_total_hidden`: of a table of one column whose total another table hides.
    """
    height, width = len(cells), len(cells[0])
    if height == 1 and width > 1:
        # A single row is a line: other tables of the same people show its totals as those of their columns.
        line = hide([[count] for count in cells[0]])
        shown = [row[0] for row in line.cells]
        return Hidden([shown], [line.total], shown, line.total)
    # A line of one number has no sum besides that number.
    starts: list[Node] = [("row", i) if width > 1 else _OUT for i in range(height)]
    ends: list[Node] = [("column", j) if height > 1 else _IN for j in range(width)]
    inner = [[_Arc(starts[i], ends[j], cells[i][j], False) for j in range(width)] for i in range(height)]
    rows = [_Arc(_OUT, starts[i], sum(cells[i]), True) if width > 1 else inner[i][0] for i in range(height)]
    columns = [
        _Arc(ends[j], _IN, sum(row[j] for row in cells), True) if height > 1 else inner[0][j] for j in range(width)
    ]
    whole = _Arc(_IN, _OUT, sum(map(sum, cells)), True)
    sums = [arc for arc in (*rows, *columns) if arc.is_total]
    arcs = [*(arc for row in inner for arc in row), *sums, whole]
    for arc in arcs:
        arc.is_hidden = arc.value < ENOUGH or (is_total_hidden and arc.is_total)
    while (told := next(_told(arcs), None)) is not None:
        _next_to(told, arcs).is_hidden = True
    return Hidden(
        [[_shown(arc) for arc in row] for row in inner],
        [_shown(arc) for arc in rows],
        [_shown(arc) for arc in columns],
        _shown(whole),
    )


def hide_line(counts: Sequence[int], *, is_total_hidden: bool = False) -> tuple[list[int | None], int | None]:
    """Counts that sum up to a total that is shown: the counts and the total as they may be shown.

    `is_total_hidden`: another table hides the total, and these counts must not tell it.
    """
    if not counts:
        return [], 0
    found = hide([[count] for count in counts], is_total_hidden=is_total_hidden)
    return [row[0] for row in found.cells], found.total


def hide_each(counts: Sequence[int]) -> list[int | None]:
    """Counts that sum up to nothing that is shown."""
    return [count if count >= ENOUGH else None for count in counts]


def _shown(arc: _Arc) -> int | None:
    return None if arc.is_hidden else arc.value


def _told(arcs: Sequence[_Arc]) -> Iterator[_Arc]:
    """Hidden numbers that the shown ones give away."""
    out: dict[Node, list[tuple[Node, _Arc]]] = defaultdict(list)
    for arc in arcs:
        if arc.is_hidden:
            out[arc.tail].append((arc.head, arc))
            if arc.value > 0:
                out[arc.head].append((arc.tail, arc))
    for arc in arcs:
        if arc.is_hidden:
            more = _leads(out, arc.head, arc.tail, arc)
            if not more and not (arc.value > 0 and _leads(out, arc.tail, arc.head, arc)):
                yield arc


def _leads(out: dict[Node, list[tuple[Node, _Arc]]], start: Node, end: Node, without: _Arc) -> bool:
    seen, ahead = {start}, deque([start])
    while ahead:
        node = ahead.popleft()
        if node == end:
            return True
        for other, arc in out[node]:
            if arc is not without and other not in seen:
                seen.add(other)
                ahead.append(other)
    return False


def _next_to(told: _Arc, arcs: Sequence[_Arc]) -> _Arc:
    """What is hidden besides: the total of its row, then the smallest shown number beside it.

    A total of a column is hidden for another one's sake alone: other tables of the same people show it too, and hide it
    by the same rule.
    """
    shown = [arc for arc in arcs if not arc.is_hidden]
    for hub in (_IN, _OUT):
        sums = [arc for arc in arcs if hub in (arc.tail, arc.head) and (arc.tail, arc.head) != (_IN, _OUT)]
        beside = [arc for arc in sums if arc is not told]
        if told in sums and beside and all(not arc.is_hidden for arc in beside):
            return min(beside, key=lambda arc: arc.value)
    ends = _joined(told, arcs) - {_IN, _OUT}
    inside = [arc for arc in shown if _IN not in (arc.tail, arc.head)]
    near = [arc for arc in inside if ends & {arc.tail, arc.head}]
    return min(near or inside or shown, key=lambda arc: (not arc.is_total, arc.value))


def _joined(told: _Arc, arcs: Sequence[_Arc]) -> set[Node]:
    """The rows and columns that hidden numbers join to this one."""
    found = {told.tail, told.head}
    hidden = [arc for arc in arcs if arc.is_hidden]
    grows = True
    while grows:
        inside = found - {_IN, _OUT}
        more = {node for arc in hidden if inside & {arc.tail, arc.head} for node in (arc.tail, arc.head)}
        grows = not more <= found
        found |= more
    return found
