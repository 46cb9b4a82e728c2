"""What a request counts for under a grid: its lines, and apart those that still await their proof. Pure.

A grid is data: its criteria say what is asked, how many points an answer gives, whether it counts everywhere or at one
nursery, whether it must be proven and who may answer. Nothing here knows of a family: an answer is a code and a value,
so that the simulator of the public page and the freeze of a round reckon by the same lines and store nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a criterion is answered."""

    YES_NO = "yes_no"
    #: One of several options, each with its points.
    CHOICE = "choice"
    #: So many points for each, up to a maximum.
    COUNTED = "counted"
    #: A number that staff give, in a range, and say why.
    GIVEN = "given"


class SetBy(StrEnum):
    """Who may answer."""

    FAMILY = "family"
    AGENT = "agent"
    #: Only who reads sensitive lines.
    REFERENT = "referent"
    #: The service counts it itself: commissions passed, offers refused.
    SERVICE = "service"


@dataclass(frozen=True)
class Criterion:
    """`points`: for yes, or for each one counted. `least` and `most`: of a number given, or counted (from 0)."""

    code: str
    kind: Kind
    points: int = 0
    options: Mapping[str, int] = field(default_factory=dict)
    least: int = 0
    most: int = 1
    is_per_nursery: bool = False
    needs_proof: bool = False
    set_by: SetBy = SetBy.FAMILY
    is_sensitive: bool = False
    #: Whoever proves it may be given one of the places that the law guarantees.
    is_guaranteed: bool = False

    def worth(self, value: str) -> int:
        """Points of an answer; 0 for an answer the grid does not know, so that an older answer harms nobody."""
        if self.kind == Kind.CHOICE:
            return self.options.get(value, 0)
        if not value.lstrip("-").isdecimal():
            return 0
        number = int(value)
        if self.kind == Kind.YES_NO:
            return self.points if number else 0
        if self.kind == Kind.COUNTED:
            return self.points * min(max(number, 0), self.most)
        return min(max(number, self.least), self.most)

    def knows(self, value: str) -> bool:
        """Whether this is an answer at all."""
        if self.kind == Kind.CHOICE:
            return value in self.options
        if not value.lstrip("-").isdecimal():
            return False
        number = int(value)
        low, high = {Kind.YES_NO: (0, 1), Kind.COUNTED: (0, self.most)}.get(self.kind, (self.least, self.most))
        return low <= number <= high


@dataclass(frozen=True)
class Claimed:
    """One answer. `nursery`: where it counts, by name of the round, for a criterion that counts at one nursery."""

    code: str
    value: str
    is_proven: bool = False
    nursery: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a family's points."""

    code: str
    value: str
    points: int
    nursery: str = ""
    is_sensitive: bool = False


@dataclass(frozen=True)
class Score:
    """`total` counts everywhere, `bonus` at one nursery beside it. `awaiting` counts for nothing yet."""

    lines: tuple[Line, ...]
    awaiting: tuple[Line, ...]
    total: int
    bonus: Mapping[str, int]
    is_guaranteed: bool

    def at(self, nursery: str) -> int:
        """All that counts at this nursery."""
        return self.total + self.bonus.get(nursery, 0)


#: The line of the points a municipality gives at its own nurseries to who lives there.
OWN_TOWN = "own_town"
#: What a municipality may give, at most.
MOST_OF_A_TOWN = 20


def score(criteria: Sequence[Criterion], claims: Iterable[Claimed], own_town: Mapping[str, int] | None = None) -> Score:
    """The points of these answers. `own_town`: by nursery, what its municipality gives to who lives there.

    Of two answers to the same question (at the same nursery) a proven one counts, then the one that gives more.
    """
    known = {criterion.code: criterion for criterion in criteria}
    best: dict[tuple[str, str], tuple[bool, Line]] = {}
    for claim in claims:
        criterion = known.get(claim.code)
        if criterion is None or criterion.is_per_nursery != bool(claim.nursery):
            continue
        worth = criterion.worth(claim.value)
        counts = claim.is_proven or not criterion.needs_proof
        line = Line(claim.code, claim.value, worth, claim.nursery, criterion.is_sensitive)
        before = best.get((claim.code, claim.nursery))
        if worth and (before is None or (counts, worth) > (before[0], before[1].points)):
            best[claim.code, claim.nursery] = (counts, line)
    order = {code: number for number, code in enumerate(known)}
    found = sorted(best.values(), key=lambda one: (order[one[1].code], one[1].nursery))
    lines = [line for counts, line in found if counts]
    lines += [Line(OWN_TOWN, "1", points, name) for name, points in sorted((own_town or {}).items()) if points]
    bonus: dict[str, int] = {}
    for line in lines:
        if line.nursery:
            bonus[line.nursery] = bonus.get(line.nursery, 0) + line.points
    return Score(
        lines=tuple(lines),
        awaiting=tuple(line for counts, line in found if not counts),
        total=sum(line.points for line in lines if not line.nursery),
        bonus=bonus,
        is_guaranteed=any(known[line.code].is_guaranteed for line in lines if line.code in known),
    )


@dataclass(frozen=True)
class Moved:
    """What a draft would do to the live requests, as figures. `by_points`: gain or loss → how many requests."""

    gain: int
    lose: int
    same: int
    by_points: Mapping[int, int]


def compare(before: Sequence[Score], after: Sequence[Score]) -> Moved:
    """Request by request, the points that count everywhere plus the most a nursery adds."""
    moves = [_reach(new) - _reach(old) for old, new in zip(before, after, strict=True)]
    by_points: dict[int, int] = {}
    for move in moves:
        by_points[move] = by_points.get(move, 0) + 1
    return Moved(
        gain=sum(move > 0 for move in moves),
        lose=sum(move < 0 for move in moves),
        same=sum(move == 0 for move in moves),
        by_points=dict(sorted(by_points.items())),
    )


def _reach(one: Score) -> int:
    return one.total + max(one.bonus.values(), default=0)
