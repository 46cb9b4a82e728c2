"""The rule (contract, section 4): as long as anybody has a claim, the first turn takes the best place it claims.

A claim is looked for only where one can have come up: of a unit that lost its place, and of units weaker than somebody
who left the nursery they would like better. Whoever was looked at and has no claim keeps having none until then.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from booking.nurseries.allocation.cells import NO_LIMIT, Layout, field
from booking.nurseries.allocation.options import KEPT, NOTHING, Attempt, Field, Option, Right, Seat, Unit

#: Bits of one unit in the number that stands for a whole seating.
PLACE_BITS = 24


class Nursery:
    """Who is seated, the strongest first, and what they take together."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.seats: list[Seat] = []
        self.rights: list[Right] = []
        #: What the first k of them take.
        self.sums = [0]

    def taken_before(self, right: Right, without: Unit | None = None) -> int:
        """What those with a stronger right take, one unit left out of the count."""
        at = bisect_left(self.rights, right)
        taken = self.sums[at]
        if without is not None:
            taken -= sum(seat.use for seat in self.seats[:at] if seat.option.unit is without)
        return taken

    def taken(self, without: Unit) -> int:
        return self.sums[-1] - sum(seat.use for seat in self.seats if seat.option.unit is without)

    def add(self, seat: Seat) -> None:
        at = bisect_left(self.rights, seat.right)
        self.seats.insert(at, seat)
        self.rights.insert(at, seat.right)
        self._count_from(at)

    def remove(self, seat: Seat) -> None:
        at = bisect_left(self.rights, seat.right)
        del self.seats[at], self.rights[at]
        self._count_from(at)

    def weaker_than(self, right: Right) -> list[Seat]:
        return self.seats[bisect_left(self.rights, right) :]

    def _count_from(self, at: int) -> None:
        del self.sums[at + 1 :]
        for seat in self.seats[at:]:
            self.sums.append(self.sums[-1] + seat.use)


@dataclass
class Claim:
    unit: Unit
    attempt: Attempt
    option: Option


