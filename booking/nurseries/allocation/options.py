"""Who stands in the round and what they ask for: turns, rights and options in order (contract, sections 1 and 4).

A unit has one turn: a child, or siblings who stand together. What it asks for is a list of attempts, best first. An
attempt is one nursery, first month, group of days and class of right; its options, the sets of that group, are liked
equally. The same place tried by the guaranteed and by the open right makes two attempts of the same rank.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from booking.nurseries.allocation.cells import Layout, week_hours
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.rounds import Child, Days, Round

LOCKED, KEPT, GUARANTEED, OPEN = "locked", "kept", "guaranteed", "open"
#: Classes of right, the strongest first.
CLASSES = {LOCKED: 0, KEPT: 1, GUARANTEED: 2, OPEN: 3}

#: Sorts the stronger one first: class (0 in a turn), points with their sign turned, date of the complete file, draw.
Right = tuple[int, int | Fraction, str, int]
#: A rank nobody asked for: worse than every wish, better than nothing.
LAST_RANK = 1 << 40
NOTHING = 1 << 41


@dataclass(slots=True, eq=False)
class Seat:
    """A unit, or one child of it, in one nursery by one right."""

    option: "Option"
    facility: int
    right: Right
    use: int


@dataclass(slots=True, eq=False)
class Option:
    """What is taken when an attempt succeeds. `days` and `children` go together, child by child."""

    unit: "Unit"
    rank: int
    number: int
    route: str
    start: int
    children: tuple[str, ...]
    days: tuple[Days, ...]
    seats: list[Seat] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Attempt:
    rank: int
    facility: int
    route: str
    right: Right
    options: list[Option]


@dataclass(slots=True, eq=False)
class Unit:
    """`own`: what it has and keeps, or the place the commission gave. `apart`: its children, should it be dissolved."""

    number: int
    children: tuple[Child, ...]
    turn: Right
    attempts: list[Attempt] = field(default_factory=list)
    own: Option | None = None
    apart: list["Unit"] = field(default_factory=list)
    #: Whether it is dissolved where it gets no place.
    may_part: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.names = tuple(child.name for child in self.children)

    def right(self, facility: int, route: str) -> Right:
        """The right of the weakest of them there."""
        return max(right_of(child, facility, route) for child in self.children)

    def wish_number(self, facility: int) -> int:
        return self.children[0].wishes.index(facility)


def right_of(child: Child, facility: int, route: str) -> Right:
    return (CLASSES[route], -child.points_at(facility), child.complete_on, child.draw)


class Field:
    """All units of a round, with the layout of its limits."""

    def __init__(self, round: Round) -> None:
        self.round = round
        self.layout = Layout(round)
        self.capacities = [self.layout.capacity(facility) for facility in round.facilities]
        self.closed = [self.layout.closed(facility) for facility in round.facilities]
        self._uses: dict[tuple[int, int, int, Days], int] = {}
        self._hours: dict[tuple[int, Days], int] = {}
        self._number = 0
        self.units: list[Unit] = []
        singles = {name: self._unit((child,)) for name, child in round.children.items()}
        grouped = set()
        for siblings in round.together:
            free = [name for name in siblings.children if round.children[name].lock is None]
            if len(free) > 1:
                group = self._unit(tuple(round.children[name] for name in free))
                group.apart = [singles[name] for name in free]
                group.may_part = siblings.apart
                group.own = self._own_of_group(group)
                self._stand_by_own(group)
                grouped |= set(free)
                self.units.append(group)
        self.units += [unit for name, unit in singles.items() if name not in grouped]
        self._own_places_fit()

    def _unit(self, children: tuple[Child, ...]) -> Unit:
        self._number += 1
        turn = max((0, -child.points, child.complete_on, child.draw) for child in children)
        unit = Unit(self._number, children, turn)
        if len(children) == 1 and children[0].lock is not None:
            lock = children[0].lock
            right = unit.right(lock.facility, LOCKED)
            unit.own = self._place(unit, right, lock.facility, lock.start, (lock.half_days,), LAST_RANK, 1, LOCKED)
            return unit
        self._ask(unit)
        if len(children) == 1 and children[0].holds is not None:
            holds = children[0].holds
            rank = self._rank_of_own(unit)
            right = unit.right(holds.facility, KEPT)
            unit.own = self._place(unit, right, holds.facility, 0, (holds.half_days,), rank, 1, KEPT)
            self._stand_by_own(unit)
        return unit

    def _ask(self, unit: Unit) -> None:
        """Every place the unit accepts, in order: nursery and month as the first of them likes, then days."""
        first = unit.children[0]
        if first.month_first:
            asked = [(facility, start) for start in first.starts for facility in first.wishes]
        else:
            asked = [(facility, start) for facility in first.wishes for start in first.starts]
        number = 1
        for rank, (facility, start, groups) in enumerate(
            (facility, start, groups)
            for facility, start in asked
            if self._all_accept(unit, facility, start)
            for groups in product(*(child.groups for child in unit.children))
        ):
            sets = [days for days in product(*groups) if self._is_open(unit, facility, start, days)]
            if not sets:
                continue
            for route in self._routes(unit, facility):
                right = unit.right(facility, route)
                attempt = Attempt(rank, facility, route, right, [])
                for days in sets:
                    number += 1
                    attempt.options.append(self._place(unit, right, facility, start, days, rank, number, route))
                unit.attempts.append(attempt)

    @staticmethod
    def _all_accept(unit: Unit, facility: int, start: int) -> bool:
        return all(
            facility in child.wishes and start in child.starts and facility not in child.excluded
            for child in unit.children
        )

    def _routes(self, unit: Unit, facility: int) -> list[str]:
        may = all(child.guaranteed for child in unit.children) and self.round.facilities[facility].guaranteed_missing
        return [GUARANTEED, OPEN] if may else [OPEN]

    def _is_open(self, unit: Unit, facility: int, start: int, days: tuple[Days, ...]) -> bool:
        closed = self.closed[facility]
        return not closed or not any(
            self.use_of(child, facility, start, one) & closed for child, one in zip(unit.children, days, strict=True)
        )

    def use_of(self, child: Child, facility: int, start: int, days: Days) -> int:
        """What one child takes there from `start` to its last month."""
        hours = child.week_hours or self._hours_of(facility, days)
        key = (child.draw, hours, start, days)
        if key not in self._uses:
            self._uses[key] = self.layout.stay(days, child.bands, start, child.last, hours)
        return self._uses[key]

    def _hours_of(self, facility: int, days: Days) -> int:
        if (facility, days) not in self._hours:
            self._hours[facility, days] = week_hours(None, days, self.round.facilities[facility])
        return self._hours[facility, days]

    def _place(
        self,
        unit: Unit,
        right: Right,
        facility: int,
        start: int,
        days: tuple[Days, ...],
        rank: int,
        number: int,
        route: str,
    ) -> Option:
        option = Option(unit, rank, number, route, start, unit.names, days)
        use = self.use_of(unit.children[0], facility, start, days[0])
        for child, one in zip(unit.children[1:], days[1:], strict=True):
            use += self.use_of(child, facility, start, one)
        if route == GUARANTEED:
            use += self.layout.guaranteed(len(unit.children))
        option.seats.append(Seat(option, facility, right, use))
        return option

    @staticmethod
    def _rank_of_own(unit: Unit) -> int:
        """Where what they have stands among what they ask for: it may be one of the places they listed."""
        held = [child.holds for child in unit.children]
        for attempt in unit.attempts:
            for option in attempt.options:
                if option.start == 0 and all(
                    one is not None and one.facility == attempt.facility and one.half_days == days
                    for one, days in zip(held, option.days, strict=True)
                ):
                    return option.rank
        return LAST_RANK

    def _own_of_group(self, group: Unit) -> Option | None:
        """Siblings of whom some have a place: those keep it, each its own, until all get a better one together."""
        owns = [unit.own for unit in group.apart if unit.own is not None]
        if not owns:
            return None
        rank = self._rank_of_own(group)
        names = tuple(name for own in owns for name in own.children)
        option = Option(group, rank, 1, KEPT, 0, names, tuple(days for own in owns for days in own.days))
        option.seats = [Seat(option, seat.facility, seat.right, seat.use) for own in owns for seat in own.seats]
        return option

    @staticmethod
    def _stand_by_own(unit: Unit) -> None:
        """What one has stands among what one asks for; what is liked less, or as well, is never claimed."""
        if unit.own is not None:
            rank, seat = unit.own.rank, unit.own.seats[0]
            at = sum(attempt.rank < rank for attempt in unit.attempts)
            unit.attempts.insert(at, Attempt(rank, seat.facility, KEPT, seat.right, [unit.own]))

    def _own_places_fit(self) -> None:
        """What the commission gave and what children keep must fit together: else a machine would send one away."""
        free = list(self.capacities)
        for route, what in ((LOCKED, "la décision de la commission"), (KEPT, "la place occupée (holds)")):
            for unit in self.units:
                for seat in unit.own.seats if unit.own is not None and unit.own.route == route else ():
                    at = self.layout.exceeded(free[seat.facility], seat.use)
                    if at >= 0:
                        cell = self.layout.names[at]
                        where = " ".join(filter(None, (cell.limit, cell.month, cell.half_day, cell.band)))
                        names = " et ".join(unit.names)
                        name = self.round.facilities[seat.facility].name
                        raise RoundRefused(f"{names} : {what} dépasse la capacité de {name} ({where}).")
                    free[seat.facility] -= seat.use
