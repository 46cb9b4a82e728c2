"""Free time computed from openings, closures and appointments: pure, and the oracle for the stored rows.

All instants are aware UTC datetimes; openings are wall-clock times of one zone. Everything lies on a grid of five
minutes. A day's hour that does not exist in March is not open, the hour that occurs twice in October is open once.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.appointments.rhythm import EVERY_WEEK, Rhythm
from municipalities.spans import Span, subtract

GRID = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Opening:
    """A weekly opening period as values; `type_ids` empty means every type the counter serves."""

    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None = None
    audience: int = 0
    fallback_days: int | None = None
    fallback_time: time | None = None
    type_ids: tuple[int, ...] = ()
    rhythm: Rhythm = EVERY_WEEK

    def holds_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and self.rhythm.holds_on(day)
        )


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Free time of one counter on one local day; field meanings as in `FreeGap`."""

    day: date
    starts_at: datetime
    ends_at: datetime
    audience: int = 0
    public_from: datetime | None = None
    portion: int = 0
    type_ids: tuple[int, ...] = ()


@lru_cache(maxsize=4096)
def clock_change(day: date, zone: ZoneInfo) -> tuple[datetime, timedelta] | None:
    """The instant at which the clock of `zone` jumps on `day` and by how much (forward positive), if it does."""
    start = datetime.combine(day, time.min, zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    before, after = start.astimezone(zone).utcoffset(), end.astimezone(zone).utcoffset()
    assert before is not None and after is not None
    if before == after:
        return None
    while end - start > timedelta(minutes=1):
        middle = start + timedelta(minutes=(end - start) // timedelta(minutes=2))
        if middle.astimezone(zone).utcoffset() == before:
            start = middle
        else:
            end = middle
    return end, after - before


def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time: the first of two in October, the jump itself for one that is skipped."""
    change = clock_change(day, zone)
    naive = datetime.combine(day, wall, zone)
    if change is None:
        return naive.astimezone(UTC)
    jump, by = change
    midnight = datetime.combine(day, time.min, zone)
    before = midnight.utcoffset()
    assert before is not None
    clock = datetime.combine(day, wall, UTC)
    early = clock - before
    if early < jump:
        return early
    return max(early - by, jump)


def open_spans(day: date, starts: time, ends: time, zone: ZoneInfo) -> list[Span]:
    """`[starts, ends)` of that day as instants, without the second pass of a repeated hour."""
    whole = (at(day, starts, zone), at(day, ends, zone))
    change = clock_change(day, zone)
    if change is not None and change[1] < timedelta(0):
        return subtract([whole], [(change[0], change[0] - change[1])])
    return [whole] if whole[0] < whole[1] else []


def on_grid(span: Span) -> Span:
    """The span shrunk to the grid: its start moved up, its end moved down."""
    start = EPOCH + math.ceil((span[0] - EPOCH) / GRID) * GRID
    end = EPOCH + ((span[1] - EPOCH) // GRID) * GRID
    return start, end


def portions(day: date, start: datetime, end: datetime, cuts: Sequence[int]) -> list[tuple[int, Span]]:
    """`[start, end)` cut at thousandths, counted from the start on even days and from the end on odd ones."""
    marks = sorted({0, *(cut for cut in cuts if 0 < cut < 1000)})
    length = end - start
    edges = [round(length * mark / 1000 / GRID) * GRID for mark in [*marks, 1000]]
    edges[-1] = length
    found: list[tuple[int, Span]] = []
    for mark, low, high in zip(marks, edges, edges[1:], strict=False):
        if day.toordinal() % 2:
            found.append((mark, (end - high, end - low)))
        else:
            found.append((mark, (start + low, start + high)))
    return [(mark, span) for mark, span in found if span[0] < span[1]]


def free_time(
    *,
    days: Iterable[date],
    openings: Sequence[Opening],
    closed: Sequence[Span] = (),
    taken: Sequence[Span] = (),
    holidays: Iterable[date] = (),
    cuts: Sequence[int] = (),
    zone: ZoneInfo,
) -> list[Stretch]:
    """Openings − closures − appointments of one counter, day by day, in order of time."""
    found: list[Stretch] = []
    off = set(holidays)
    busy = sorted((*closed, *taken))
    for day in days:
        todays = [opening for opening in openings if opening.holds_on(day)] if day not in off else []
        if not todays:
            continue
        midnight, next_midnight = at(day, time.min, zone), at(day + timedelta(days=1), time.min, zone)
        holes = [span for span in busy if span[0] < next_midnight and span[1] > midnight]
        for opening in todays:
            spans = open_spans(day, opening.starts, opening.ends, zone)
            if not spans:
                continue
            public_from = None
            if opening.fallback_days is not None and opening.fallback_time is not None:
                public_from = at(day - timedelta(days=opening.fallback_days), opening.fallback_time, zone)
            for mark, part in portions(day, spans[0][0], spans[-1][1], cuts):
                inside = [(max(a, part[0]), min(b, part[1])) for a, b in spans]
                for span in subtract(inside, holes):
                    start, end = on_grid(span)
                    if start < end:
                        found.append(Stretch(day, start, end, opening.audience, public_from, mark, opening.type_ids))
    return sorted(found, key=lambda stretch: stretch.starts_at)


@dataclass(frozen=True, slots=True)
class Release:
    """A release policy as values (see `ReleasePolicy`)."""

    notice_minutes: int = 120
    horizon_days: int = 90
    batch_weekday: int | None = None
    batch_time: time | None = None
    batch_weeks: int = 1

    def window(self, now: datetime, zone: ZoneInfo) -> Span:
        """`[earliest, latest)` of the starts the public may take at `now`."""
        today = now.astimezone(zone).date()
        earliest = now + timedelta(minutes=self.notice_minutes)
        last_day = today + timedelta(days=self.horizon_days)
        released = self.last_release(now, zone)
        if released is not None:
            released_on = released.astimezone(zone).date()
            sunday = released_on + timedelta(days=6 - released_on.weekday() + 7 * self.batch_weeks)
            last_day = min(last_day, sunday)
        return earliest, at(last_day + timedelta(days=1), time.min, zone)

    def last_release(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The batch release at or before `now`; None when time is released day by day."""
        if self.batch_weekday is None or self.batch_time is None:
            return None
        today = now.astimezone(zone).date()
        day = today - timedelta(days=(today.weekday() - self.batch_weekday) % 7)
        released = at(day, self.batch_time, zone)
        return released if released <= now else at(day - timedelta(days=7), self.batch_time, zone)

    def next_release(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When more days become visible: the next batch, or the coming midnight."""
        last = self.last_release(now, zone)
        if last is not None and self.batch_time is not None:
            return at(last.astimezone(zone).date() + timedelta(days=7), self.batch_time, zone)
        return at(now.astimezone(zone).date() + timedelta(days=1), time.min, zone)