class Run:
    """One run over a field. `skip`: how many claims of the first circle are passed over when one is set aside."""

    def __init__(self, of: Field, skip: int = 0) -> None:
        self.layout: Layout = of.layout
        self.skip = skip
        self.nurseries = [Nursery(capacity) for capacity in of.capacities]
        #: Units that stand: dissolved groups are replaced by their children.
        self.units: dict[int, Unit] = {unit.number: unit for unit in of.units}
        self.placed: dict[int, Option] = {}
        #: Claims that are not answered any more, as (unit, nursery).
        self.set_aside: set[tuple[int, int]] = set()
        #: Claims of the first circle, from the first turn to the last.
        self.first_circle: list[tuple[int, int]] = []
        self._seating = 0
        self._interested: list[list[Unit]] = [[] for _ in self.nurseries]
        self._waiting: list[tuple[Right, int]] = []
        self._is_waiting: set[int] = set()
        for unit in of.units:
            self._listen(unit)
            if unit.own is not None:
                self._seat(unit.own)
            self._wait(unit)
        self._begin_memory()

    def go(self) -> "Run":
        while True:
            claim = self._next_claim()
            if claim is not None:
                self._answer(claim)
            elif not self._dissolve_one():
                return self

    def rank(self, unit: Unit) -> int:
        option = self.placed.get(unit.number)
        return NOTHING if option is None else option.rank

    # --- who has the turn -------------------------------------------------------------------------------------------

    def _listen(self, unit: Unit) -> None:
        for facility in {attempt.facility for attempt in unit.attempts if attempt.route != KEPT}:
            self._interested[facility].append(unit)

    def _wait(self, unit: Unit) -> None:
        if unit.number not in self._is_waiting:
            self._is_waiting.add(unit.number)
            heappush(self._waiting, (unit.turn, unit.number))

    def _next_claim(self) -> Claim | None:
        """Of those who may have one, the first turn that has. Taking its best, a unit has none left."""
        while self._waiting:
            _turn, number = heappop(self._waiting)
            self._is_waiting.discard(number)
            if number in self.units and (claim := self.best_claim(self.units[number])) is not None:
                return claim
        return None

    def best_claim(self, unit: Unit) -> Claim | None:
        """The first of its options that is a claim, of those whose claims are still answered."""
        rank = self.rank(unit)
        # Months and days of one nursery are many, the room that its right leaves there is one.
        room: dict[tuple[int, str], int] = {}
        for attempt in unit.attempts:
            if attempt.rank >= rank:
                return None
            if attempt.route == KEPT:
                return Claim(unit, attempt, attempt.options[0])
            if (unit.number, attempt.facility) in self.set_aside:
                continue
            where = (attempt.facility, attempt.route)
            if where not in room:
                room[where] = self._room(unit, attempt)
            if claims := self._fitting(attempt, room[where]):
                return Claim(unit, attempt, self._most_room(unit, attempt, claims))
        return None

    def claims(self, unit: Unit, attempt: Attempt) -> list[Option]:
        """The options of an attempt that fit together with those seated there by a stronger right."""
        return self._fitting(attempt, self._room(unit, attempt))

    def _room(self, unit: Unit, attempt: Attempt) -> int:
        nursery = self.nurseries[attempt.facility]
        return nursery.capacity - nursery.taken_before(attempt.right, unit)

    def _fitting(self, attempt: Attempt, free: int) -> list[Option]:
        return [option for option in attempt.options if self.layout.fits(free, option.seats[0].use)]

    def _most_room(self, unit: Unit, attempt: Attempt, claims: list[Option]) -> Option:
        """Of equally liked days those where the scarcest place is least scarce, then most is left, then the first."""
        if len(claims) == 1:
            return claims[0]
        nursery = self.nurseries[attempt.facility]
        left = self.layout.fields(nursery.capacity - nursery.taken(unit))

        def room(option: Option) -> tuple[int, int]:
            places = [left[at] for at in self._cells_of(option) if left[at] < NO_LIMIT]
            return min(places), sum(places)

        return max(claims, key=room)

    def _cells_of(self, option: Option) -> set[int]:
        """The cells of places and sections that an option takes from."""
        kinds, per_month = self.layout.kinds, self.layout.per_month
        cells = set()
        for child, days in zip(option.unit.children, option.days, strict=True):
            for month in range(option.start, child.last + 1):
                section = 1 + child.bands[month]
                for day in days:
                    places = month * per_month + day * kinds
                    cells.add(places)
                    cells.add(places + section)
        return cells

    # --- what an answer changes -------------------------------------------------------------------------------------

    def _answer(self, claim: Claim) -> None:
        self._leave(claim.unit)
        self._seat(claim.option)
        self._remember(claim)

    def _make_room(self, seat: Seat) -> None:
        """Seats those with a weaker right again, in order; who no longer fits is free and has a turn again."""
        nursery = self.nurseries[seat.facility]
        if self.layout.fits(nursery.capacity - nursery.sums[-1], seat.use):
            return
        free = nursery.capacity - nursery.taken_before(seat.right) - seat.use
        for one in nursery.weaker_than(seat.right):
            if self.layout.fits(free, one.use):
                free -= one.use
            else:
                self._leave(one.option.unit)
                self._wait(one.option.unit)

    def _seat(self, option: Option) -> None:
        for seat in option.seats:
            self._make_room(seat)
            self.nurseries[seat.facility].add(seat)
        self.placed[option.unit.number] = option
        self._note(option.unit, option.number)

    def _leave(self, unit: Unit) -> None:
        option = self.placed.pop(unit.number, None)
        if option is None:
            return
        self._note(unit, -option.number)
        for seat in option.seats:
            self.nurseries[seat.facility].remove(seat)
            for other in self._interested[seat.facility]:
                if other.number in self.units and self._may_profit(other, seat):
                    self._wait(other)

    def _may_profit(self, unit: Unit, left: Seat) -> bool:
        rank = self.rank(unit)
        return any(
            attempt.facility == left.facility and attempt.right > left.right
            for attempt in unit.attempts
            if attempt.rank < rank
        )

    def _dissolve_one(self) -> bool:
        """Siblings who would rather stand apart than have no place: the strongest such group, for good."""
        apart = [unit for unit in self.units.values() if unit.may_part and not self._has_place(unit)]
        if not apart:
            return False
        group = min(apart, key=lambda unit: unit.turn)
        self._leave(group)
        del self.units[group.number]
        for unit in group.apart:
            self.units[unit.number] = unit
            self._listen(unit)
            if unit.own is not None:
                self._seat(unit.own)
            self._wait(unit)
        self._begin_memory()
        return True

    def _has_place(self, group: Unit) -> bool:
        option = self.placed.get(group.number)
        return option is not None and len(option.children) == len(group.children)

    # --- circles ----------------------------------------------------------------------------------------------------

    def _note(self, unit: Unit, number: int) -> None:
        """A seating is one number: the option of each unit in a field of its own."""
        self._seating += number << (PLACE_BITS * unit.number)

    def _begin_memory(self) -> None:
        self._answered: list[tuple[Unit, Attempt]] = []
        self._seen = {self._seating: 0}

    def _remember(self, claim: Claim) -> None:
        self._answered.append((claim.unit, claim.attempt))
        since = self._seen.setdefault(self._seating, len(self._answered))
        if since == len(self._answered):
            return
        circle = ordered_claims(self._answered[since:])
        chosen = -1
        if not self.first_circle:
            self.first_circle = circle
            chosen -= self.skip % len(circle)
        self.set_aside.add(circle[chosen])
        self._begin_memory()

    def contested(self) -> list[tuple[Unit, int]]:
        """Claims that stand at the end: only those set aside can."""
        found = []
        for number, facility in sorted(self.set_aside):
            unit = self.units.get(number)
            if unit is not None and any(
                attempt.facility == facility and self.claims(unit, attempt)
                for attempt in unit.attempts
                if attempt.rank < self.rank(unit) and attempt.route != KEPT
            ):
                found.append((unit, facility))
        return found

    def last_in(self, seat_facility: int, right: Right, at: int, without: Unit) -> Seat | None:
        """The weakest of those with a stronger right who take of a cell."""
        for seat in reversed(self.nurseries[seat_facility].seats):
            if seat.right < right and seat.option.unit is not without and field(seat.use, at):
                return seat
        return None


def ordered_claims(answered: Sequence[tuple[Unit, Attempt]]) -> list[tuple[int, int]]:
    """The claims of a circle as (unit, nursery), from the first turn to the last, the earlier wish first.

    Going back to what one has is never set aside: nobody loses a place by it. Whoever goes back has claimed a wish in
    the same circle.
    """
    asked = {(unit.number, attempt.facility): unit for unit, attempt in answered if attempt.route != KEPT}
    return sorted(asked, key=lambda claim: (asked[claim].turn, asked[claim].wish_number(claim[1])))


#: Runs that set aside another claim of the first circle, when claims stand at the end.
FURTHER_RUNS = 12


def seat_everybody(of: Field) -> tuple[Run, list[tuple[Unit, int]]]:
    """The final seating and its contested pairs: the run with the fewest of them, among equals the first."""
    best = Run(of).go()
    contested = best.contested()
    for skip in range(1, min(FURTHER_RUNS + 1, len(best.first_circle))):
        if not contested:
            break
        run = Run(of, skip).go()
        left = run.contested()
        if len(left) < len(contested):
            best, contested = run, left
    return best, contested
