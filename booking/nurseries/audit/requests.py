"""Who stands in an answered round, what each asks for in order, and by which right (contract, sections 1 and 4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from booking.nurseries.audit.limits import THE_GUARANTEED, Limits, Number, Takes, exact, together

#: Sorts the stronger first.
Right = tuple[int, Number, str, int]
STRENGTH = {"locked": 0, "kept": 1, "guaranteed": 2, "open": 3}
#: What was not asked for is liked less than all that was, and better than nothing.
UNLISTED, NOTHING = 10**9, 10**9 + 1


@dataclass
class Wanted:
    """One option: a nursery, a month, half-days child by child. `rank`: smaller is liked better, equal days equally."""

    rank: int
    facility: str
    start: str
    days: tuple[frozenset[str], ...]


@dataclass
class Party:
    """A child, or siblings who stand together."""

    children: tuple[str, ...]
    options: list[Wanted] = field(default_factory=list)
    rank: int = NOTHING

    def at(self, facility: str) -> list[Wanted]:
        return [option for option in self.options if option.facility == facility]


@dataclass
class Seated:
    party: Party
    right: Right
    route: str
    takes: Takes


class Requests:
    """The round's children as parties, and where the answer seats them."""

    def __init__(self, round: Mapping[str, Any], answer: Mapping[str, Any], limits: Limits) -> None:
        self.children: Mapping[str, Any] = round["children"]
        self.locks: Mapping[str, Any] = round.get("locks", {})
        self.excluded = {(one["child"], one["facility"]): one["reason"] for one in round.get("excluded", [])}
        self.seats: Mapping[str, Any] = answer["seats"]
        self.limits = limits
        self.parties = list(self._parties(round.get("together", [])))
        for party in self.parties:
            if party.children[0] not in self.locks:
                party.options = list(self._wanted(party.children))
            party.rank = self._rank(party)

    def _parties(self, groups: list[Any]) -> Iterator[Party]:
        alone = set(self.children)
        for group in groups:
            free = tuple(name for name in group["children"] if name not in self.locks)
            if len(free) > 1 and (group["otherwise"] == "nothing" or self._have_a_place_together(free)):
                alone -= set(free)
                yield Party(free)
        yield from (Party((name,)) for name in self.children if name in alone)

    def _have_a_place_together(self, names: tuple[str, ...]) -> bool:
        """Siblings who would rather stand apart are still one party where each of them has a place as one."""
        seats = [self.seats.get(name) for name in names]
        return all(seat and seat["together"] for seat in seats) or all(
            seat and seat["route"] == "kept" for seat in seats
        )

    def _wanted(self, names: tuple[str, ...]) -> Iterator[Wanted]:
        first = self.children[names[0]]
        order: Iterable[tuple[str, str]] = product(first["wishes"], first["starts"])
        if first["prefers"] == "start":
            order = ((facility, start) for start, facility in product(first["starts"], first["wishes"]))
        rank = 0
        for facility, start in order:
            if any(
                facility not in self.children[name]["wishes"]
                or start not in self.children[name]["starts"]
                or (name, facility) in self.excluded
                for name in names
            ):
                continue
            for groups in product(*(self.children[name]["days"] for name in names)):
                rank += 1
                for sets in product(*groups):
                    days = tuple(frozenset(one) for one in sets)
                    if all(
                        self.limits.is_open(name, facility, start, one) for name, one in zip(names, days, strict=True)
                    ):
                        yield Wanted(rank, facility, start, days)

    def _rank(self, party: Party) -> int:
        """How well the party likes what it has."""
        seats = [self.seats.get(name) for name in party.children]
        if not any(seats):
            return NOTHING
        for option in party.options:
            if all(
                seat is not None
                and (seat["facility"], seat["start"], frozenset(seat["half_days"]))
                == (option.facility, option.start, days)
                for seat, days in zip(seats, option.days, strict=True)
            ):
                return option.rank
        return UNLISTED

    def right(self, names: tuple[str, ...], facility: str, route: str) -> Right:
        """The right of the weakest of these children there."""
        return max(
            (
                STRENGTH[route],
                -(exact(self.children[name]["points"]) + exact(self.children[name].get("bonus", {}).get(facility, 0))),
                self.children[name]["complete_on"],
                self.children[name]["draw"],
            )
            for name in names
        )

    def routes(self, party: Party) -> list[str]:
        """The rights by which a place is tried."""
        may = all(self.children[name].get("guaranteed", False) for name in party.children)
        return ["guaranteed", "open"] if may else ["open"]

    def needs(self, party: Party, option: Wanted, route: str) -> Takes:
        shares = [
            self.limits.takes(name, option.facility, option.start, days)
            for name, days in zip(party.children, option.days, strict=True)
        ]
        total = together(shares)
        return {**total, THE_GUARANTEED: len(shares)} if route == "guaranteed" else total

    def seated(self, facility: str) -> list[Seated]:
        """Who has a place there, the strongest first; siblings placed together as one."""
        found = []
        for party in self.parties:
            here = [name for name in party.children if self.seats.get(name, {}).get("facility") == facility]
            joint = here and all(self.seats[name]["together"] for name in here)
            for names in [tuple(here)] if joint else [(name,) for name in here]:
                route = self.seats[names[0]]["route"]
                takes = together(self._takes(name) for name in names)
                if route == "guaranteed":
                    takes = {**takes, THE_GUARANTEED: len(names)}
                found.append(Seated(party, self.right(names, facility, route), route, takes))
        return sorted(found, key=lambda one: one.right)

    def _takes(self, name: str) -> Takes:
        seat = self.seats[name]
        return self.limits.takes(name, seat["facility"], seat["start"], frozenset(seat["half_days"]))
