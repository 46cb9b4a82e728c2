"""Pools and what happens in their water."""

from booking.activities.models.holidays import SchoolHoliday
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
    "Adjustment",
    "Basin",
    "BasinQuerySet",
    "Lane",
    "LaneUse",
    "LaneUseQuerySet",
    "Pool",
    "PoolMoment",
    "PoolQuerySet",
    "PriceRow",
    "SchoolHoliday",
    "Tariff",
    "TariffGrid",
    "TariffGridQuerySet",
    "UseSeries",
    "UseSeriesQuerySet",
    "who_uses",
]
