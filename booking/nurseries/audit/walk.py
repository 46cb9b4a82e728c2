"""Walks a nursery from the strongest right to the weakest: who could enter if only weaker ones made room."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from booking.nurseries.audit.limits import Cell, Number, Takes
from booking.nurseries.audit.requests import Party, Requests, Right, Seated, Wanted


@dataclass
class Looked:
    """What one party finds at one nursery by one right, with everybody of stronger right seated."""

    party: Party
    route: str
    right: Right
    taken: dict[Cell, Number]
    stronger: list[Seated]
    #: Options it likes better than what it has, in its order, with what each needs.
    better: list[tuple[Wanted, Takes]]

    def claims(self, free: Takes) -> bool:
        return any(not self.first_exceeded(free, needs) for _option, needs in self.better)

    def first_exceeded(self, free: Takes, needs: Takes) -> Cell | None:
        for cell, need in needs.items():
            if cell in free and self.taken.get(cell, 0) + need > free[cell]:
                return cell
        return None

    def last(self, cell: Cell) -> Seated | None:
        """The weakest of the stronger ones who takes of a cell."""
        return next((one for one in reversed(self.stronger) if one.takes.get(cell)), None)


def walk(requests: Requests, facility: str) -> Iterator[Looked]:
    """Everybody who would like a place there better than what they have, each with the nursery as they find it.

    What is yielded changes as the walk goes on: look at once.
    """
    events: list[tuple[Right, int, Any]] = [(one.right, 1, one) for one in requests.seated(facility)]
    for party in requests.parties:
        better = [option for option in party.at(facility) if option.rank < party.rank]
        if better:
            for route in requests.routes(party):
                # Before a seat of the same right: it is the party's own.
                events.append((requests.right(party.children, facility, route), 0, (party, route, better)))
    taken: dict[Cell, Number] = {}
    stronger: list[Seated] = []
    for right, is_seat, what in sorted(events, key=lambda event: event[:2]):
        if is_seat:
            stronger.append(what)
            _count(taken, what.takes, 1)
            continue
        party, route, better = what
        own = [one for one in stronger if one.party is party]
        for one in own:
            _count(taken, one.takes, -1)
        others = [one for one in stronger if one.party is not party] if own else stronger
        needs = [(option, requests.needs(party, option, route)) for option in better]
        yield Looked(party, route, right, taken, others, needs)
        for one in own:
            _count(taken, one.takes, 1)


def _count(taken: dict[Cell, Number], takes: Takes, sign: int) -> None:
    for cell, number in takes.items():
        taken[cell] = taken.get(cell, 0) + sign * number
