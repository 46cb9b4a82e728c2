"""A pool with two basins, and a Monday to plan on."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.activities.enums import UseKind
from booking.activities.models import Lane, Pool
from booking.activities.water.series import Weekly
from municipalities.models import StaffMember
from municipalities.spans import monday_of
from tests import people
from tests.factories import BasinFactory, LaneFactory, OperatorFactory, PoolFactory


@pytest.fixture
def pool() -> Pool:
    pool = PoolFactory.create(most_heads=60, facility__operator=OperatorFactory.create(name="Bains d’essai"))
    for name, lanes in (("Grand bassin", 4), ("Bassin ludique", 2)):
        basin = BasinFactory.create(pool=pool, name=name)
        for number in range(1, lanes + 1):
            LaneFactory.create(basin=basin, name=f"Ligne {number}", position=number)
    return pool


@pytest.fixture
def lanes(pool: Pool) -> list[Lane]:
    return list(Lane.objects.filter(basin__pool=pool).select_related("basin").order_by("basin_id", "position"))


@pytest.fixture
def manager(pool: Pool) -> StaffMember:
    return people.sports_manager(pool.facility.operator)


@pytest.fixture
def monday(no_public_holidays: None) -> date:
    """A Monday two or three weeks ahead, whose weeks are far from nothing in particular."""
    return monday_of(timezone.localdate()) + timedelta(days=21)


@pytest.fixture
def weekly(pool: Pool, lanes: list[Lane], monday: date) -> Callable[..., Weekly]:
    """What is asked of a series: Mondays from 9 to 10, five times, for a club of twenty on the first two lanes."""

    def asked(**changed: Any) -> Weekly:
        said = {
            "pool": pool,
            "kind": UseKind.CLUB,
            "label": "Les Dauphins",
            "weekday": 0,
            "starts": time(9),
            "ends": time(10),
            "first_day": monday,
            "last_day": monday + timedelta(days=28),
            "lanes": lanes[:2],
            "heads": 20,
        }
        return Weekly(**(said | changed))

    return asked


@pytest.fixture
def no_public_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks counted from today meet a holiday some time of the year; days.py has tests of its own for those."""
    monkeypatch.setattr("booking.activities.water.days.public_holidays", lambda year, **_town: {})
