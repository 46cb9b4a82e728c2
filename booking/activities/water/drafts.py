"""What a change of the plan would take away and put, before anything is saved; and with whom it would collide.

A draft is built by each verb (`series.py`, `events.py`), looked at (`look`), shown, and saved (`saving.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from django.db import connection

from booking.activities.models import Lane, LaneUse, Pool, UseSeries, who_uses
from booking.activities.water.days import Skipped
from booking.activities.water.moments import Crowded, changes, crowded

#: Collisions are listed up to this number; the number itself is told.
LISTED = 60


@dataclass(frozen=True, slots=True)
class NewUse:
    """A row to be: one lane for a while."""

    lane: Lane
    start: datetime
    end: datetime
    kind: str
    label: str
    heads: int
    event: UUID
    series: UseSeries | None = None
    day: date | None = None

    @property
    def who(self) -> str:
        return who_uses(self.kind, self.label)


@dataclass(frozen=True, slots=True)
class Held:
    """A row that is there, in the terms of a new one."""

    use: LaneUse

    @property
    def heads(self) -> int:
        return self.use.heads

    @property
    def start(self) -> datetime:
        return self.use.period.lower  # type: ignore[no-any-return]

    @property
    def end(self) -> datetime:
        return self.use.period.upper  # type: ignore[no-any-return]


@dataclass
class Draft:
    """`gone` are rows that are taken away or take another place, `put` those that will be there.

    `series` are saved with their lanes; of the `ended` nothing is left.
    """

    pool: Pool
    put: list[NewUse] = field(default_factory=list)
    gone: list[LaneUse] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    series: list[tuple[UseSeries, Sequence[Lane]]] = field(default_factory=list)
    ended: list[UseSeries] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many times something takes place."""
        return len({use.event for use in self.put})

    @property
    def change(self) -> dict[datetime, int]:
        return changes(self.put, map(Held, self.gone))


@dataclass(frozen=True, slots=True)
class Collision:
    """`who` would have a lane that `other` has, in `[start, end)` of the other, which may be of the same plan.

    `event` is what would happen there.
    """

    lane: Lane
    who: str
    other: str
    start: datetime
    end: datetime
    event: UUID


@dataclass(frozen=True)
class Findings:
    collisions: list[Collision]
    crowded: list[Crowded]

    def __bool__(self) -> bool:
        return bool(self.collisions or self.crowded)


def shared_out(heads: int, lanes: int) -> list[int]:
    """The people of an event, lane by lane, as even as can be."""
    each, more = divmod(heads, lanes)
    return [each + (n < more) for n in range(lanes)]


def new_uses(
    *,
    lanes: Sequence[Lane],
    start: datetime,
    end: datetime,
    kind: str,
    label: str,
    heads: int,
    event: UUID,
    series: UseSeries | None = None,
    day: date | None = None,
) -> list[NewUse]:
    """One thing that happens, as a row for each of its lanes."""
    shares = shared_out(heads, len(lanes))
    return [
        NewUse(lane, start, end, kind, label, share, event, series, day)
        for lane, share in zip(lanes, shares, strict=True)
    ]


_MET = """
SELECT wanted.number - 1, taken.id
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY AS wanted (lane, start, stop, number)
JOIN activities_laneuse AS taken
  ON taken.lane_id = wanted.lane AND taken.period && tstzrange(to_timestamp(wanted.start), to_timestamp(wanted.stop))
WHERE taken.id <> ALL (%s::bigint[])
ORDER BY wanted.start, wanted.number, taken.id
"""


def look(draft: Draft) -> Findings:
    """With whom the draft would collide, and where there would be too many people."""
    return Findings(
        [*_among_themselves(draft.put), *_with_others(draft.put, {use.pk for use in draft.gone})],
        crowded(draft.pool, draft.change),
    )


def _with_others(put: Sequence[NewUse], gone: Collection[int]) -> list[Collision]:
    with connection.cursor() as cursor:
        # Whole seconds as numbers: quoting dates would take longer than the question.
        times = [[int(use.start.timestamp()) for use in put], [int(use.end.timestamp()) for use in put]]
        cursor.execute(_MET, [[use.lane.pk for use in put], *times, sorted(gone)])
        met = cursor.fetchall()
    taken = LaneUse.objects.in_bulk([pk for _number, pk in met])
    return [
        Collision(
            put[number].lane, put[number].who, other.who, other.period.lower, other.period.upper, put[number].event
        )
        for number, other in ((number, taken[pk]) for number, pk in met if pk in taken)
    ]


def _among_themselves(put: Iterable[NewUse]) -> list[Collision]:
    by_lane: dict[int, list[NewUse]] = defaultdict(list)
    for use in put:
        by_lane[use.lane.pk].append(use)
    return [
        Collision(later.lane, later.who, before.who, before.start, before.end, later.event)
        for uses in by_lane.values()
        for before, later in pairwise(sorted(uses, key=lambda use: use.start))
        if later.start < before.end
    ]
