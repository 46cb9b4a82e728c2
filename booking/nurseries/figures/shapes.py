"""One figure: its name, how it is counted, and its table as it may be shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from booking.nurseries.figures.charts import Chart, bars_of
from booking.nurseries.figures.hiding import hide, hide_each, hide_line

#: As it stands in a table, once what is hidden is None.
Value = float | int | str | None


@dataclass(frozen=True)
class Row:
    name: str
    values: Sequence[Value]


@dataclass
class Figure:
    """`code` names it in addresses and files. `columns` are the heads after the first. `chart_of`: which is drawn."""

    code: str
    title: str
    definition: str
    head: str
    columns: Sequence[str]
    rows: Sequence[Row]
    chart_of: int = 0
    unit: str = ""
    notes: Sequence[str] = field(default_factory=list)

    @cached_property
    def chart(self) -> Chart | None:
        lines = [row for row in self.rows if not row.name.startswith("Σ")]
        values = [row.values[self.chart_of] for row in lines]
        drawn = [value if isinstance(value, int | float) else None for value in values]
        return bars_of([row.name for row in lines], drawn)


def counts(
    code: str,
    title: str,
    definition: str,
    head: str,
    lines: Sequence[tuple[str, int]],
    *,
    what: str,
    sums: bool = True,
    is_total_hidden: bool = False,
) -> Figure:
    """A count of people by line. `sums`: the lines part a whole, whose total is shown too.

    `is_total_hidden`: unless another table hides it.
    """
    numbers = [number for _name, number in lines]
    if not sums:
        shown = hide_each(numbers)
        rows = [Row(name, [value]) for (name, _number), value in zip(lines, shown, strict=True)]
        return Figure(code, title, definition, head, [what], rows)
    hidden, total = hide_line(numbers, is_total_hidden=is_total_hidden)
    rows = [Row(name, [value]) for (name, _number), value in zip(lines, hidden, strict=True)]
    return Figure(code, title, definition, head, [what], [*rows, Row(total_name(), [total])])


def crossed(
    code: str,
    title: str,
    definition: str,
    head: str,
    columns: Sequence[str],
    lines: Sequence[tuple[str, Sequence[int]]],
    *,
    sums: bool = True,
) -> Figure:
    """A count of people by line and column, with the total of each line; `sums`: and of each column."""
    heads = [*columns, _("Total")]
    if not lines:
        return Figure(code, title, definition, head, heads, [])
    if not sums:
        rows = []
        for name, numbers in lines:
            hidden, total = hide_line(numbers)
            rows.append(Row(name, [*hidden, total]))
        return Figure(code, title, definition, head, heads, rows)
    table = hide([list(numbers) for _name, numbers in lines])
    rows = [Row(name, [*cells, total]) for (name, _n), cells, total in zip(lines, table.cells, table.rows, strict=True)]
    rows.append(Row(total_name(), [*table.columns, table.total]))
    return Figure(code, title, definition, head, heads, rows)


def total_name() -> str:
    return "Σ " + _("Total")
