"""What a nursery has and what a child takes of it: plain counts by cell (contract, section 3).

A cell is (limit, month, half-day, band), empty where the limit has none. A cell that is missing has no limit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

Cell = tuple[str, str, str, str]
Number = int | Fraction
Takes = dict[Cell, Number]

THE_GUARANTEED: Cell = ("guaranteed", "", "", "")


def exact(value: int | float) -> Number:
    return value if isinstance(value, int) else Fraction(str(value))


class Limits:
    """The cells of a round, nursery by nursery, and the shares of its children."""

    def __init__(self, round: Mapping[str, Any]) -> None:
        self.months: list[str] = list(round["months"])
        self.half_days: list[str] = list(round["half_days"])
        self.bands: list[str] = list(round["bands"])
        self.facilities: Mapping[str, Any] = round["facilities"]
        self.children: Mapping[str, Any] = round["children"]
        self._authorised = {
            name: {
                (month, day): self._of(part["authorised"], month, day, 0)
                for month in self.months
                for day in self.half_days
            }
            for name, part in self.facilities.items()
        }
        self.free = {name: self._free(name) for name in self.facilities}
        self._shares: dict[tuple[Any, ...], Takes] = {}

    def _in_month(self, value: Any, month: str) -> Any:
        return value[self.months.index(month)] if isinstance(value, list) else value

    def _of(self, value: Any, month: str, day: str, missing: Any) -> Any:
        """A number that holds always, by half-day, by month, or both."""
        value = self._in_month(value, month)
        return value.get(day, missing) if isinstance(value, dict) else value

    def _section(self, value: Any, month: str, day: str, band: str) -> Any:
        value = self._in_month(value, month)
        if day in value:
            return value[day].get(band)
        value = value.get(band)
        return value.get(day) if isinstance(value, dict) else value

    def hours_of(self, facility: str, day: str) -> Number:
        return exact(self.facilities[facility].get("hours", {"am": 5, "pm": 5})[day.split("_")[1]])

    def is_closed(self, facility: str, month: str, day: str) -> bool:
        return not self._authorised[facility][month, day]

    def _free(self, name: str) -> Takes:
        part = self.facilities[name]
        free: Takes = {THE_GUARANTEED: part.get("guaranteed_missing", 0)}
        for month in self.months:
            week: Number = 0
            for day in self.half_days:
                authorised = self._authorised[name][month, day]
                week += authorised * self.hours_of(name, day)
                free["places", month, day, ""] = (
                    authorised * self._of(part.get("overshoot", 100), month, day, 100) // 100
                )
                for band in self.bands:
                    limit = self._section(part.get("sections", {}), month, day, band)
                    if limit is not None:
                        free["section", month, day, band] = limit
                adults = self._of(part["adults"], month, day, None) if "adults" in part else None
                if adults is not None:
                    free["adults", month, day, ""] = adults * 40
            free["hours", month, "", ""] = week
        taken: Counter[Cell] = Counter()
        for one in part.get("present", []):
            hours = self._week(name, one)(one["half_days"])
            taken.update(self._share(one["bands"], self.months[0], one.get("until"), one["half_days"], hours))
        return {cell: max(0, limit - taken[cell]) for cell, limit in free.items()}

    def _week(self, facility: str, one: Mapping[str, Any]) -> Any:
        if "week_hours" in one:
            return lambda _days: exact(one["week_hours"])
        return lambda days: sum(self.hours_of(facility, day) for day in days)

    def stay(self, start: str, until: str | None) -> list[str]:
        """The months from the first to the last of a stay, both included."""
        first = self.months.index(start)
        last = self.months.index(until) if until is not None else len(self.months) - 1
        return self.months[first : last + 1]

    def _share(self, bands: Any, start: str, until: str | None, days: Iterable[str], hours: Number) -> Takes:
        share: Takes = {}
        for month in self.stay(start, until):
            band = self._in_month(bands, month)
            for day in days:
                share["places", month, day, ""] = 1
                share["section", month, day, band] = 1
                share["adults", month, day, ""] = 8 if band == self.bands[0] else 5
            share["hours", month, "", ""] = hours
        return share

    def takes(self, child: str, facility: str, start: str, days: frozenset[str]) -> Takes:
        """What this child takes there from `start` on. Not to be changed by the caller."""
        request = self.children[child]
        hours = self._week(facility, request)(days)
        key = (child, start, days, hours)
        if key not in self._shares:
            self._shares[key] = self._share(request["bands"], start, request.get("until"), days, hours)
        return self._shares[key]

    def is_open(self, child: str, facility: str, start: str, days: Iterable[str]) -> bool:
        until = self.children[child].get("until")
        return not any(self.is_closed(facility, month, day) for month in self.stay(start, until) for day in days)


def together(shares: Iterable[Takes]) -> Takes:
    """What several children take."""
    shares = list(shares)
    if len(shares) == 1:
        return shares[0]
    total: Takes = {}
    for share in shares:
        for cell, number in share.items():
            total[cell] = total.get(cell, 0) + number
    return total
