"""A season copied onto the next year: whole weeks, the same lanes, nothing where anything is in the way."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from booking.activities.exceptions import LanesTaken
from booking.activities.models import Group, LaneUse, PoolMoment, Season, Session, Window
from booking.activities.seasons import copying
from booking.activities.seasons.groups import save_group
from municipalities.enums import FacilityKind
from municipalities.models import StaffMember
from municipalities.zone import ZONE
from tests import people
from tests.factories import (
    ActivityFactory,
    BasinFactory,
    FacilityFactory,
    GroupFactory,
    LaneFactory,
    OperatorFactory,
    PoolFactory,
    SeasonFactory,
)
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_end_of_summer() -> Any:
    with time_machine.travel(datetime(2026, 8, 31, 12, tzinfo=ZONE)):
        yield


@pytest.fixture
def season() -> Season:
    operator = OperatorFactory.create(name="Agglomération des Tests")
    facility = FacilityFactory.create(kind=FacilityKind.POOL, operator=operator)
    basin = BasinFactory.create(pool=PoolFactory.create(facility=facility))
    lanes = [LaneFactory.create(basin=basin) for _number in range(2)]
    found = SeasonFactory.create(
        operator=operator, name="2026-2027", first_day=date(2026, 9, 1), last_day=date(2027, 6, 30)
    )
    activity = ActivityFactory.create(season=found)
    Window.objects.create(activity=activity, audience="everybody", opens_at=datetime(2026, 9, 12, 10, tzinfo=ZONE))
    group = GroupFactory.build(activity=activity, basin=basin, first_day=found.first_day, last_day=found.last_day)
    save_group(group=group, lanes=lanes, by=None)
    return found


@pytest.fixture
def manager(season: Season) -> StaffMember:
    return people.manager_of_operator(season.operator)


def next_year(season: Season, **changes: Any) -> Season:
    known = {"name": "2027-2028", "first_day": date(2027, 9, 1), "last_day": date(2028, 6, 30)}
    return Season(operator=season.operator, **(known | changes))


def test_everything_moves_by_whole_weeks(season: Season, manager: StaffMember) -> None:
    new = copying.copy_season(season=season, new=next_year(season), by=manager)
    old_group, group = Group.objects.order_by("pk")
    assert group.activity.season == new and not new.is_public
    assert group.weekday == old_group.weekday
    assert list(group.lanes.order_by("pk")) == list(old_group.lanes.order_by("pk"))
    days = [timezone.localdate(one.starts_at) for one in Session.objects.filter(group=group)]
    assert {day.weekday() for day in days} == {2}
    assert min(days) == date(2027, 9, 1) and max(days) <= new.last_day
    assert Window.objects.get(activity__season=new).opens_at == datetime(2027, 9, 11, 10, tzinfo=ZONE)
    session = Session.objects.filter(group=group).earliest("starts_at")
    assert LaneUse.objects.filter(event=session.pk).count() == 2
    assert PoolMoment.objects.get(at=session.starts_at).heads == group.capacity


def test_the_preview_says_what_would_be_made_and_makes_nothing(season: Season) -> None:
    before = (Season.objects.count(), Session.objects.count(), LaneUse.objects.count())
    found = copying.preview(season=season, new=next_year(season))
    assert found.is_possible and len(found.copies) == 1 and found.sessions > 35
    assert (Season.objects.count(), Session.objects.count(), LaneUse.objects.count()) == before


def test_onto_the_same_dates_every_lane_is_taken(season: Season, manager: StaffMember) -> None:
    same = {"first_day": season.first_day, "last_day": season.last_day}
    assert not copying.preview(season=season, new=next_year(season, **same)).is_possible
    with pytest.raises(LanesTaken):
        copying.copy_season(season=season, new=next_year(season, **same), by=manager)
    assert Season.objects.count() == 1 and Group.objects.count() == 1


def test_what_never_meets_is_left_out(season: Season) -> None:
    new = next_year(season, first_day=date(2027, 9, 2), last_day=date(2027, 9, 6))
    found = copying.preview(season=season, new=new)
    assert not found.copies and len(found.lost) == 1 and not found.is_possible


def test_a_season_is_copied_by_its_page(season: Season, manager: StaffMember) -> None:
    client = signed_in(manager)
    page = reverse("seasons:copy_season", args=[season.pk])
    sent = {"name_fr": "2027-2028", "first_day": "2027-09-01", "last_day": "2028-06-30"}
    seen = client.post(page, {**sent, "voir": "1"}).content.decode()
    assert "1 groupe" in seen.replace("\xa0", " ") and 'name="copier"' in seen
    assert Season.objects.count() == 1
    client.post(page, {**sent, "copier": "1"})
    assert [str(one) for one in Season.objects.filter(first_day="2027-09-01")] == ["2027-2028"]
    again = client.post(page, {**sent, "copier": "1"}).content.decode()
    assert "Une saison de ce nom existe déjà." in again
    assert timedelta(weeks=52) == copying.weeks_between(season, next_year(season))
