"""The nine pools of the demonstration: real names where known, the rest labelled as invented, a school year in them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db.models import Sum

from booking.activities.enums import UseKind
from booking.activities.models import Basin, LaneUse, Pool, PoolMoment, SchoolHoliday, UseSeries
from booking.activities.water.drafts import Held
from booking.activities.water.moments import changes
from config.demo import places, pools
from municipalities.models import Facility

#: A Wednesday, in the afternoon.
NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)

pytestmark = pytest.mark.django_db


@pytest.fixture
def built() -> list[Pool]:
    with time_machine.travel(NOW, tick=False):
        places.load_municipalities()
        places.build_town_halls()
        places.build_others()
        return pools.build_pools(TODAY)


def test_nine_pools_with_a_school_year_in_them_labelled_as_invented(built: list[Pool]) -> None:
    assert len(built) == Facility.objects.filter(kind="pool").count() == 9
    assert {pool.facility.operator.name for pool in built} == {places.AGGLOMERATION}
    closed = Pool.objects.get(facility__slug="piscine-pierre-et-marie-curie")
    assert closed.closed_since == date(2023, 1, 3) and {"fr", "de", "en"} <= set(closed.closed_why)
    assert not LaneUse.objects.filter(lane__basin__pool=closed).exists()
    for pool in built:
        if pool.pk != closed.pk:
            assert LaneUse.objects.filter(lane__basin__pool=pool).exists(), pool
    kinds = set(LaneUse.objects.values_list("kind", flat=True).distinct())
    assert kinds == {UseKind.PUBLIC, UseKind.SCHOOL, UseKind.CLUB, UseKind.MAINTENANCE}
    assert LaneUse.objects.latest("period").period.lower.date() > date(2027, 6, 1)
    # What is planned is counted, moment by moment.
    one = Pool.objects.get(facility__slug="aquarhin")
    counted = dict(PoolMoment.objects.filter(pool=one).exclude(heads=0).values_list("at", "heads"))
    assert counted == changes(map(Held, LaneUse.objects.filter(lane__basin__pool=one)), [])
    assert PoolMoment.objects.aggregate(total=Sum("heads"))["total"] > 0
    # Schools pause in their holidays, and what is invented says so.
    christmas = SchoolHoliday.objects.get(first_day=date(2026, 12, 19))
    during = LaneUse.objects.filter(day__range=(christmas.first_day, christmas.last_day))
    assert not during.filter(kind=UseKind.SCHOOL).exists()
    assert during.filter(kind=UseKind.PUBLIC).exists()
    assert not LaneUse.objects.filter(day=date(2026, 12, 25)).exists()
    assert all("fictif" in str(name) for name in Basin.objects.values_list("name", flat=True))
    labels = UseSeries.objects.exclude(label="").values_list("label", flat=True)
    assert labels and all("fictif" in label or "fictive" in label for label in labels)
    assert all("fictive" in pool.facility.address for pool in built)


def test_the_pools_of_another_day_of_the_year_begin_with_its_week() -> None:
    with time_machine.travel(datetime(2027, 7, 20, tzinfo=UTC), tick=False):
        places.load_municipalities()
        places.build_town_halls()
        places.build_others()
        pools.build_pools(date(2027, 7, 20))
    assert LaneUse.objects.filter(day__lt=date(2027, 7, 20) + timedelta(days=7), kind=UseKind.PUBLIC).exists()
