"""Series of uses: what repeats every week. Each verb has its draft, which is shown first, and its deed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from django.utils import timezone

from booking.activities.exceptions import PastDay, PlanChanged
from booking.activities.models import Lane, LaneUse, Pool, UseSeries
from booking.activities.water.days import OpenDays, Skipped, at, weekly
from booking.activities.water.drafts import Draft, new_uses
from booking.activities.water.saving import save
from municipalities.models import StaffMember
from municipalities.spans import monday_of


@dataclass(frozen=True)
class Weekly:
    """What is asked of a series; `heads` in all its lanes together, hours by the local clock."""

    pool: Pool
    kind: str
    label: str
    weekday: int
    starts: time
    ends: time
    first_day: date
    last_day: date
    lanes: Sequence[Lane]
    heads: int = 0
    skips_school_holidays: bool = False
    except_on: tuple[date, ...] = ()

    def series(self) -> UseSeries:
        return UseSeries(
            pool=self.pool,
            kind=self.kind,
            label=self.label,
            weekday=self.weekday,
            starts=self.starts,
            ends=self.ends,
            first_day=self.first_day,
            last_day=self.last_day,
            heads=self.heads,
            skips_school_holidays=self.skips_school_holidays,
            except_on=list(self.except_on),
        )

    @classmethod
    def of(cls, series: UseSeries) -> "Weekly":
        return cls(
            pool=series.pool,
            kind=series.kind,
            label=series.label,
            weekday=series.weekday,
            starts=series.starts,
            ends=series.ends,
            first_day=series.first_day,
            last_day=series.last_day,
            lanes=list(series.lanes.all()),
            heads=series.heads,
            skips_school_holidays=series.skips_school_holidays,
            except_on=tuple(series.except_on),
        )


def draft_series(asked: Weekly) -> Draft:
    """A new series, from today on at the earliest."""
    series = asked.series()
    draft = Draft(asked.pool, series=[(series, asked.lanes)])
    fill(draft, series, asked.lanes, max(asked.first_day, timezone.localdate()))
    return draft


def plan_series(*, asked: Weekly, by: StaffMember | None) -> Draft:
    """What was planned, the series in it. Raises LanesTaken, TooManyHeads, NothingToPlan, Busy."""
    return save(lambda _lock: draft_series(asked), by=by)


def fill(
    draft: Draft,
    series: UseSeries,
    lanes: Sequence[Lane],
    from_day: date,
    events: dict[date, uuid.UUID] | None = None,
) -> None:
    """Put what the series comes to from a day on. `events` are those of before, by the Monday of their week."""
    known = OpenDays(series.pool, from_day, max(from_day, series.last_day))
    for day in weekly(series.weekday, max(from_day, series.first_day), series.last_day):
        if day in series.except_on:
            continue
        start, end = at(day, series.starts), at(day, series.ends)
        why = known.why_not(day, start, end, skips_school_holidays=series.skips_school_holidays)
        if why:
            draft.skipped.append(Skipped(day, why))
            continue
        draft.put += new_uses(
            lanes=lanes,
            start=start,
            end=end,
            kind=series.kind,
            label=series.label,
            heads=series.heads,
            event=(events or {}).get(monday_of(day)) or uuid.uuid4(),
            series=series,
            day=day,
        )


@dataclass(frozen=True)
class Place:
    """When and where a series takes place."""

    weekday: int
    starts: time
    ends: time
    lanes: Sequence[Lane]

    @classmethod
    def of(cls, series: UseSeries) -> "Place":
        return cls(series.weekday, series.starts, series.ends, list(series.lanes.all()))


def draft_move(series: UseSeries, place: Place, from_day: date, *, lock: bool = False) -> Draft:
    """The series takes place elsewhere from a day on; what was before stays what it was."""
    draft = Draft(series.pool)
    _move(draft, _current(series, lock), place, from_day, lock)
    return draft


def move_series(*, series: UseSeries, place: Place, from_day: date, by: StaffMember | None) -> Draft:
    """Raises PastDay, PlanChanged, LanesTaken, TooManyHeads, NothingToPlan, Busy."""
    return save(lambda lock: draft_move(series, place, from_day, lock=lock), by=by)


def draft_swap(one: UseSeries, other: UseSeries, from_day: date, *, lock: bool = False) -> Draft:
    """Each takes the weekday, the hours and the lanes of the other from a day on."""
    draft = Draft(one.pool)
    # In the order of their keys, so that two who swap the same pair wait for each other.
    first, second = sorted((one, other), key=lambda series: series.pk)
    first, second = _current(first, lock), _current(second, lock)
    places = Place.of(first), Place.of(second)
    _move(draft, first, places[1], from_day, lock)
    _move(draft, second, places[0], from_day, lock)
    return draft


def swap(*, one: UseSeries, other: UseSeries, from_day: date, by: StaffMember | None) -> Draft:
    """In one transaction, judged at its end. Raises PastDay, PlanChanged, LanesTaken, TooManyHeads, Busy."""
    return save(lambda lock: draft_swap(one, other, from_day, lock=lock), by=by)


def draft_end(series: UseSeries, last_day: date, *, lock: bool = False) -> Draft:
    """`last_day` is the last on which the series may take place."""
    series = _current(series, lock)
    first = last_day + timedelta(days=1)
    _not_past(first)
    draft = Draft(series.pool, gone=_uses_from(series, first, lock))
    if last_day < series.first_day:
        draft.ended.append(series)
    else:
        series.last_day = min(last_day, series.last_day)
        draft.series.append((series, list(series.lanes.all())))
    return draft


def end_series(*, series: UseSeries, last_day: date, by: StaffMember | None) -> Draft:
    """Raises PastDay, PlanChanged, Busy."""
    return save(lambda lock: draft_end(series, last_day, lock=lock), by=by, wants_something=False)


def _move(draft: Draft, series: UseSeries, place: Place, from_day: date, lock: bool) -> None:
    _not_past(from_day)
    gone = _uses_from(series, from_day, lock)
    events: dict[date, uuid.UUID] = {}
    for use in gone:
        assert use.day is not None
        events.setdefault(monday_of(use.day), use.event)
    draft.gone += gone
    asked = replace(Weekly.of(series), weekday=place.weekday, starts=place.starts, ends=place.ends, lanes=place.lanes)
    if from_day <= series.first_day:
        moved = series
        moved.weekday, moved.starts, moved.ends = place.weekday, place.starts, place.ends
    else:
        moved = replace(asked, first_day=from_day).series()
        lanes = list(series.lanes.all())
        series.last_day = from_day - timedelta(days=1)
        draft.series.append((series, lanes))
    draft.series.append((moved, place.lanes))
    fill(draft, moved, place.lanes, from_day, events)


def _uses_from(series: UseSeries, first: date, lock: bool) -> list[LaneUse]:
    uses = LaneUse.objects.filter(series=series.pk, day__gte=first).order_by("pk")
    return list(uses.select_for_update(of=("self",), no_key=True) if lock else uses)


def _current(series: UseSeries, lock: bool) -> UseSeries:
    """The series as it is now, with its pool. Raises PlanChanged where somebody has removed it."""
    if lock:
        # By its key alone: what is joined is read afterwards.
        list(UseSeries.objects.select_for_update(no_key=True).filter(pk=series.pk).order_by("pk"))
    found = UseSeries.objects.select_related("pool__facility__municipality", "pool__facility__operator")
    current = found.filter(pk=series.pk).first()
    if current is None:
        raise PlanChanged
    return current


def _not_past(day: date) -> None:
    if day < timezone.localdate():
        raise PastDay
