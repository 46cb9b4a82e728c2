"""One thing that happens in the water: adding it, moving it, leaving it out; and a whole week at once."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.functional import Promise

from booking.activities.exceptions import NoSuchHour, PastDay, PlanChanged, PoolClosed
from booking.activities.models import Lane, LaneUse, Pool, UseSeries
from booking.activities.water.days import OpenDays, Skipped, at, closures_of, lasts, why_closed
from booking.activities.water.drafts import Draft, new_uses
from booking.activities.water.saving import save
from municipalities.models import StaffMember
from municipalities.zone import ZONE

WEEK = timedelta(days=7)


def draft_event(
    *,
    pool: Pool,
    kind: str,
    label: str,
    lanes: Sequence[Lane],
    start: datetime,
    end: datetime,
    heads: int = 0,
    event: uuid.UUID | None = None,
) -> Draft:
    """Something that takes place once; also on a public holiday, but not while the pool is closed."""
    _must_be_open(pool, start, end)
    put = new_uses(lanes=lanes, start=start, end=end, kind=kind, label=label, heads=heads, event=event or uuid.uuid4())
    return Draft(pool, put=put)


def add_event(
    *,
    pool: Pool,
    kind: str,
    label: str,
    lanes: Sequence[Lane],
    start: datetime,
    end: datetime,
    heads: int = 0,
    event: uuid.UUID | None = None,
    by: StaffMember | None,
) -> Draft:
    """Raises PastDay, NoSuchHour, PoolClosed, LanesTaken, TooManyHeads, Busy."""
    event = event or uuid.uuid4()
    return save(
        lambda _lock: draft_event(
            pool=pool, kind=kind, label=label, lanes=lanes, start=start, end=end, heads=heads, event=event
        ),
        by=by,
    )


def draft_moved(
    event: uuid.UUID, *, pool: Pool, lanes: Sequence[Lane], start: datetime, end: datetime, lock: bool = False
) -> Draft:
    """This once somewhere else, or at another time; of a series it stays the same day's. Raises PastDay."""
    gone = _uses_of(event, lock)
    if min(use.period.lower for use in gone) < timezone.now():
        raise PastDay
    _must_be_open(pool, start, end)
    first = gone[0]
    put = new_uses(
        lanes=lanes,
        start=start,
        end=end,
        kind=first.kind,
        label=first.label,
        heads=sum(use.heads for use in gone),
        event=event,
        series=first.series,
        day=first.day,
    )
    return Draft(pool, put=put, gone=gone)


def move_event(
    *,
    event: uuid.UUID,
    pool: Pool,
    lanes: Sequence[Lane],
    start: datetime,
    end: datetime,
    by: StaffMember | None,
) -> Draft:
    """Raises PlanChanged, PastDay, PoolClosed, LanesTaken, TooManyHeads, Busy."""
    return save(
        lambda lock: draft_moved(event, pool=pool, lanes=lanes, start=start, end=end, lock=lock),
        by=by,
    )


def leave_out(*, event: uuid.UUID, pool: Pool, by: StaffMember | None) -> Draft:
    """This once it does not take place; its series goes on without that date. Raises PlanChanged, PastDay, Busy."""

    def build(lock: bool) -> Draft:
        gone = _uses_of(event, lock)
        if min(use.period.lower for use in gone) < timezone.now():
            raise PastDay
        draft = Draft(pool, gone=gone)
        pk, day = gone[0].series_id, gone[0].day
        if pk is not None and day is not None:
            rows = UseSeries.objects.filter(pk=pk).order_by("pk")
            series = (rows.select_for_update(of=("self",), no_key=True) if lock else rows).get()
            series.except_on = sorted({*series.except_on, day})
            draft.series.append((series, list(series.lanes.all())))
        return draft

    return save(build, by=by, wants_something=False)


def draft_copy(pool: Pool, *, week: date, to: Iterable[date]) -> Draft:
    """All that happens in the week of the Monday `week`, once more in the weeks of these Mondays, by the local clock.

    Copies stand alone: they belong to no series. Days without opening are skipped and told.
    """
    draft = Draft(pool)
    found: dict[uuid.UUID, list[LaneUse]] = defaultdict(list)
    for use in uses_of_week(pool, week):
        found[use.event].append(use)
    weeks = sorted(set(to))
    if not weeks:
        return draft
    known = OpenDays(pool, weeks[0], weeks[-1] + WEEK)
    skipped: dict[date, str | Promise] = {}
    for monday in weeks:
        for rows in found.values():
            start, end = (_shifted(bound, monday - week) for bound in (rows[0].period.lower, rows[0].period.upper))
            day = start.date()
            why = known.why_not(day, start, end, skips_school_holidays=False)
            if why:
                skipped[day] = why
            elif start >= timezone.now():
                draft.put += new_uses(
                    lanes=[row.lane for row in rows],
                    start=start,
                    end=end,
                    kind=rows[0].kind,
                    label=rows[0].label,
                    heads=sum(row.heads for row in rows),
                    event=uuid.uuid4(),
                )
    draft.skipped = [Skipped(day, str(why)) for day, why in sorted(skipped.items())]
    return draft


def copy_week(*, pool: Pool, week: date, to: Iterable[date], by: StaffMember | None) -> Draft:
    """Raises LanesTaken, TooManyHeads, NothingToPlan, Busy."""
    weeks = list(to)
    return save(lambda _lock: draft_copy(pool, week=week, to=weeks), by=by)


def uses_of_week(pool: Pool, monday: date) -> list[LaneUse]:
    """By moment and lane, with the lane and its basin."""
    start, end = at(monday, time()), at(monday + WEEK, time())
    uses = LaneUse.objects.filter(lane__basin__pool=pool).within(start, end)
    return list(uses.select_related("lane__basin").order_by("period", "lane__basin__position", "lane__position", "pk"))


def _shifted(moment: datetime, by: timedelta) -> datetime:
    """The same time by the local clock, so many days later."""
    local = moment.astimezone(ZONE)
    return at(local.date() + by, local.time())


def _uses_of(event: uuid.UUID, lock: bool) -> list[LaneUse]:
    uses = LaneUse.objects.filter(event=event).order_by("pk")
    found = list(uses.select_for_update(of=("self",), no_key=True) if lock else uses)
    if not found:
        raise PlanChanged
    return found


def _must_be_open(pool: Pool, start: datetime, end: datetime) -> None:
    if start < timezone.now():
        raise PastDay
    if not lasts(start, end):
        raise NoSuchHour
    why = why_closed(pool, closures_of(pool, start, end), start, end)
    if why:
        raise PoolClosed(PoolClosed.because(why))
