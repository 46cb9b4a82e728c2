"""A table's numbers as bars, drawn as SVG beside the table that says the same. Pure: shapes and places, no markup."""

from collections.abc import Sequence
from dataclasses import dataclass

#: In units of the drawing, which stretches to the width of the page.
WIDTH, LINE, BAR, NAME = 640, 26, 16, 230


@dataclass(frozen=True)
class Bar:
    """`value` None: hidden, and nothing is drawn."""

    name: str
    value: float | None
    y: int
    length: float

    @property
    def text_y(self) -> int:
        return self.y + BAR - 3


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    height: int
    width: int = WIDTH
    left: int = NAME
    thickness: int = BAR


def bars_of(names: Sequence[str], values: Sequence[float | None]) -> Chart | None:
    """None where there is nothing to draw."""
    most = max((value for value in values if value is not None), default=0)
    if most <= 0:
        return None
    room = WIDTH - NAME - 60
    bars = [
        Bar(name, value, number * LINE, round(room * (value or 0) / most, 1))
        for number, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    return Chart(bars, len(bars) * LINE)
