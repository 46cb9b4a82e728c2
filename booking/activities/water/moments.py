"""How many people are planned in a pool in each quarter of an hour: raised and lowered where it is planned.

The database holds the limit (`people_in_a_pool_stay_under_its_limit`), so that two plans made at one moment cannot both
take the last places.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.db import connection

from booking.activities.models import Pool

QUARTER = timedelta(minutes=15)


class Uses(Protocol):
    """Somebody is in the water."""

    @property
    def heads(self) -> int: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Crowded:
    """A quarter of an hour in which there would be more people than the pool holds."""

    at: datetime
    heads: int
    most: int


def quarters(start: datetime, end: datetime) -> list[datetime]:
    """The quarters of an hour that `[start, end)` touches. Counted in instants: an hour that comes twice is two."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    late = timedelta(minutes=start.minute % 15, seconds=start.second, microseconds=start.microsecond)
    first = start - late
    return [first + n * QUARTER for n in range(-(-(end - first) // QUARTER))]


def changes(put: Iterable[Uses], gone: Iterable[Uses]) -> dict[datetime, int]:
    """By how many people each quarter of an hour grows; negative where it shrinks, and none that stays."""
    # Lanes of one event share its hours: each stretch is cut into quarters once.
    stretches: Counter[tuple[datetime, datetime]] = Counter()
    for sign, uses in ((1, put), (-1, gone)):
        for use in uses:
            stretches[use.start, use.end] += sign * use.heads
    total: Counter[datetime] = Counter()
    for (start, end), heads in stretches.items():
        if heads:
            for moment in quarters(start, end):
                total[moment] += heads
    return {moment: change for moment, change in sorted(total.items()) if change}


_HEADS = """
SELECT moment.at, moment.heads FROM activities_poolmoment AS moment
WHERE moment.pool_id = %s AND moment.at IN (SELECT to_timestamp(s) FROM unnest(%s::bigint[]) AS s)
"""


def crowded(pool: Pool, change: Mapping[datetime, int]) -> list[Crowded]:
    """Where there would be too many, as far as what is committed tells."""
    raised = [moment for moment, heads in change.items() if heads > 0]
    with connection.cursor() as cursor:
        # Whole seconds as numbers: a season is ten thousand of them, and quoting dates takes longer than the question.
        cursor.execute(_HEADS, [pool.pk, [int(moment.timestamp()) for moment in raised]])
        known = dict(cursor.fetchall())
    most = pool.most_heads
    found = [Crowded(moment, known.get(moment, 0) + change[moment], most) for moment in raised]
    return [one for one in found if one.heads > one.most]


_LOCK = """
SELECT at FROM activities_poolmoment WHERE pool_id = %s AND at = ANY(%s::timestamptz[]) ORDER BY at FOR NO KEY UPDATE
"""
_LOWER = """
UPDATE activities_poolmoment AS moment SET heads = moment.heads - gone.heads
FROM unnest(%s::timestamptz[], %s::integer[]) AS gone (at, heads)
WHERE moment.pool_id = %s AND moment.at = gone.at
"""
_RAISE = """
INSERT INTO activities_poolmoment (pool_id, at, heads, most)
SELECT %s, more.at, more.heads, %s FROM unnest(%s::timestamptz[], %s::integer[]) AS more (at, heads) ORDER BY more.at
ON CONFLICT (pool_id, at) DO UPDATE SET heads = activities_poolmoment.heads + excluded.heads
"""


def apply(pool: Pool, change: Mapping[datetime, int]) -> None:
    """Count these people in and out, in the caller's transaction.

    First away, then to: the CHECK judges each statement. The pool's own row is shared, not locked: whoever changes its
    limit waits for us, and we for them. Raises IntegrityError where the limit would be passed.
    """
    if not change:
        return
    lower = {moment: -heads for moment, heads in change.items() if heads < 0}
    more = {moment: heads for moment, heads in change.items() if heads > 0}
    with connection.cursor() as cursor:
        cursor.execute("SELECT most_heads FROM activities_pool WHERE id = %s FOR SHARE", [pool.pk])
        (most,) = cursor.fetchone()
        # In one order, whatever each plan does: two that meet wait for each other in turn, never in a circle.
        cursor.execute(_LOCK, [pool.pk, sorted(change)])
        if lower:
            cursor.execute(_LOWER, [list(lower), list(lower.values()), pool.pk])
        if more:
            cursor.execute(_RAISE, [pool.pk, most, list(more), list(more.values())])
