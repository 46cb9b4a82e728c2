"""The answer to a round (contract, section 5): seats, an answer with its reasons to every wish, what is contested."""

import json
from collections.abc import Mapping
from typing import Any

from booking.nurseries.allocation.cells import HOURS, field, lowest
from booking.nurseries.allocation.options import CLASSES, KEPT, LOCKED, OPEN, Attempt, Field, Option, Unit
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.allocation.rounds import Child, Days, as_number
from booking.nurseries.allocation.rule import Run, seat_everybody

Json = dict[str, Any]
ROUTE_OF_CLASS = {number: route for route, number in CLASSES.items()}


def allocate(data: Mapping[str, Any]) -> Json:
    """The answer to a round as JSON knows it. The same round gives the same answer. Raises RoundRefused."""
    of = Field(read_round(data))
    run, contested = seat_everybody(of)
    return Answers(of, run, contested).all()


def as_bytes(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


class Answers:
    """What a finished run says to everybody in it."""

    def __init__(self, of: Field, run: Run, contested: list[tuple[Unit, int]]) -> None:
        self.round, self.layout, self.run = of.round, of.layout, run
        self.of = of
        self.contested = contested
        self._days: dict[Days, list[str]] = {}
        self._is_contested = {(unit.number, facility) for unit, facility in contested}

    def all(self) -> Json:
        seats: Json = {}
        wishes: Json = {}
        for unit in self.run.units.values():
            option = self.run.placed.get(unit.number)
            if option is not None:
                seats |= self._seats(option)
            wishes |= {child.name: self._wishes(unit, child) for child in unit.children}
        return {
            "digest": self.round.digest,
            "seats": seats,
            "wishes": wishes,
            "contested": sorted(
                (
                    {"children": list(unit.names), "facility": self.round.facilities[facility].name}
                    for unit, facility in self.contested
                ),
                key=lambda pair: (pair["children"], pair["facility"]),
            ),
        }

    def _seats(self, option: Option) -> Json:
        joint = len(option.seats) == 1
        return {
            name: {
                "facility": self.round.facilities[option.seats[0 if joint else number].facility].name,
                "start": self.round.months[option.start],
                "half_days": self.round.name_days(days),
                "route": option.route,
                "together": len(option.unit.children) > 1 and option.route != KEPT,
            }
            for number, (name, days) in enumerate(zip(option.children, option.days, strict=True))
        }

    def _wishes(self, unit: Unit, child: Child) -> Json:
        asked = list(child.wishes)
        if child.lock is not None and child.lock.facility not in asked:
            asked.append(child.lock.facility)
        return {self.round.facilities[facility].name: self._wish(unit, child, facility) for facility in asked}

    def _wish(self, unit: Unit, child: Child, facility: int) -> Json:
        if facility in child.excluded:
            return {"answer": "excluded", "reason": child.excluded[facility]}
        if child.lock is not None:
            here = child.lock.facility == facility
            return {"answer": LOCKED if here else "locked_elsewhere", "reason": child.lock.reason}
        if (unit.number, facility) in self._is_contested:
            return {"answer": "contested"}
        placed = self.run.placed.get(unit.number)
        if placed is not None and self._is_obtained(unit, placed, facility):
            return {"answer": "obtained"}
        asked = [one for one in unit.attempts if one.facility == facility and one.route == OPEN]
        if not asked:
            return self._not_served(child, facility)
        better = [attempt for attempt in asked if attempt.rank < self.run.rank(unit)]
        if not better:
            return {"answer": "better_wish"}
        return self._full(unit, child, better)

    @staticmethod
    def _is_obtained(unit: Unit, placed: Option, facility: int) -> bool:
        """A place there that was asked for; what a child has and did not list is no answer to a wish."""
        asked = placed.route != KEPT or any(
            attempt.rank == placed.rank and attempt.route == OPEN for attempt in unit.attempts
        )
        return asked and placed.seats[0].facility == facility

    def _not_served(self, child: Child, facility: int) -> Json:
        """No option exists: it is closed on the half-days liked best, or siblings have no place in common."""
        closed = self.of.closed[facility]
        at = [
            self.of.use_of(child, facility, start, days) & closed
            for start in child.starts
            for group in child.groups
            for days in group
        ]
        if not all(at):
            return {"answer": "not_served", "together": True}
        cell = self.layout.names[lowest(at[0])]
        return {"answer": "not_served", "month": cell.month, "half_day": cell.half_day}

    def _full(self, unit: Unit, child: Child, better: list[Attempt]) -> Json:
        number = unit.children.index(child)
        nursery = self.run.nurseries[better[0].facility]
        taken = nursery.taken_before(better[0].right, unit)
        free = nursery.capacity - taken
        # Many options meet the same limit, and are told so in the same words.
        met: dict[tuple[int, int], tuple[Json, Json]] = {}
        told: list[Json] = []
        for attempt in better:
            for option in attempt.options:
                use = option.seats[0].use
                at = self.layout.exceeded(free, use)
                need = field(use, at)
                if (at, need) not in met:
                    met[at, need] = self._because(unit, better[0], at, need, taken)
                told.append(
                    {
                        "start": self.round.months[option.start],
                        "half_days": self._names_of(option.days[number]),
                        "because": met[at, need][0],
                    }
                )
        # Of the place liked best, which is the first that was looked at.
        tie = next(iter(met.values()))[1]
        first, *others = told
        answer = {"answer": "full", **first, "points": as_number(-better[0].right[1]), "also_full": others}
        return answer | ({"tie": tie} if tie else {})

    def _names_of(self, days: Days) -> list[str]:
        if days not in self._days:
            self._days[days] = self.round.name_days(days)
        return self._days[days]

    def _because(self, unit: Unit, attempt: Attempt, at: int, need: int, taken: int) -> tuple[Json, Json]:
        """The limit that is exceeded with everybody of stronger right, and how equal points were told apart."""
        right, capacity = attempt.right, self.run.nurseries[attempt.facility].capacity
        cell = self.layout.names[at]
        scale = 100 if cell.limit == HOURS else 1
        last = self.run.last_in(attempt.facility, right, at, unit)
        because = {
            "limit": cell.limit,
            "month": cell.month,
            "half_day": cell.half_day,
            "band": cell.band,
            "free": _scaled(field(capacity, at), scale),
            "taken": _scaled(field(taken, at), scale),
            "need": _scaled(need, scale),
            "last_points": None if last is None else as_number(-last.right[1]),
            "last_route": None if last is None else ROUTE_OF_CLASS[last.right[0]],
        }
        tie: Json = {}
        if last is not None and last.right[:2] == right[:2]:
            by, nth = ("complete_on", 2) if last.right[2] != right[2] else ("draw", 3)
            tie = {"by": by, "last": last.right[nth], "own": right[nth]}
        return because, tie


def _scaled(number: int, scale: int) -> Any:
    return number // scale if number % scale == 0 else number / scale
