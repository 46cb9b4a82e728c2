"""A round and its answer as the commission looks at them: requests by points, the week in layers, what would change.

Pure: made of the file and the answer alone, so there is no name in it that could be shown by mistake.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from booking.nurseries.audit.limits import Cell, Limits, Takes

Json = Mapping[str, Any]
#: How many of those who found no room are looked at for days that could be moved.
LOOKED_AT = 25


@dataclass(frozen=True)
class Request:
    """One request at one nursery. `has` is its seat anywhere; `just_misses`: the first in line there."""

    number: str
    points: float
    rank: int
    wishes: int
    answer: str
    has: Json | None
    days: Sequence[Sequence[Sequence[str]]]
    starts: Sequence[str]
    complete_on: str
    draw: int
    is_contested: bool = False
    just_misses: bool = False


@dataclass(frozen=True)
class Layers:
    """One half-day of one section: who is there or decided, who is proposed, who is pencilled in, of how many."""

    half_day: str
    decided: int
    proposed: int
    pencilled: int
    of: int | None

    @property
    def free(self) -> int | None:
        return None if self.of is None else max(0, self.of - self.decided - self.proposed - self.pencilled)


@dataclass(frozen=True)
class Change:
    """A child whose place a decision would change."""

    number: str
    before: Json | None
    after: Json | None

    @property
    def comes(self) -> bool:
        return self.before is None

    @property
    def goes(self) -> bool:
        return self.after is None


@dataclass(frozen=True)
class Move:
    """Days that one child likes as well as its own, and that would let another in."""

    mover: str
    days: Sequence[str]
    instead: Sequence[str]
    lets_in: str
    enters: Sequence[str]
    start: str


@dataclass
class Board:
    """`decided` is the file with its decisions, `answer` the engine's to it."""

    decided: Json
    answer: Json
    pencil: Json | None = None
    _limits: Limits | None = field(default=None, repr=False)

    @property
    def children(self) -> Json:
        found: Json = self.decided["children"]
        return found

    @cached_property
    def limits(self) -> Limits:
        return self._limits or Limits(self.decided)

    @cached_property
    def contested(self) -> set[tuple[str, str]]:
        return {(child, pair["facility"]) for pair in self.answer["contested"] for child in pair["children"]}

    def points(self, child: str, facility: str) -> float:
        request = self.children[child]
        found: float = request["points"] + request.get("bonus", {}).get(facility, 0)
        return found

    def requests(self, facility: str) -> list[Request]:
        """Everybody who asks for a place there or has one, the strongest first; the first without one just misses."""
        found = [self._request(child, facility) for child in self.children if self._concerns(child, facility)]
        found.sort(key=lambda one: (-one.points, one.complete_on, one.draw))
        first = next((number for number, one in enumerate(found) if one.answer == "full" and one.has is None), None)
        if first is not None:
            found[first] = _with(found[first], just_misses=True)
        return found

    def _concerns(self, child: str, facility: str) -> bool:
        return facility in self.children[child]["wishes"] or self._is_at(child, facility)

    def _is_at(self, child: str, facility: str) -> bool:
        seat = self.answer["seats"].get(child)
        return seat is not None and seat["facility"] == facility

    def _request(self, child: str, facility: str) -> Request:
        request = self.children[child]
        wishes = request["wishes"]
        return Request(
            number=child,
            points=self.points(child, facility),
            rank=wishes.index(facility) + 1 if facility in wishes else 0,
            wishes=len(wishes),
            answer=self.answer["wishes"][child].get(facility, {}).get("answer", ""),
            has=self.answer["seats"].get(child),
            days=request["days"],
            starts=request["starts"],
            complete_on=request["complete_on"],
            draw=request["draw"],
            is_contested=(child, facility) in self.contested,
        )

    def seats_at(self, facility: str) -> dict[str, Json]:
        return {child: seat for child, seat in self.answer["seats"].items() if seat["facility"] == facility}

    # --- the week ---------------------------------------------------------------------------------------------------

    def week(self, facility: str, month: str) -> dict[str, list[Layers]]:
        """By section, each half-day of a month; the nursery as a whole under "". Closed half-days have no entry."""
        part = self.decided["facilities"][facility]
        there: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in ("decided", "proposed", "pencilled")}
        for one in part.get("present", []):
            if one.get("until") is None or month <= one["until"]:
                self._count(there["decided"], self._band(one["bands"], month), one["half_days"])
        for child, seat in self.seats_at(facility).items():
            layer = "decided" if seat["route"] in ("locked", "kept") else "proposed"
            self._count_child(there[layer], child, seat, month)
        if self.pencil is not None:
            self._pencil(there, facility, month)
        return {
            band: [self._layers(facility, there, month, day, band) for day in self._open_days(facility, month)]
            for band in ("", *self.decided["bands"])
        }

    def _pencil(self, there: Mapping[str, Counter[tuple[str, str]]], facility: str, month: str) -> None:
        """Whoever would come or have other days, were it decided so; whoever would go leaves the proposal."""
        now, then = self.seats_at(facility), Board(self.decided, self.pencil or {}).seats_at(facility)
        for child, seat in now.items():
            if then.get(child) != seat:
                layer = "decided" if seat["route"] in ("locked", "kept") else "proposed"
                self._count_child(there[layer], child, seat, month, -1)
        for child, seat in then.items():
            if now.get(child) != seat:
                self._count_child(there["pencilled"], child, seat, month)

    def _count_child(self, layer: Counter[tuple[str, str]], child: str, seat: Json, month: str, sign: int = 1) -> None:
        until = self.children[child].get("until")
        if seat["start"] <= month and (until is None or month <= until):
            self._count(layer, self._band(self.children[child]["bands"], month), seat["half_days"], sign)

    @staticmethod
    def _count(layer: Counter[tuple[str, str]], band: str, days: Sequence[str], sign: int = 1) -> None:
        for day in days:
            layer[band, day] += sign
            layer["", day] += sign

    def _band(self, bands: Any, month: str) -> str:
        found: str = bands[self.decided["months"].index(month)] if isinstance(bands, list) else bands
        return found

    def _open_days(self, facility: str, month: str) -> list[str]:
        return [day for day in self.decided["half_days"] if not self.limits.is_closed(facility, month, day)]

    def _layers(
        self, facility: str, there: Mapping[str, Counter[tuple[str, str]]], month: str, day: str, band: str
    ) -> Layers:
        cell: Cell = ("section", month, day, band) if band else ("places", month, day, "")
        free = self.limits.free[facility].get(cell)
        present = sum(
            day in one["half_days"]
            and (one.get("until") is None or month <= one["until"])
            and (not band or self._band(one["bands"], month) == band)
            for one in self.decided["facilities"][facility].get("present", [])
        )
        decided, proposed, pencilled = (there[name][band, day] for name in ("decided", "proposed", "pencilled"))
        return Layers(day, decided, proposed, pencilled, None if free is None else int(free) + present)

    # --- days that could be moved -----------------------------------------------------------------------------------

    def moves(self, facility: str) -> list[Move]:
        """Equally liked days that, if moved, let in somebody who would rather be here: one move for each.

        The strongest who would enter comes first, and whoever moves for one moves for nobody weaker. What else would
        follow elsewhere is said by trying it.
        """
        taken: Counter[Cell] = Counter()
        movers = []
        for child, seat in self.seats_at(facility).items():
            takes = self._takes(child, seat["start"], seat["half_days"], facility)
            taken.update(takes)
            if seat["route"] == "open" and not seat["together"]:
                movers.append((child, seat, takes, self._as_liked(child, seat)))
        movers = [one for one in movers if one[3]]
        found: list[Move] = []
        waiting = [one for one in self.requests(facility) if one.answer == "full"]
        for one in [one for one in waiting if not self._is_at(one.number, facility)][:LOOKED_AT]:
            moved = {move.mover for move in found}
            move = self._move_for(one, facility, taken, [mover for mover in movers if mover[0] not in moved])
            if move is not None:
                found.append(move)
        return found

    def _takes(self, child: str, start: str, days: Sequence[str], facility: str) -> Takes:
        return self.limits.takes(child, facility, start, frozenset(days))

    def _as_liked(self, child: str, seat: Json) -> list[Sequence[str]]:
        """The other sets of half-days of the same group."""
        mine = set(seat["half_days"])
        for group in self.children[child]["days"]:
            if any(set(days) == mine for days in group):
                return [days for days in group if set(days) != mine]
        return []

    def _move_for(
        self, one: Request, facility: str, taken: Counter[Cell], movers: Sequence[tuple[str, Json, Takes, Any]]
    ) -> Move | None:
        free = self.limits.free[facility]
        for start in one.starts:
            for days in one.days[0]:
                if not self.limits.is_open(one.number, facility, start, days):
                    continue
                need = self._takes(one.number, start, days, facility)
                over = {cell for cell, number in need.items() if cell in free and taken[cell] + number > free[cell]}
                for child, seat, takes, others in movers:
                    if not over <= takes.keys():
                        continue
                    for other in others:
                        if not self.limits.is_open(child, facility, seat["start"], other):
                            continue
                        instead = self._takes(child, seat["start"], other, facility)
                        if _fits(free, taken, takes, (instead, need)):
                            return Move(child, seat["half_days"], other, one.number, days, start)
        return None


def _fits(free: Takes, taken: Counter[Cell], without: Takes, added: Sequence[Takes]) -> bool:
    cells = {cell for takes in added for cell in takes}
    return all(
        taken[cell] - without.get(cell, 0) + sum(takes.get(cell, 0) for takes in added) <= free[cell]
        for cell in cells
        if cell in free
    )


def _with(request: Request, **changes: Any) -> Request:
    return Request(**{**request.__dict__, **changes})


def changes(before: Json, after: Json) -> Iterator[Change]:
    """Who would come, go, or have another place."""
    for child in sorted({*before["seats"], *after["seats"]}, key=lambda number: (len(number), number)):
        one, other = before["seats"].get(child), after["seats"].get(child)
        if _place(one) != _place(other):
            yield Change(child, one, other)


def _place(seat: Json | None) -> tuple[Any, ...] | None:
    return None if seat is None else (seat["facility"], seat["start"], tuple(seat["half_days"]))
