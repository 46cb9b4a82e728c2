"""Pools and what happens in their water."""

from booking.activities.models.holidays import SchoolHoliday
from booking.activities.models.seasons import (
    Activity,
    Audience,
    Group,
    GroupQuerySet,
    Level,
    Season,
    SeasonQuerySet,
    Session,
    SessionQuerySet,
    Window,
)
from booking.activities.models.tariffs import Adjustment, PriceRow, Tariff, TariffGrid, TariffGridQuerySet
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
    "Activity",
    "Adjustment",
    "Audience",
    "Basin",
    "BasinQuerySet",
    "Group",
    "GroupQuerySet",
    "Lane",
    "LaneUse",
    "LaneUseQuerySet",
    "Level",
    "Pool",
    "PoolMoment",
    "PoolQuerySet",
    "PriceRow",
    "SchoolHoliday",
    "Season",
    "SeasonQuerySet",
    "Session",
    "SessionQuerySet",
    "Tariff",
    "TariffGrid",
    "TariffGridQuerySet",
    "UseSeries",
    "UseSeriesQuerySet",
    "Window",
    "who_uses",
]
