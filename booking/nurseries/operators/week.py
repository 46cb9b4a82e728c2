"""A nursery's week and months ahead as its operator's page shows them: the numbers of the round."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.nurseries.calendar_words import WEEK, say_half_day
from booking.nurseries.capacity import Horizon, Moment, Nursery, Stretch
from booking.nurseries.enums import Section
from municipalities.wording import say_weekday


@dataclass(frozen=True)
class Half:
    """One half-day. `moment` is None where the nursery is closed."""

    name: str
    moment: Moment | None

    @property
    def there(self) -> int:
        return sum(self.moment.there.values()) if self.moment else 0

    @property
    def sections(self) -> list[tuple[str, int, int]]:
        """(section, children there, children who could still come)."""
        if self.moment is None:
            return []
        return [(str(one.label), self.moment.there.get(one, 0), self.moment.free_in(one)) for one in Section]


@dataclass(frozen=True)
class Month:
    """Free places of each section in a month; None where nothing is open."""

    month: str
    sections: Sequence[Stretch | None]


def week_of(nursery: Nursery, ahead: Horizon, month: str) -> list[tuple[str, list[Half]]]:
    """Each day with its two halves."""
    moments = ahead.moments(nursery)
    return [
        (
            say_weekday(number),
            [Half(say_half_day(day), moments.get((month, day))) for day in (f"{name}_am", f"{name}_pm")],
        )
        for number, name in enumerate(WEEK[:5])
    ]


def months_of(nursery: Nursery, ahead: Horizon) -> list[Month]:
    free = ahead.stretches(nursery)
    return [Month(month, [free.get((month, one.value)) for one in Section]) for month in ahead.months]
