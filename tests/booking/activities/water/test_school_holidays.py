"""School holidays are rows: filled from a list that ends, and edited."""

from datetime import date

import pytest
import time_machine

from booking.activities.models import SchoolHoliday
from booking.activities.water import school_holidays
from booking.activities.water.school_holidays import HolidaysOverlap, beyond, fill, known_until, published

pytestmark = pytest.mark.django_db


def test_the_list_is_read_in_runs_of_the_zone() -> None:
    found = published(range(2026, 2028))
    assert ("Vacances d’hiver", date(2027, 2, 20), date(2027, 3, 7)) in found
    assert ("Vacances de Noël", date(2026, 12, 19), date(2027, 1, 3)) in found
    assert published([2029]) == []


def test_filling_adds_what_is_missing_and_leaves_what_people_wrote() -> None:
    mine = SchoolHoliday.objects.create(name="À nous", first_day=date(2027, 2, 22), last_day=date(2027, 2, 23))
    added = fill(from_day=date(2026, 9, 1), by=None)
    assert added == SchoolHoliday.objects.count() - 1 > 5
    assert SchoolHoliday.objects.filter(first_day=mine.first_day).get().name == "À nous"
    assert not SchoolHoliday.objects.filter(first_day=date(2027, 2, 20)).exists()
    assert fill(from_day=date(2026, 9, 1), by=None) == 0


@time_machine.travel("2026-11-20T08:00Z")
def test_a_season_beyond_what_is_known_says_so() -> None:
    assert "pas encore saisies" in beyond(date(2027, 6, 1))
    fill(from_day=date(2026, 9, 1), by=None)
    assert known_until() == date(2028, 8, 31)
    assert beyond(date(2028, 8, 31)) == ""
    assert "31\xa0août 2028" in beyond(date(2028, 9, 1))


def test_those_that_overlap_are_refused() -> None:
    fill(from_day=date(2026, 9, 1), by=None)
    with pytest.raises(HolidaysOverlap):
        school_holidays.save(
            holiday=SchoolHoliday(name="Pont", first_day=date(2027, 2, 20), last_day=date(2027, 2, 21)), by=None
        )
    holiday = SchoolHoliday.objects.get(first_day=date(2027, 2, 20))
    school_holidays.remove(holiday=holiday, by=None)
    assert not SchoolHoliday.objects.filter(pk=holiday.pk).exists()
