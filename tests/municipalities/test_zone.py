"""An hour that the clock strikes twice: two instants, and a closure may last from the one to the other."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from booking.appointments.planning.forms.openings import ClosureForm
from booking.appointments.rehoming.forms import CloseNowForm
from municipalities.models import Facility
from municipalities.zone import ZONE, instant
from tests.people import manager_of_facility

AUTUMN = date(2027, 10, 31)
FIRST, SECOND = datetime(2027, 10, 31, 0, 45, tzinfo=UTC), datetime(2027, 10, 31, 1, 45, tzinfo=UTC)


@pytest.mark.parametrize(("fold", "expected"), [(0, FIRST), (1, SECOND)])
def test_the_two_are_not_the_same(fold: int, expected: datetime) -> None:
    found = instant(AUTUMN, time(2, 45), fold=fold)
    assert found == expected and found.tzinfo is UTC


def test_twin_by_the_clock_on_the_wall_they_are() -> None:
    said = [datetime.combine(AUTUMN, time(2, 45, fold=fold), ZONE) for fold in (0, 1)]
    assert not said[0] < said[1]


@time_machine.travel(FIRST, tick=False)
@pytest.mark.django_db
def test_a_counter_is_closed_from_the_one_to_the_other(rixheim_town_hall: Facility) -> None:
    day = AUTUMN.isoformat()
    hour = {"from_time": "02:45", "until_time": "02:45", "until_day": day}
    at_once = CloseNowForm({"span": "libre", "day": day, "why": "panne", **hour})
    place = f"etablissement-{rixheim_town_hall.pk}"
    planned = ClosureForm(
        {"place": place, "from_day": day, "reason_fr": "Panne", **hour}, by=manager_of_facility(rixheim_town_hall)
    )
    for form in (at_once, planned):
        assert form.is_valid(), form.errors
        start, end = form.cleaned_data["period"]
        assert (start, end - start) == (FIRST, timedelta(hours=1))
