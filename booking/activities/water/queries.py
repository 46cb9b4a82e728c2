"""What pages read of the water. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max, QuerySet
from django.utils import timezone

from booking.activities.enums import UseKind
from booking.activities.models import Basin, Lane, LaneUse, Pool, PoolMoment, PoolQuerySet, UseSeries
from booking.activities.water.days import DAY, OpenDays, at, why_closed
from booking.activities.water.events import uses_of_week
from booking.activities.water.grid import DayGrid, day_grid
from municipalities.spans import joined, subtract


def pools_with_place() -> PoolQuerySet:
    """Pools with the facility, its town and who runs it, in the order of their names."""
    return Pool.objects.select_related("facility__municipality", "facility__operator__municipality").order_by(
        "facility__name", "pk"
    )


def lanes_of(pool: Pool) -> list[Lane]:
    """Basin by basin. One out of service is there too: what is planned in it stays."""
    lanes = Lane.objects.filter(basin__pool=pool).select_related("basin")
    return list(lanes.order_by("basin__position", "basin", "position", "pk"))


def basins_of(pool: Pool) -> list[tuple[Basin, list[Lane]]]:
    """The same by basin, those without any lane too."""
    lanes = lanes_of(pool)
    return [(basin, [lane for lane in lanes if lane.basin_id == basin.pk]) for basin in pool.basins.all()]


@dataclass(frozen=True)
class Day:
    """A day of a pool as its pages show it."""

    day: date
    grid: DayGrid
    public_holiday: str
    school_holiday: str
    #: Why it is closed, with the hours; a whole day or a part of it.
    closures: list[tuple[str, datetime, datetime]]
    #: What is for the public: when something of it begins and ends.
    public: list[tuple[datetime, datetime]]
    most_heads: int

    @property
    def is_past(self) -> bool:
        return self.day < timezone.localdate()


def week_of(pool: Pool, monday: date) -> list[Day]:
    """The seven days, with what happens in every lane. The same number of queries for every week."""
    lanes, uses = lanes_of(pool), uses_of_week(pool, monday)
    known = OpenDays(pool, monday, monday + 6 * DAY)
    heads = _most_heads(pool, monday)
    return [_day(pool, monday + n * DAY, lanes, uses, known, heads) for n in range(7)]


def _day(
    pool: Pool, day: date, lanes: Sequence[Lane], uses: Sequence[LaneUse], known: OpenDays, heads: dict[date, int]
) -> Day:
    start, end = at(day, time()), at(day + DAY, time())
    closures = [
        (str(one.reason), max(one.period.lower, start), min(one.period.upper, end))
        for one in known.closures
        if one.period.lower < end and one.period.upper > start
    ]
    if pool.closed_since is not None and day >= pool.closed_since:
        closures.append((why_closed(pool, [], start, end), start, end))
    return Day(
        day=day,
        grid=day_grid(day, lanes, uses, start, end),
        public_holiday=known.public_holidays.get(day, ""),
        school_holiday=known.school_holiday(day),
        closures=closures,
        public=subtract(
            joined(
                [
                    (max(use.period.lower, start), min(use.period.upper, end))
                    for use in uses
                    if use.kind == UseKind.PUBLIC and use.period.lower < end and use.period.upper > start
                ]
            ),
            [(first, last) for _why, first, last in closures],
        ),
        most_heads=heads.get(day, 0),
    )


def _most_heads(pool: Pool, monday: date) -> dict[date, int]:
    """The most people planned at one moment of each day of a week."""
    rows = (
        PoolMoment.objects.filter(pool=pool, at__gte=at(monday, time()), at__lt=at(monday + 7 * DAY, time()))
        .values_list("at__date")
        .annotate(most=Max("heads"))
        .order_by()
    )
    return dict(rows)


@dataclass(frozen=True)
class Event:
    """One thing that happens: its rows, the first for all they have in common."""

    uses: list[LaneUse]

    @property
    def first(self) -> LaneUse:
        return self.uses[0]

    @property
    def lanes(self) -> list[Lane]:
        return [use.lane for use in self.uses]

    @property
    def heads(self) -> int:
        return sum(use.heads for use in self.uses)

    @property
    def is_past(self) -> bool:
        return bool(self.first.period.lower < timezone.now())


def event_of(pool: Pool, event: UUID) -> Event | None:
    uses = LaneUse.objects.filter(event=event, lane__basin__pool=pool).select_related("lane__basin", "series")
    found = list(uses.order_by("lane__basin__position", "lane__position", "pk"))
    return Event(found) if found else None


def series_of(pool: Pool) -> QuerySet[UseSeries]:
    """Those that go on, in the order of the week."""
    return (
        UseSeries.objects.filter(pool=pool, last_day__gte=timezone.localdate())
        .prefetch_related("lanes__basin")
        .order_by("weekday", "starts", "pk")
    )


def happening_now(pool: Pool, now: datetime) -> list[LaneUse]:
    """Who has which lane at this moment, lane by lane."""
    uses = LaneUse.objects.filter(lane__basin__pool=pool, period__contains=now).select_related("lane__basin")
    return list(uses.order_by("lane__basin__position", "lane__position", "pk"))


def next_public(pool: Pool, now: datetime) -> LaneUse | None:
    """The next time some lane is for the public, within two weeks."""
    ahead = LaneUse.objects.filter(lane__basin__pool=pool, kind=UseKind.PUBLIC).within(now, now + timedelta(days=14))
    return ahead.filter(period__startswith__gt=now).order_by("period").first()
