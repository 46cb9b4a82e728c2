"""Saving a draft of the plan: people counted and lanes given in one transaction, or nothing and the reasons."""

from collections.abc import Callable, Sequence

from django.db import IntegrityError, connection

from booking.activities.enums import UseKind
from booking.activities.exceptions import LanesTaken, NothingToPlan, PoolClosed, TooManyHeads
from booking.activities.models import LaneUse, UseSeries
from booking.activities.water import moments
from booking.activities.water.days import closures_of, why_closed
from booking.activities.water.drafts import Draft, Findings, NewUse, look
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.models import StaffMember

ONE_USER = "a_lane_is_one_users_at_a_time"
UNDER_THE_LIMIT = "people_in_a_pool_stay_under_its_limit"


def save(build: Callable[[bool], Draft], *, by: StaffMember | None, wants_something: bool = True) -> Draft:
    """Build the draft anew, with its rows locked (`build(True)`), and save it.

    Whoever else plans the same lanes or the same moments meanwhile is met by the database; then we look again and say
    with whom. Raises LanesTaken, TooManyHeads, NothingToPlan, Busy.
    """
    try:
        with patient_transaction(by=by):
            draft = build(True)
            if wants_something and not draft.put:
                raise NothingToPlan
            _refuse(look(draft))
            for series, lanes in draft.series:
                series.save()
                series.lanes.set(lanes)
            moments.apply(draft.pool, draft.change)
            _must_be_open(draft)
            _write(draft)
            UseSeries.objects.filter(pk__in=[series.pk for series in draft.ended]).delete()
    except IntegrityError as error:
        if not (refused_by(error, ONE_USER) or refused_by(error, UNDER_THE_LIMIT)):
            raise
        _refuse(look(build(False)))
        # Whoever was in the way has gone again between our two looks.
        raise (LanesTaken([]) if refused_by(error, ONE_USER) else TooManyHeads([])) from error
    return draft


def _must_be_open(draft: Draft) -> None:
    """A course that people pay for is never put where the pool has been closed since the draft was made.

    Whoever closes a pool holds its row: we have waited for them, and they will see what we write. Raises PoolClosed.
    """
    courses = [use for use in draft.put if use.kind == UseKind.GROUP]
    if not courses:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_since FROM activities_pool WHERE id = %s FOR SHARE", [draft.pool.pk])
        (draft.pool.closed_since,) = cursor.fetchone()
    closures = closures_of(draft.pool, min(use.start for use in courses), max(use.end for use in courses))
    for use in courses:
        why = why_closed(draft.pool, closures, use.start, use.end)
        if why:
            raise PoolClosed(PoolClosed.because(why))


def _refuse(found: Findings) -> None:
    if found.collisions:
        raise LanesTaken(found.collisions)
    if found.crowded:
        raise TooManyHeads(found.crowded)


_REHANG = """
UPDATE activities_laneuse AS held
SET lane_id = fresh.lane, period = tstzrange(to_timestamp(fresh.start), to_timestamp(fresh.stop)), kind = fresh.kind,
    label = fresh.label, heads = fresh.heads, event = fresh.event, series_id = fresh.series, day = fresh.day,
    changed_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::integer[],
            %s::uuid[], %s::bigint[], %s::date[])
     AS fresh (id, lane, start, stop, kind, label, heads, event, series, day)
WHERE held.id = fresh.id
"""


_PUT = """
INSERT INTO activities_laneuse (lane_id, period, kind, label, heads, event, series_id, day, changed_at)
SELECT fresh.lane, tstzrange(to_timestamp(fresh.start), to_timestamp(fresh.stop)), fresh.kind, fresh.label, fresh.heads,
       fresh.event, fresh.series, fresh.day, clock_timestamp()
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::integer[], %s::uuid[],
            %s::bigint[], %s::date[])
     AS fresh (lane, start, stop, kind, label, heads, event, series, day)
"""


def put(uses: Sequence[NewUse]) -> None:
    """These rows, in one statement of the caller's transaction, which has counted their people."""
    if uses:
        with connection.cursor() as cursor:
            cursor.execute(_PUT, [list(column) for column in zip(*map(_columns, uses), strict=True)])


def _write(draft: Draft) -> None:
    """Rows that stay are hung elsewhere, those too many go, those missing are made.

    Judged when all are where they belong: two series may take each other's place.
    """
    stay, fresh = _matched(draft)
    kept = {pk for pk, _use in stay}
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {ONE_USER} DEFERRED")
        LaneUse.objects.filter(pk__in=[use.pk for use in draft.gone if use.pk not in kept]).delete()
        if stay:
            columns = zip(*((pk, *_columns(use)) for pk, use in stay), strict=True)
            cursor.execute(_REHANG, [list(column) for column in columns])
        put(fresh)
        cursor.execute(f"SET CONSTRAINTS {ONE_USER} IMMEDIATE")


def _matched(draft: Draft) -> tuple[list[tuple[int, NewUse]], list[NewUse]]:
    """Rows of an event that go on as rows of the same event, and new rows for the rest."""
    left: dict[object, list[int]] = {}
    for row in sorted(draft.gone, key=lambda row: row.pk):
        left.setdefault(row.event, []).append(row.pk)
    stay: list[tuple[int, NewUse]] = []
    fresh: list[NewUse] = []
    for use in draft.put:
        rows = left.get(use.event)
        if rows:
            stay.append((rows.pop(0), use))
        else:
            fresh.append(use)
    return stay, fresh


def _columns(use: NewUse) -> tuple[object, ...]:
    series = use.series.pk if use.series is not None else None
    # Whole seconds as numbers: thousands of dates take longer to quote than to insert.
    start, end = int(use.start.timestamp()), int(use.end.timestamp())
    return (use.lane.pk, start, end, use.kind, use.label, use.heads, use.event, series, use.day)
