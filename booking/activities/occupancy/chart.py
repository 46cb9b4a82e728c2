"""The bars of a table of occupancy, in units of an SVG; the table beside says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.activities.occupancy.figures import Line

#: More bars than this are no picture any more.
MOST = 40
#: Widths of the picture: what a line is called, and a hundred per cent.
NAMES, WHOLE = 250, 400
HEIGHT, BAR = 34, 12


@dataclass(frozen=True)
class Bar:
    label: str
    y: int
    sold: int | None
    present: int | None

    @property
    def sold_width(self) -> int:
        return round(WHOLE * min(self.sold or 0, 100) / 100)

    @property
    def present_width(self) -> int:
        return round(WHOLE * min(self.present or 0, 100) / 100)

    @property
    def text_y(self) -> int:
        return self.y + 17

    @property
    def present_y(self) -> int:
        return self.y + 2 + BAR


@dataclass(frozen=True)
class Bars:
    bars: Sequence[Bar]
    is_cut: bool

    @property
    def height(self) -> int:
        return HEIGHT * len(self.bars) + 4


def bars(lines: Sequence[Line]) -> Bars:
    shown = [
        Bar(_short(line.label), HEIGHT * place + 4, line.share_sold, line.share_present)
        for place, line in enumerate(lines[:MOST])
    ]
    return Bars(shown, len(lines) > MOST)


def _short(label: str) -> str:
    return label if len(label) <= 32 else label[:31] + "…"
