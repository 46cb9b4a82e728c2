"""Groups, their sessions and the lanes these have: planned together, changed together, refused together."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from booking.activities.exceptions import LanesTaken, NothingToPlan, PastDay, TooManyHeads
from booking.activities.models import Activity, Group, Lane, LaneUse, PoolMoment, SchoolHoliday, Season, Session
from booking.activities.seasons import sessions
from booking.activities.seasons.groups import (
    HasMet,
    HasPeople,
    LanesOfSomebodyElse,
    NoLane,
    NotYourOffer,
    OutsideOfSeason,
    remove_group,
    save_group,
)
from municipalities.enums import FacilityKind
from municipalities.languages import Translated
from municipalities.models import Closure, StaffMember
from municipalities.zone import ZONE
from tests import people
from tests.factories import (
    ActivityFactory,
    BasinFactory,
    FacilityFactory,
    LaneFactory,
    OperatorFactory,
    PoolFactory,
    SeasonFactory,
)
from tests.factories.enrolments import EnrolmentFactory
from tests.factories.municipalities import MunicipalityFactory, period

pytestmark = pytest.mark.django_db

#: A Monday; the season of the tests begins the Tuesday after.
NOW = datetime(2026, 8, 31, 12, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def _at_the_end_of_summer() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lanes() -> list[Lane]:
    operator = OperatorFactory.create(name="Agglomération des Tests")
    town = MunicipalityFactory.create(insee_code="68224", good_friday_is_holiday=True)
    facility = FacilityFactory.create(kind=FacilityKind.POOL, operator=operator, municipality=town)
    basin = BasinFactory.create(pool=PoolFactory.create(facility=facility, most_heads=30))
    return [LaneFactory.create(basin=basin) for _number in range(3)]


@pytest.fixture
def activity(lanes: list[Lane]) -> Activity:
    operator = lanes[0].basin.pool.facility.operator
    season = SeasonFactory.create(operator=operator, first_day=date(2026, 9, 1), last_day=date(2027, 6, 30))
    return ActivityFactory.create(season=season)


@pytest.fixture
def manager(activity: Activity) -> StaffMember:
    return people.manager_of_operator(activity.season.operator)


def group_of(activity: Activity, lanes: list[Lane], **fields: Any) -> Group:
    """Fridays from two to a quarter to three, all season long."""
    known: dict[str, Any] = {
        "code": "g1",
        "weekday": 4,
        "starts": time(14),
        "ends": time(14, 45),
        "first_day": activity.season.first_day,
        "last_day": activity.season.last_day,
        "capacity": 10,
        "tariff_code": "ecole",
    }
    return Group(activity=activity, basin=lanes[0].basin, **(known | fields))


def days_of(group: Group) -> set[date]:
    return {
        timezone.localdate(start) for start in Session.objects.filter(group=group).values_list("starts_at", flat=True)
    }


def test_a_group_skips_holidays_and_closures_and_keeps_its_hour_over_both_changes_of_clock(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    SchoolHoliday.objects.create(name="Toussaint", first_day=date(2026, 10, 17), last_day=date(2026, 11, 1))
    closed = period(datetime(2026, 12, 4, 13, tzinfo=ZONE), hours=3)
    Closure.objects.create(facility=lanes[0].basin.pool.facility, period=closed, reason={"fr": "Vidange"})
    group = group_of(activity, lanes)
    plan = save_group(group=group, lanes=lanes[:2], by=manager)
    met = days_of(group)
    assert {one.day: one.why for one in plan.skipped} == {
        date(2026, 10, 23): "Toussaint",
        date(2026, 10, 30): "Toussaint",
        date(2026, 12, 4): "Vidange",
        date(2026, 12, 25): "Noël",
        date(2027, 1, 1): "Jour de l’An",
        date(2027, 3, 26): "Vendredi saint",
    }
    assert met.isdisjoint(one.day for one in plan.skipped)
    assert len(met) == 43 - 6
    assert {timezone.localtime(one.starts_at).time() for one in Session.objects.all()} == {time(14)}
    assert timezone.localtime(Session.objects.get(planned_on=date(2026, 9, 4)).starts_at).utcoffset() == timedelta(
        hours=2
    )
    assert timezone.localtime(Session.objects.get(planned_on=date(2026, 11, 6)).starts_at).utcoffset() == timedelta(
        hours=1
    )


def test_each_session_has_its_lanes_and_its_heads(activity: Activity, lanes: list[Lane], manager: StaffMember) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes[:2], by=manager)
    session = Session.objects.get(planned_on=date(2026, 9, 4))
    uses = LaneUse.objects.filter(event=session.pk)
    assert {use.lane_id for use in uses} == {lane.pk for lane in lanes[:2]}
    assert sum(use.heads for use in uses) == 10
    assert {use.period.lower for use in uses} == {session.starts_at}
    assert PoolMoment.objects.get(at=session.starts_at).heads == 10


def test_a_lane_that_is_taken_refuses_the_whole_group(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    save_group(group=group_of(activity, lanes), lanes=lanes[:2], by=manager)
    before = LaneUse.objects.count()
    other = group_of(activity, lanes, code="g2", starts=time(14, 30), ends=time(15))
    with pytest.raises(LanesTaken):
        save_group(group=other, lanes=lanes[1:], by=manager)
    assert Group.objects.count() == 1
    assert LaneUse.objects.count() == before
    save_group(group=group_of(activity, lanes, code="g3"), lanes=lanes[2:], by=manager)


def test_too_many_heads_refuse_the_group(activity: Activity, lanes: list[Lane], manager: StaffMember) -> None:
    save_group(group=group_of(activity, lanes, capacity=25), lanes=lanes[:1], by=manager)
    with pytest.raises(TooManyHeads):
        save_group(group=group_of(activity, lanes, code="g2"), lanes=lanes[1:], by=manager)
    assert Group.objects.count() == 1


def test_another_hour_moves_what_is_to_come_and_leaves_what_was(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes[:2], by=manager)
    moved = Session.objects.get(planned_on=date(2026, 10, 2))
    at_nine = datetime(2026, 10, 3, 9, tzinfo=ZONE)
    sessions.move_session(session=moved, start=at_nine, end=at_nine + timedelta(minutes=45), by=manager)
    with time_machine.travel(datetime(2026, 9, 12, 12, tzinfo=ZONE), tick=False):
        group.starts, group.ends = time(15), time(15, 45)
        save_group(group=group, lanes=lanes[2:], by=manager)
        hours = {session.planned_on: timezone.localtime(session.starts_at).hour for session in Session.objects.all()}
    assert hours.pop(date(2026, 9, 4)) == hours.pop(date(2026, 9, 11)) == 14
    assert hours.pop(date(2026, 10, 2)) == 9
    assert set(hours.values()) == {15}
    later = Session.objects.get(planned_on=date(2026, 9, 18))
    assert [use.lane_id for use in LaneUse.objects.filter(event=later.pk)] == [lanes[2].pk]
    assert PoolMoment.objects.filter(at=datetime(2026, 9, 18, 14, tzinfo=ZONE), heads__gt=0).count() == 0


def test_a_shorter_group_gives_its_lanes_back(activity: Activity, lanes: list[Lane], manager: StaffMember) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes[:1], by=manager)
    group.last_day = date(2026, 9, 30)
    save_group(group=group, lanes=lanes[:1], by=manager)
    assert days_of(group) == {date(2026, 9, day) for day in (4, 11, 18, 25)}
    assert LaneUse.objects.count() == 4


def test_a_session_is_called_off_and_takes_place_after_all(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes[:1], by=manager)
    session = Session.objects.get(planned_on=date(2026, 9, 4))
    sessions.call_off(session=session, reason=Translated(fr="Grève"), by=manager)
    assert not LaneUse.objects.filter(event=session.pk).exists()
    with pytest.raises(sessions.NotThisSession):
        sessions.call_off(session=session, reason=Translated(fr="Grève"), by=manager)
    sessions.reinstate(session=session, by=manager)
    assert LaneUse.objects.filter(event=session.pk).count() == 1
    assert Session.objects.get(pk=session.pk).reason == {}


def test_a_session_is_added_but_not_twice_at_one_hour(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes[:1], by=manager)
    start = datetime(2026, 9, 5, 10, tzinfo=ZONE)
    made = sessions.add_session(group=group, start=start, end=start + timedelta(hours=1), by=manager)
    assert made.planned_on is None and LaneUse.objects.filter(event=made.pk).count() == 1
    with pytest.raises(LanesTaken):
        sessions.add_session(group=group, start=start, end=start + timedelta(hours=1), by=manager)
    with pytest.raises(PastDay):
        sessions.add_session(group=group, start=NOW, end=NOW + timedelta(hours=1), by=manager)


def test_what_cannot_be_a_group_is_said(activity: Activity, lanes: list[Lane], manager: StaffMember) -> None:
    with pytest.raises(NoLane):
        save_group(group=group_of(activity, lanes), lanes=[], by=manager)
    with pytest.raises(NoLane):
        save_group(group=group_of(activity, lanes), lanes=[lanes[0], LaneFactory.create()], by=manager)
    with pytest.raises(OutsideOfSeason):
        save_group(group=group_of(activity, lanes, last_day=date(2027, 7, 9)), lanes=lanes, by=manager)
    with pytest.raises(NothingToPlan):
        one_day = {"first_day": date(2026, 12, 25), "last_day": date(2026, 12, 25)}
        save_group(group=group_of(activity, lanes, **one_day), lanes=lanes, by=manager)
    foreign = LaneFactory.create()
    with pytest.raises(LanesOfSomebodyElse):
        save_group(group=group_of(activity, [foreign]), lanes=[foreign], by=manager)
    stranger = people.manager_of_operator(OperatorFactory.create(name="Société d’ailleurs"))
    with pytest.raises(NotYourOffer):
        save_group(group=group_of(activity, lanes), lanes=lanes, by=stranger)
    assert not Group.objects.exists() and not LaneUse.objects.exists()


def test_a_group_that_has_not_met_is_removed_with_its_lanes(
    activity: Activity, lanes: list[Lane], manager: StaffMember
) -> None:
    group = group_of(activity, lanes)
    save_group(group=group, lanes=lanes, by=manager)
    with time_machine.travel(datetime(2026, 9, 5, 12, tzinfo=ZONE), tick=False), pytest.raises(HasMet):
        remove_group(group=group, by=manager)
    held = EnrolmentFactory.create(group=group)
    with pytest.raises(HasPeople):
        remove_group(group=group, by=manager)
    assert LaneUse.objects.exists()
    held.delete()
    remove_group(group=group, by=manager)
    assert not Session.objects.exists() and not LaneUse.objects.exists()
    assert Season.objects.count() == 1
