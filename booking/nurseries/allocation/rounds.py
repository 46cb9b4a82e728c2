"""What a round says once it has been read and judged (contract of the allocation, section 2).

Months, half-days, bands and nurseries are numbers: their positions in the lists of the horizon. Hours are hundredths of
an hour, so that nothing is ever rounded. Points are whole numbers or exact fractions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

#: A set of half-days, ascending.
Days = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """A child who is there from the first month to `last`. `bands`: its section, month by month."""

    half_days: Days
    bands: tuple[int, ...]
    last: int
    week_hours: int | None


@dataclass(frozen=True, slots=True)
class Facility:
    """A nursery. Limits are tables: of months, then of half-days; `None` is no limit."""

    name: str
    authorised: tuple[tuple[int, ...], ...]
    overshoot: tuple[tuple[int, ...], ...]
    #: By month, half-day, band.
    sections: tuple[tuple[tuple[int | None, ...], ...], ...]
    adults: tuple[tuple[int | None, ...], ...]
    #: Hundredths of an hour that each half-day lasts.
    hours: tuple[int, ...]
    guaranteed_missing: int
    present: tuple[Present, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """The place a child has and keeps until it gets a better one."""

    facility: int
    half_days: Days


@dataclass(frozen=True, slots=True)
class Lock:
    """The place the commission gave."""

    facility: int
    start: int
    half_days: Days
    reason: str


@dataclass(frozen=True, slots=True)
class Child:
    """A request. `groups`: groups of sets of half-days in order of preference, the sets of one group liked equally."""

    name: str
    points: int | Fraction
    bonus: Mapping[int, int | Fraction]
    complete_on: str
    draw: int
    guaranteed: bool
    bands: tuple[int, ...]
    last: int
    wishes: tuple[int, ...]
    starts: tuple[int, ...]
    groups: tuple[tuple[Days, ...], ...]
    month_first: bool
    week_hours: int | None
    holds: Holding | None
    lock: Lock | None
    #: Nurseries the commission excluded this child from → its reason.
    excluded: Mapping[int, str]

    def points_at(self, facility: int) -> int | Fraction:
        return self.points + self.bonus.get(facility, 0)


@dataclass(frozen=True, slots=True)
class Together:
    """Siblings who ask for one nursery and one month; `apart`: else they stand for themselves."""

    children: tuple[str, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class Round:
    months: tuple[str, ...]
    half_days: tuple[str, ...]
    bands: tuple[str, ...]
    facilities: tuple[Facility, ...]
    children: Mapping[str, Child]
    together: tuple[Together, ...]
    digest: str

    def name_days(self, days: Days) -> list[str]:
        return [self.half_days[day] for day in days]


def as_number(value: int | Fraction) -> Any:
    """As JSON writes it: a whole number without a point."""
    return int(value) if value == int(value) else float(value)
