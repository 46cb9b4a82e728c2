"""Pools and what happens in their water."""

from booking.activities.models.holidays import SchoolHoliday
from booking.activities.models.water import (
    Basin,
    BasinQuerySet,
    Lane,
    LaneUse,
    LaneUseQuerySet,
    Pool,
    PoolMoment,
    PoolQuerySet,
    UseSeries,
    UseSeriesQuerySet,
    who_uses,
)

__all__ = [
    "Basin",
    "BasinQuerySet",
    "Lane",
    "LaneUse",
    "LaneUseQuerySet",
    "Pool",
    "PoolMoment",
    "PoolQuerySet",
    "SchoolHoliday",
    "UseSeries",
    "UseSeriesQuerySet",
    "who_uses",
]
