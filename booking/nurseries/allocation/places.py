"""Reads one nursery of a round: its limits as tables of months and half-days, and the children who are there."""

from typing import Any, Protocol

from booking.nurseries.allocation import shapes
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.rounds import Days, Facility, Present

#: Children, adults or sections at once: far above any nursery, and small enough for the fields of `cells`.
MOST = 9_999
#: Percent of the authorised places (CSP R.2324-27).
OVERSHOOT = (100, 115)
HOURS = {"am": 5, "pm": 5}


class Horizon(Protocol):
    """What the reader of the whole round tells about names."""

    months: dict[str, int]
    half_days: dict[str, int]
    bands: dict[str, int]

    def days(self, value: Any, where: str) -> Days: ...
    def bands_of(self, value: Any, where: str) -> tuple[int, ...]: ...
    def last_of(self, value: Any, where: str) -> int: ...


def read_facility(of: Horizon, name: str, value: Any) -> Facility:
    where = f"facilities.{name}"
    optional = ("overshoot", "sections", "adults", "hours", "guaranteed_missing", "present")
    part = shapes.as_object(value, where, ("authorised",), optional)
    months = len(of.months)

    def children(one: Any, there: str) -> int:
        return shapes.as_whole(one, there, 0, MOST)

    def percent(one: Any, there: str) -> int:
        return shapes.as_whole(one, there, *OVERSHOOT)

    def by_half_day(key: str, otherwise: Any, read: Any, missing: Any) -> Any:
        """A table of months and half-days from one value, one by half-day, or a list of these by month."""
        if key not in part:
            return ((otherwise,) * len(of.half_days),) * months

        def one_month(one: Any, there: str) -> tuple[Any, ...]:
            if not isinstance(one, dict):
                return (read(one, there),) * len(of.half_days)
            _known(one, there, of.half_days, "une demi-journée")
            return tuple(read(one[day], f"{there}.{day}") if day in one else missing for day in of.half_days)

        return shapes.by_month(part[key], f"{where}.{key}", months, one_month)

    def sections(one: Any, there: str) -> tuple[tuple[int | None, ...], ...]:
        return _sections(of, shapes.as_object(one, there), there)

    no_sections = ((None,) * len(of.bands),) * len(of.half_days)
    return Facility(
        name=name,
        authorised=by_half_day("authorised", 0, children, 0),
        overshoot=by_half_day("overshoot", 100, percent, 100),
        sections=shapes.by_month(part["sections"], f"{where}.sections", months, sections)
        if "sections" in part
        else (no_sections,) * months,
        adults=by_half_day("adults", None, children, None),
        hours=_hours(of, part.get("hours", HOURS), f"{where}.hours"),
        guaranteed_missing=children(part.get("guaranteed_missing", 0), f"{where}.guaranteed_missing"),
        present=_present(of, part.get("present", []), f"{where}.present"),
    )


def _known(part: dict[str, Any], where: str, names: dict[str, int], what: str) -> None:
    for key in part:
        shapes.one_of(key, where, names, f"{what} de la session")


def _sections(of: Horizon, part: dict[str, Any], where: str) -> tuple[tuple[int | None, ...], ...]:
    """By half-day and band: `{band: n}`, `{band: {half_day: n}}` or `{half_day: {band: n}}`; missing is no limit."""
    is_by_day = bool(part) and all(key in of.half_days for key in part)
    if not is_by_day:
        _known(part, where, of.bands, "une section")

    def limit(day: str, band: str) -> int | None:
        one = part.get(day, {}).get(band) if is_by_day else part.get(band)
        if not is_by_day and isinstance(one, dict):
            one = one.get(day)
        return one

    for key, one in part.items():
        there = f"{where}.{key}"
        if is_by_day:
            _known(shapes.as_object(one, there), there, of.bands, "une section")
        elif isinstance(one, dict):
            _known(one, there, of.half_days, "une demi-journée")
        for inner, number in one.items() if isinstance(one, dict) else [("", one)]:
            shapes.as_whole(number, f"{there}.{inner}" if inner else there, 0, MOST)
    return tuple(tuple(limit(day, band) for band in of.bands) for day in of.half_days)


def _hours(of: Horizon, value: Any, where: str) -> tuple[int, ...]:
    """Hundredths of an hour of each half-day; the two halves of a day are named."""
    part = shapes.as_object(value, where, (), ("am", "pm"))
    halves = {half: shapes.as_hours(one, f"{where}.{half}", 24) for half, one in part.items()}
    for day in of.half_days:
        if day[-2:] not in halves:
            raise RoundRefused(f"{where} : la clé « {day[-2:]} » manque.")
    return tuple(halves[day[-2:]] for day in of.half_days)


def _present(of: Horizon, value: Any, where: str) -> tuple[Present, ...]:
    found = []
    numbers: list[Any] = []
    for position, one in enumerate(shapes.as_list(value, where, empty=True)):
        there = f"{where}[{position}]"
        part = shapes.as_object(one, there, ("child", "half_days", "bands"), ("until", "week_hours"))
        number = part["child"]
        if isinstance(number, bool) or not isinstance(number, int | str) or number == "":
            shapes.refuse(f"{there}.child", "un numéro est attendu", number)
        numbers.append(str(number))
        found.append(
            Present(
                half_days=of.days(part["half_days"], f"{there}.half_days"),
                bands=of.bands_of(part["bands"], f"{there}.bands"),
                last=of.last_of(part.get("until"), f"{there}.until"),
                week_hours=shapes.as_hours(part["week_hours"], f"{there}.week_hours", 168)
                if "week_hours" in part
                else None,
            )
        )
    if len(numbers) > MOST:
        raise RoundRefused(f"{where} : {MOST} enfants au plus sont attendus.")
    shapes.all_different(numbers, where)
    return tuple(found)
