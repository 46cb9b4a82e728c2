"""On which days a pool is open, by the clock on its wall."""

from datetime import UTC, date, datetime, time

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking.activities.models import Pool, SchoolHoliday
from booking.activities.water.days import OpenDays, at, closures_of, weekly
from booking.activities.water.moments import QUARTER, changes, quarters
from municipalities.models import Closure
from tests.factories import FacilityFactory, MunicipalityFactory, OperatorFactory, PoolFactory


class _Bathing:
    def __init__(self, start: datetime, end: datetime, heads: int) -> None:
        self.start, self.end, self.heads = start, end, heads


def test_a_time_is_what_the_clock_on_the_wall_says() -> None:
    saturday, sunday = date(2027, 3, 27), date(2027, 3, 28)
    assert at(saturday, time(10)).astimezone(UTC).hour == 9
    assert at(sunday, time(10)).astimezone(UTC).hour == 8
    assert at(date(2027, 10, 31), time(10)).astimezone(UTC).hour == 9


def test_weekdays_lie_between_both_ends() -> None:
    monday = date(2026, 9, 7)
    assert weekly(0, monday, date(2026, 9, 21)) == [monday, date(2026, 9, 14), date(2026, 9, 21)]
    assert weekly(6, monday, date(2026, 9, 12)) == []
    assert weekly(2, monday, date(2026, 9, 9)) == [date(2026, 9, 9)]


def test_quarters_are_those_that_are_touched_also_where_an_hour_comes_twice() -> None:
    noon = datetime(2027, 3, 9, 11, tzinfo=UTC)
    assert quarters(noon, noon + 2 * QUARTER) == [noon, noon + QUARTER]
    assert quarters(noon + QUARTER / 3, noon + QUARTER * 1.1) == [noon, noon + QUARTER]
    night = quarters(at(date(2027, 10, 31), time(1)), at(date(2027, 10, 31), time(4)))
    assert len(night) == 16  # four hours by the sun, three on the wall
    assert len({moment.astimezone(UTC) for moment in night}) == 16


def test_what_comes_and_goes_at_one_moment_is_one_change() -> None:
    noon = datetime(2027, 3, 9, 11, tzinfo=UTC)
    here, later = _Bathing(noon, noon + QUARTER, 20), _Bathing(noon, noon + 2 * QUARTER, 20)
    assert changes([later], [here]) == {noon + QUARTER: 20}
    assert changes([], [here]) == {noon: -20}
    assert changes([_Bathing(noon, noon + QUARTER, 0)], []) == {}


@pytest.mark.django_db
class TestOpenDays:
    @pytest.fixture
    def pool(self) -> Pool:
        town = MunicipalityFactory.create(insee_code="68224", good_friday_is_holiday=True)
        return PoolFactory.create(facility=FacilityFactory.create(kind="pool", municipality=town))

    def _why(self, pool: Pool, day: date, *, skips: bool = False) -> str:
        known = OpenDays(pool, day, day)
        return known.why_not(day, at(day, time(10)), at(day, time(11)), skips_school_holidays=skips)

    def test_holidays_of_its_town_and_of_schools_where_asked(self, pool: Pool) -> None:
        SchoolHoliday.objects.create(name="Vacances d’hiver", first_day=date(2027, 2, 20), last_day=date(2027, 3, 7))
        assert self._why(pool, date(2026, 12, 26)) == "Saint-Étienne"
        assert self._why(pool, date(2027, 3, 26)) == "Vendredi saint"
        assert self._why(pool, date(2027, 3, 7), skips=True) == "Vacances d’hiver"
        assert self._why(pool, date(2027, 3, 7)) == self._why(pool, date(2027, 3, 8), skips=True) == ""

    def test_closures_of_the_pool_of_its_operators_town_and_of_the_territory(self, pool: Pool) -> None:
        day = date(2027, 3, 9)
        for n, place in enumerate(({"facility": pool.facility}, {"municipality": pool.facility.municipality}, {})):
            start = at(date(2027, 3, 9 + n), time())
            Closure.objects.create(
                **place, period=DateTimeTZRange(start, start.replace(hour=12)), reason={"fr": f"Vidange {n}"}
            )
        assert [self._why(pool, day.replace(day=9 + n)) for n in range(4)] == [*(f"Vidange {n}" for n in range(3)), ""]
        elsewhere = PoolFactory.create()
        assert closures_of(elsewhere, at(day, time()), at(date(2027, 3, 11), time())) == []

    def test_a_pool_of_somebody_else_is_not_closed_with_the_town_it_stands_in(self) -> None:
        town = MunicipalityFactory.create()
        facility = FacilityFactory.create(kind="pool", municipality=town, operator=OperatorFactory.create())
        pool = PoolFactory.create(facility=facility)
        start = at(date(2027, 3, 9), time())
        Closure.objects.create(
            municipality=town, period=DateTimeTZRange(start, start.replace(hour=23)), reason={"fr": "Fête"}
        )
        assert self._why(pool, date(2027, 3, 9)) == ""

    def test_one_that_is_shut_until_further_notice(self, pool: Pool) -> None:
        pool.closed_since = date(2027, 3, 9)
        assert self._why(pool, date(2027, 3, 8)) == ""
        assert self._why(pool, date(2027, 3, 9)) == "la piscine est fermée jusqu’à nouvel ordre"
        pool.closed_why = {"fr": "Toiture"}
        assert "Toiture" in self._why(pool, date(2027, 3, 9))
