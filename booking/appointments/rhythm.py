"""In which weeks or months a weekly opening holds: every one, every second, the first Saturday of the month. Pure.

The weekday, the hours and the dates between which it is valid lie with the opening itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from math import gcd

from municipalities.spans import monday_of

#: The last such weekday of a month, be it the fourth or the fifth.
LAST = -1
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`every_weeks` weeks counted from the week of `counted_from`, or the `nth` such weekday of each month.

    On the dates `except_on` it does not hold.
    """

    every_weeks: int = 1
    counted_from: date | None = None
    nth: int | None = None
    except_on: tuple[date, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the day is in a week or a place of the month that is meant; which weekday it is does not matter."""
        if day in self.except_on:
            return False
        if self.nth is not None:
            return (day + WEEK).month != day.month if self.nth == LAST else (day.day - 1) // 7 + 1 == self.nth
        return self.counted_from is None or self._weeks_since(day) % self.every_weeks == 0

    def _weeks_since(self, day: date) -> int:
        assert self.counted_from is not None
        return (monday_of(day) - monday_of(self.counted_from)) // WEEK

    def may_meet(self, other: "Rhythm") -> bool:
        """Whether both could hold on one day. Dates left out are not considered, nor are they by the database."""
        if self.nth is not None and other.nth is not None:
            return bool(_places(self.nth) & _places(other.nth))
        if self.counted_from is None or other.counted_from is None:
            return True
        return self._weeks_since(other.counted_from) % gcd(self.every_weeks, other.every_weeks) == 0

    def days(self, weekday: int, since: date, until: date | None = None) -> Iterator[date]:
        """The days on which it holds on that weekday, from `since` to `until`, in order."""
        day = since + timedelta(days=(weekday - since.weekday()) % 7)
        # A year and a month hold every place of the month; a rule whose dates are all left out ends there too.
        last = min(until or date.max - WEEK, since + timedelta(days=800))
        while day <= last:
            if self.holds_on(day):
                yield day
            day += WEEK

    def first_days(self, number: int, weekday: int, since: date, until: date | None = None) -> list[date]:
        return list(islice(self.days(weekday, since, until), number))


EVERY_WEEK = Rhythm()


def _places(nth: int) -> set[int]:
    return {4, 5} if nth == LAST else {nth}
