"""From the week a family asks for to the sets of half-days that reach the allocation (its contract, section 2). Pure.

Every set of a group is liked equally; a group of more days comes before one of fewer. At most sixteen sets leave: where
a family would accept more, each number of days keeps as many as the others, spread over the week.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat")
HALVES = ("am", "pm")
HALF_DAYS = tuple(f"{day}_{half}" for day in WEEK for half in HALVES)
MOST_SETS = 16

Days = tuple[str, ...]


@dataclass(frozen=True)
class Sets:
    """`groups` in order of preference; `left_out` is how many other sets the family would have accepted."""

    groups: tuple[tuple[Days, ...], ...]
    left_out: int = 0

    @property
    def number(self) -> int:
        return sum(len(group) for group in self.groups)


def days_of(half_days: Collection[str]) -> list[str]:
    """The days of the week in which some half-day is."""
    return [day for day in WEEK if any(f"{day}_{half}" in half_days for half in HALVES)]


def in_order(half_days: Collection[str]) -> Days:
    return tuple(one for one in HALF_DAYS if one in half_days)


def sets_of(half_days: Collection[str], *, any_of: int | None = None, down_to: int | None = None) -> Sets:
    """The sets for a week, or for any `any_of` of its days, down to `down_to` days.

    `any_of` None: all the days. `down_to` None: no fewer. A day keeps the halves that were ticked for it.
    """
    return _sets_of(in_order(half_days), any_of, down_to)


@lru_cache(maxsize=1_000)
def _sets_of(half_days: Days, any_of: int | None, down_to: int | None) -> Sets:
    """Few weeks are asked for by many families."""
    days = days_of(half_days)
    most = len(days) if any_of is None else any_of
    sizes = range(most, (most if down_to is None else down_to) - 1, -1)
    every = [[_halves(chosen, half_days) for chosen in combinations(days, size)] for size in sizes]
    shares = _shares([len(group) for group in every])
    groups = tuple(tuple(_spread(group, share)) for group, share in zip(every, shares, strict=True))
    kept = sum(shares)
    return Sets(groups, sum(len(group) for group in every) - kept)


def _halves(days: Sequence[str], half_days: Collection[str]) -> Days:
    return tuple(one for one in HALF_DAYS if one in half_days and one.split("_")[0] in days)


def _shares(sizes: Sequence[int]) -> list[int]:
    """How many of each group stay: one in turn for each, until sixteen are given out or none is left."""
    shares = [0] * len(sizes)
    left = MOST_SETS
    while left and shares != list(sizes):
        for number, size in enumerate(sizes):
            if left and shares[number] < size:
                shares[number] += 1
                left -= 1
    return shares


def _spread(group: Sequence[Days], share: int) -> list[Days]:
    """So many of a group, each day of the week in about as many of them, in the order in which they are listed."""
    used = dict.fromkeys(WEEK, 0)
    left = list(range(len(group)))
    for _pick in range(share):
        best = min(left, key=lambda number: sum(used[day] for day in days_of(group[number])))
        left.remove(best)
        for day in days_of(group[best]):
            used[day] += 1
    return [days for number, days in enumerate(group) if number not in left]


def week_hours(half_days: Collection[str], hours: Mapping[str, Sequence[str]], sets: Sets) -> float | None:
    """Hours a week, where the family says them for every day and only one set of days is asked for; else None."""
    days = days_of(half_days)
    if sets.number != 1 or not all(day in hours for day in days):
        return None
    minutes = sum(_minutes(hours[day][1]) - _minutes(hours[day][0]) for day in days)
    return round(minutes / 60, 2) if minutes > 0 else None


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def last_month(born: date) -> str:
    """The last month in a nursery: the August of the year in which the child turns three, before school begins."""
    return f"{born.year + 3:04}-08"


def starts_within(first: date, later: int, months: Sequence[str]) -> list[str]:
    """Of the months of a round, those in which the child may begin, the earliest first.

    What was asked for before the round begins is asked for at its beginning, with as many months later.
    """
    begin = first.year * 12 + first.month - 1
    wanted = {f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, begin + later + 1)}
    if month_of(first) < months[0]:
        return list(months[: later + 1])
    return [month for month in months if month in wanted]
