"""The limits of section 3, and what places take of them, as long numbers.

Every limit is a cell: places, each section and adults at a month and half-day, hours at a month, guaranteed places of
the nursery. A nursery's cells lie side by side in one whole number, a field of 32 bits for each, the same layout
everywhere. What a place takes is such a number too, so that taking all cells of a year at once is one subtraction, and
whether any of them is exceeded one comparison: the highest bit of each field is a guard that falls when the field below
it goes negative. The fields below hold at most 2³⁰: the reader bounds every number of a round so.
"""

import struct
from dataclasses import dataclass

from booking.nurseries.allocation.rounds import Days, Facility, Round

FIELD = 32
ALONE = (1 << FIELD) - 1
UNLIMITED = 1 << 30
#: A cell above this has no limit of its own, whatever has been taken of it.
NO_LIMIT = 1 << 29
#: An adult in fortieths, and what a child takes of one: one for five of the first band, one for eight of the others.
ADULT, FIRST_BAND, OTHER_BANDS = 40, 8, 5

PLACES, SECTION, ADULTS, HOURS, GUARANTEED = "places", "section", "adults", "hours", "guaranteed"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a limit stands. Empty where the limit has none."""

    limit: str
    month: str
    half_day: str
    band: str


class Layout:
    """Where each cell of a nursery lies: months in order, in each its half-days, then the hours of the month."""

    def __init__(self, round: Round) -> None:
        self.bands = len(round.bands)
        self.kinds = self.bands + 2
        self.per_month = len(round.half_days) * self.kinds + 1
        self.count = len(round.months) * self.per_month + 1
        self._shares: dict[tuple[Days, int, int], int] = {}
        self.names: list[Cell] = []
        for month in round.months:
            for day in round.half_days:
                self.names.append(Cell(PLACES, month, day, ""))
                self.names += [Cell(SECTION, month, day, band) for band in round.bands]
                self.names.append(Cell(ADULTS, month, day, ""))
            self.names.append(Cell(HOURS, month, "", ""))
        self.names.append(Cell(GUARANTEED, "", "", ""))
        #: Guards of the cells of each limit, in the order in which a family is told which of them is exceeded.
        self.guards = {
            limit: sum(1 << (FIELD * at + FIELD - 1) for at, cell in enumerate(self.names) if cell.limit == limit)
            for limit in (PLACES, SECTION, ADULTS, HOURS, GUARANTEED)
        }
        self.guard = sum(self.guards.values())

    def places_at(self, month: int, day: int) -> int:
        return month * self.per_month + day * self.kinds

    def section_at(self, month: int, day: int, band: int) -> int:
        return self.places_at(month, day) + 1 + band

    def adults_at(self, month: int, day: int) -> int:
        return self.places_at(month, day) + self.kinds - 1

    def hours_at(self, month: int) -> int:
        return (month + 1) * self.per_month - 1

    def stay(self, days: Days, bands: tuple[int, ...], start: int, last: int, hours: int) -> int:
        """What one child takes who is there on these half-days from `start` to `last`, so many hours a week."""
        total = 0
        for month in range(start, last + 1):
            total |= self._share(days, bands[month], hours) << (FIELD * self.per_month * month)
        return total

    def _share(self, days: Days, band: int, hours: int) -> int:
        """The same for one month, as if it were the first."""
        key = (days, band, hours)
        if key not in self._shares:
            share = hours << (FIELD * self.hours_at(0))
            for day in days:
                share |= 1 << (FIELD * self.places_at(0, day))
                share |= 1 << (FIELD * self.section_at(0, day, band))
                share |= (OTHER_BANDS if band else FIRST_BAND) << (FIELD * self.adults_at(0, day))
            self._shares[key] = share
        return self._shares[key]

    def guaranteed(self, places: int) -> int:
        return places << (FIELD * (self.count - 1))

    def capacity(self, facility: Facility) -> int:
        """What is free for the round: every limit less what the present children take of it, never below none."""
        limits = [UNLIMITED] * self.count
        for month, authorised in enumerate(facility.authorised):
            for day, places in enumerate(authorised):
                limits[self.places_at(month, day)] = places * facility.overshoot[month][day] // 100
                for band, limit in enumerate(facility.sections[month][day]):
                    if limit is not None:
                        limits[self.section_at(month, day, band)] = limit
                adults = facility.adults[month][day]
                if adults is not None:
                    limits[self.adults_at(month, day)] = adults * ADULT
            limits[self.hours_at(month)] = sum(
                places * hours for places, hours in zip(authorised, facility.hours, strict=True)
            )
        limits[-1] = facility.guaranteed_missing
        taken = 0
        for child in facility.present:
            hours = week_hours(child.week_hours, child.half_days, facility)
            taken += self.stay(child.half_days, child.bands, 0, child.last, hours)
        free = (max(0, limit - used) for limit, used in zip(limits, self.fields(taken), strict=True))
        return sum(number << (FIELD * at) for at, number in enumerate(free))

    def closed(self, facility: Facility) -> int:
        """Every bit of the cells of places at which this nursery is closed."""
        return sum(
            ALONE << (FIELD * self.places_at(month, day))
            for month, authorised in enumerate(facility.authorised)
            for day, places in enumerate(authorised)
            if not places
        )

    def fields(self, number: int) -> tuple[int, ...]:
        """The cells of a long number, one by one."""
        return struct.unpack(f"<{self.count}I", number.to_bytes(self.count * FIELD // 8, "little"))

    def fits(self, free: int, use: int) -> bool:
        return ((free | self.guard) - use) & self.guard == self.guard

    def exceeded(self, free: int, use: int) -> int:
        """The cell named to the family: by limit, then the earliest month, then the half-day. -1: none is exceeded."""
        fallen = ~((free | self.guard) - use) & self.guard
        for guards in self.guards.values():
            if here := fallen & guards:
                return lowest(here)
        return -1


def field(number: int, at: int) -> int:
    """One cell of a long number."""
    return number >> (FIELD * at) & ALONE


def lowest(number: int) -> int:
    """The first cell of a long number that holds anything."""
    return ((number & -number).bit_length() - 1) // FIELD


def week_hours(said: int | None, days: Days, facility: Facility) -> int:
    """Hundredths of an hour a week: those of the contract, or the sum of its half-days."""
    return said if said is not None else sum(facility.hours[day] for day in days)
