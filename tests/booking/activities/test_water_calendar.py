"""Pools in calendars: everybody reads for whom each lane is, those who work there by name; 304 in between."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from booking.activities.models import LaneUse, Pool
from booking.activities.timetable.calendar import WATER
from booking.activities.water import events, pools
from booking.activities.water.days import at
from municipalities.feeds import first_moment
from municipalities.languages import Translated
from municipalities.models import Closure
from tests import people
from tests.factories import BasinFactory, LaneFactory, OperatorFactory, PoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(facility__operator=OperatorFactory.create(), facility__name="Bains d’essai")


@pytest.fixture
def event(pool: Pool) -> Any:
    basin = BasinFactory.create(pool=pool, name="Grand bassin")
    lanes = [LaneFactory.create(basin=basin, name=f"Ligne {n}", position=n) for n in (1, 2)]
    start = at(timezone.localdate() + timedelta(days=3), time(9))
    draft = events.add_event(
        pool=pool,
        kind="club",
        label="Les petits Dauphins",
        lanes=lanes,
        start=start,
        end=start + timedelta(hours=1),
        heads=21,
        by=None,
    )
    return draft.put[0].event


def _address(pool: Pool) -> str:
    return reverse("timetable:calendar", args=[pool.facility.slug])


def _entries(answer: Any) -> list[Any]:
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_everybody_reads_for_whom_and_never_by_which_name(pool: Pool, event: Any) -> None:
    answer = Client().get(_address(pool))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (entry,) = _entries(answer)
    assert str(entry["SUMMARY"]).replace("\xa0", " ") == "Club (Grand bassin : Ligne 1, Ligne 2)"
    assert b"Dauphins" not in answer.content


def test_it_is_not_sent_again_while_nothing_changes(pool: Pool, event: Any) -> None:
    first = Client().get(_address(pool))
    again = Client().get(_address(pool), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    use = LaneUse.objects.filter(event=event)[0]
    start = use.period.lower + timedelta(hours=2)
    lanes = [one.lane for one in LaneUse.objects.filter(event=event).select_related("lane__basin")]
    before = _entries(first)[0]
    LaneUse.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    events.move_event(event=event, pool=pool, lanes=lanes, start=start, end=start + timedelta(hours=1), by=None)
    moved = Client().get(_address(pool), headers={"If-None-Match": first["ETag"]})
    assert moved.status_code == 200
    (entry,) = _entries(moved)
    assert entry["UID"] == before["UID"] and entry["DTSTART"].dt == start
    assert entry["SEQUENCE"] >= before["SEQUENCE"]


def test_it_is_sent_again_when_a_lane_or_its_basin_goes_by_another_name(pool: Pool, event: Any) -> None:
    first = Client().get(_address(pool))
    lane = LaneUse.objects.filter(event=event).select_related("lane__basin")[0].lane
    pools.edit(place=lane, name=Translated(fr="Couloir du fond"), by=None)
    renamed = Client().get(_address(pool), headers={"If-None-Match": first["ETag"]})
    assert renamed.status_code == 200 and "Couloir du fond" in renamed.content.decode()
    pools.edit(place=lane.basin, name=Translated(fr="Bassin olympique"), by=None)
    again = Client().get(_address(pool), headers={"If-None-Match": renamed["ETag"]})
    assert again.status_code == 200 and "Bassin olympique" in again.content.decode()


def test_an_agents_calendar_counts_the_names_of_lanes(pool: Pool, event: Any) -> None:
    scope = WATER.scope(str(pool.pk), people.sports_manager(pool.facility.operator))
    assert scope is not None
    since = first_moment(timezone.now())
    before = scope.count(since).figures
    pools.edit(place=LaneUse.objects.filter(event=event)[0].lane, name=Translated(fr="Couloir"), by=None)
    assert scope.count(since).figures != before


def test_what_is_closed_is_not_in_it(pool: Pool, event: Any) -> None:
    start = at(timezone.localdate() + timedelta(days=3), time())
    Closure.objects.create(
        facility=pool.facility, period=DateTimeTZRange(start, start + timedelta(days=1)), reason={"fr": "Vidange"}
    )
    assert _entries(Client().get(_address(pool))) == []


def test_those_who_work_there_subscribe_by_name(pool: Pool, event: Any) -> None:
    coach = people.coach(pool.facility.operator)
    assert WATER.choices(coach) == [(str(pool.pk), "Bains d’essai")]
    assert WATER.names([str(pool.pk), "x"]) == {str(pool.pk): "Bains d’essai"}
    scope = WATER.scope(str(pool.pk), coach)
    assert scope is not None
    since = first_moment(timezone.now())
    before = scope.count(since)
    told = scope.entries(since, scope.most, "fr")
    assert "Les petits Dauphins" in told.replace("\r\n ", "") and "attendues" in told.replace("\r\n ", "")
    events.leave_out(event=event, pool=pool, by=None)
    assert scope.count(since).figures != before.figures
    assert WATER.scope(str(pool.pk), people.coach(OperatorFactory.create())) is None
    assert WATER.scope("", coach) is None
