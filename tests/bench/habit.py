"""What commissions do by habit: by points, each child the first place on its list that is still free, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from booking.nurseries.audit.limits import THE_GUARANTEED, Limits, Takes
from booking.nurseries.audit.requests import Party, Requests, Wanted
from booking.nurseries.audit.walk import walk

NOBODY: dict[str, Any] = {"seats": {}}


@dataclass
class Habit:
    limits: Limits
    #: (child, nursery) pairs with a claim, as the contract counts them.
    claims: int
    hours: float

    def hours_of(self, answer: Mapping[str, Any]) -> float:
        """The share of the free hours of all nurseries and months that a seating fills."""
        free = sum(hours for cells in self.limits.free.values() for cell, hours in cells.items() if cell[0] == "hours")
        filled = sum(
            hours
            for name, seat in answer["seats"].items()
            for cell, hours in self.limits.takes(
                name, seat["facility"], seat["start"], frozenset(seat["half_days"])
            ).items()
            if cell[0] == "hours"
        )
        return float(filled / free)


def by_points_once(round: Mapping[str, Any]) -> Habit:
    limits = Limits(round)
    requests = Requests(round, NOBODY, limits)
    free = {name: dict(cells) for name, cells in limits.free.items()}
    seats: dict[str, Any] = {}
    for party in sorted(requests.parties, key=lambda party: _turn(round, party)):
        for option in party.options:
            needs = requests.needs(party, option, "open")
            if _fits(free[option.facility], needs):
                for cell, need in needs.items():
                    if cell in free[option.facility]:
                        free[option.facility][cell] -= need
                seats |= _seats(party, option)
                break
    answer = {"seats": seats}
    placed = Requests(round, answer, limits)
    left = {
        (looked.party.children, facility)
        for facility in limits.facilities
        for looked in walk(placed, facility)
        if looked.claims(limits.free[facility])
    }
    habit = Habit(limits, len(left), 0.0)
    habit.hours = habit.hours_of(answer)
    return habit


def _turn(round: Mapping[str, Any], party: Party) -> tuple[Any, ...]:
    requests = (round["children"][name] for name in party.children)
    return max((-one["points"], one["complete_on"], one["draw"]) for one in requests)


def _fits(free: Takes, needs: Takes) -> bool:
    return all(cell not in free or need <= free[cell] for cell, need in needs.items() if cell != THE_GUARANTEED)


def _seats(party: Party, option: Wanted) -> dict[str, Any]:
    return {
        name: {
            "facility": option.facility,
            "start": option.start,
            "half_days": sorted(days),
            "route": "open",
            "together": len(party.children) > 1,
        }
        for name, days in zip(party.children, option.days, strict=True)
    }
