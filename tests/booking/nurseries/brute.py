"""All seatings of a small round in the common order, one by one: which of them leave nobody a claim.

The common order: no local points, guaranteed right, own place, lock or siblings; every option alone in its group.
Counts with nothing but the numbers of the file.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

Json = dict[str, Any]
#: (nursery, first month, half-days)
Place = tuple[str, str, tuple[str, ...]]


def seatings_without_claims(round: Json) -> list[dict[str, Place]]:
    names = sorted(round["children"], key=lambda name: _right(round, name))
    lists = [[*places_in_order(round, name), None] for name in names]
    free = [seating for seating in product(*lists) if _is_free_of_claims(round, names, lists, seating)]
    return [{name: place for name, place in zip(names, seating, strict=True) if place} for seating in free]


def _right(round: Json, name: str) -> tuple[Any, ...]:
    child = round["children"][name]
    return (-child["points"], child["complete_on"], child["draw"])


def places_in_order(round: Json, name: str) -> Iterator[Place]:
    child = round["children"][name]
    if child["prefers"] == "wish":
        pairs = [(wish, start) for wish in child["wishes"] for start in child["starts"]]
    else:
        pairs = [(wish, start) for start in child["starts"] for wish in child["wishes"]]
    for wish, start in pairs:
        for (days,) in child["days"]:
            if _fits(round, wish, [(name, (wish, start, tuple(days)))]):
                yield wish, start, tuple(days)


def _is_free_of_claims(round: Json, names: list[str], lists: list[list[Any]], seating: tuple[Any, ...]) -> bool:
    """It fits, and no child fits a place it likes better beside those who come before it in the order."""
    for wish in round["facilities"]:
        if not _fits(round, wish, _there(names, seating, wish)):
            return False
    for number, (name, mine) in enumerate(zip(names, seating, strict=True)):
        for better in lists[number]:
            if better == mine:
                break
            stronger = _there(names[:number], seating[:number], better[0])
            if _fits(round, better[0], [*stronger, (name, better)]):
                return False
    return True


def _there(names: list[str], seating: tuple[Any, ...], wish: str) -> list[tuple[str, Place]]:
    return [(name, place) for name, place in zip(names, seating, strict=True) if place and place[0] == wish]


def _fits(round: Json, wish: str, seated: list[tuple[str, Place]]) -> bool:
    part, months = round["facilities"][wish], round["months"]
    there = [
        (one["bands"], months[0], one.get("until"), one["half_days"], one.get("week_hours"), 0)
        for one in part.get("present", [])
    ]
    there += [
        (child["bands"], place[1], child.get("until"), place[2], child.get("week_hours"), 1)
        for name, place in seated
        for child in [round["children"][name]]
    ]
    for at, month in enumerate(months):
        now = [one for one in there if months.index(one[1]) <= at <= months.index(one[2] or months[-1])]
        if not _fits_in(round, part, at, month, now):
            return False
    return True


def _fits_in(round: Json, part: Json, at: int, month: str, now: list[Any]) -> bool:
    """What the present take may exceed a limit by itself: then nothing is left for others, and no more is wrong."""

    def value(given: Any, day: str, missing: Any) -> Any:
        given = given[at] if isinstance(given, list) else given
        return given.get(day, missing) if isinstance(given, dict) else given

    def ok(limit: Any, taken: Counter[int]) -> bool:
        return not taken[1] or limit is None or taken[0] + taken[1] <= limit

    hours = part.get("hours", {"am": 5, "pm": 5})
    week, taken_week = 0, Counter[int]()
    for one in now:
        taken_week[one[5]] += one[4] if one[4] is not None else sum(hours[day[-2:]] for day in one[3])
    for day in round["half_days"]:
        authorised = value(part["authorised"], day, 0)
        week += authorised * hours[day[-2:]]
        here = [one for one in now if day in one[3]]
        bands = [one[0] if isinstance(one[0], str) else one[0][at] for one in here]
        places = Counter(one[5] for one in here)
        if not ok(authorised * value(part.get("overshoot", 100), day, 100) // 100, places):
            return False
        adults = Counter[int]()
        for one, band in zip(here, bands, strict=True):
            adults[one[5]] += 8 if band == round["bands"][0] else 5
        limit = value(part["adults"], day, None) if "adults" in part else None
        if not ok(None if limit is None else limit * 40, adults):
            return False
        for band in round["bands"]:
            section = Counter(one[5] for one, its in zip(here, bands, strict=True) if its == band)
            if not ok(_section(part, at, day, band), section):
                return False
    return ok(week, taken_week)


def _section(part: Json, at: int, day: str, band: str) -> Any:
    given = part.get("sections", {})
    given = given[at] if isinstance(given, list) else given
    if day in given:
        return given[day].get(band)
    given = given.get(band)
    return given.get(day) if isinstance(given, dict) else given
