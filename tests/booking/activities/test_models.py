"""What the database refuses about pools, and with which sentence."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking.activities.enums import UseKind
from booking.activities.models import Basin, LaneUse, Pool, PoolMoment, SchoolHoliday, UseSeries
from municipalities.models import StaffRole
from tests import people
from tests.factories import BasinFactory, LaneFactory, LaneUseFactory, OperatorFactory, PoolFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 3, 9, 11, tzinfo=UTC)


def _hours(start: float, end: float) -> DateTimeTZRange:
    return DateTimeTZRange(NOON + timedelta(hours=start), NOON + timedelta(hours=end), "[)")


def _refused(make: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make()
    assert constraint in str(error.value)


def test_a_lane_is_one_users_at_a_time() -> None:
    use = LaneUseFactory.create(period=_hours(0, 1))
    _refused(lambda: LaneUseFactory.create(lane=use.lane, period=_hours(0.5, 2)), "a_lane_is_one_users_at_a_time")
    LaneUseFactory.create(lane=use.lane, period=_hours(1, 2))
    LaneUseFactory.create(lane=LaneFactory.create(basin=use.lane.basin), period=_hours(0, 1))
    with pytest.raises(ValidationError, match="déjà prise"):
        LaneUse(lane=use.lane, kind=UseKind.CLUB, period=_hours(0, 1)).full_clean()


def test_a_time_ends_after_it_begins_and_says_for_which_day_of_its_series_it_is() -> None:
    _refused(lambda: LaneUseFactory.create(period=_hours(0, 0)), "lane_use_has_a_beginning_and_an_end")
    _refused(lambda: LaneUseFactory.create(day=NOON.date()), "lane_use_of_a_series_says_for_which_day")


def test_heads_stay_between_nobody_and_the_limit() -> None:
    pool = PoolFactory.create()
    moment = PoolMoment.objects.create(pool=pool, at=NOON, heads=200, most=200)
    for heads, constraint in (
        (201, "people_in_a_pool_stay_under_its_limit"),
        (-1, "no_fewer_than_nobody_is_in_a_pool"),
    ):
        _refused(lambda heads=heads: PoolMoment.objects.filter(pk=moment.pk).update(heads=heads), constraint)
    _refused(
        lambda: PoolMoment.objects.create(pool=pool, at=NOON, heads=0, most=1),
        "a_quarter_hour_of_a_pool_is_counted_once",
    )


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"ends": time(8)}, "series_ends_after_it_starts"),
        ({"last_day": date(2026, 1, 1)}, "series_last_day_follows_its_first"),
        ({"weekday": 7}, "series_has_a_weekday"),
    ],
)
def test_a_series_has_hours_and_days(changed: dict[str, Any], constraint: str) -> None:
    fields = {
        "pool": PoolFactory.create(),
        "kind": UseKind.SCHOOL,
        "weekday": 0,
        "starts": time(9),
        "ends": time(10),
        "first_day": date(2026, 9, 7),
        "last_day": date(2027, 6, 28),
    }
    _refused(lambda: UseSeries.objects.create(**(fields | changed)), constraint)


def test_school_holidays_do_not_overlap_and_end() -> None:
    SchoolHoliday.objects.create(name="Hiver", first_day=date(2027, 2, 20), last_day=date(2027, 3, 7))
    SchoolHoliday.objects.create(name="Après", first_day=date(2027, 3, 8), last_day=date(2027, 3, 9))
    _refused(
        lambda: SchoolHoliday.objects.create(name="Deux", first_day=date(2027, 3, 7), last_day=date(2027, 3, 7)),
        "school_holidays_never_overlap",
    )
    _refused(
        lambda: SchoolHoliday.objects.create(name="Rien", first_day=date(2028, 3, 7), last_day=date(2028, 3, 6)),
        "school_holidays_end_after_they_begin",
    )


def test_names_are_told_apart_in_their_place() -> None:
    lane = LaneFactory.create(name="Ligne 1")
    _refused(lambda: LaneFactory.create(basin=lane.basin, name="Ligne 1"), "lane_name_is_unique_in_its_basin")
    _refused(
        lambda: BasinFactory.create(pool=lane.basin.pool, name=lane.basin.name), "basin_name_is_unique_in_its_pool"
    )
    _refused(lambda: PoolFactory.create(most_heads=0), "pool_holds_somebody")


def test_roles_of_the_pools_are_held_in_an_operator_or_a_municipality() -> None:
    lane = LaneFactory.create()
    facility = lane.basin.pool.facility
    staff = people.agent_of(facility)
    for role in ("sports_manager", "coach"):
        _refused(
            lambda role=role: StaffRole.objects.create(staff=staff, role=role, facility=facility),
            "role_of_the_pools_spans_all_of_them",
        )
    operator = OperatorFactory.create()
    _refused(
        lambda: StaffRole.objects.create(staff=staff, role="agent", operator=operator),
        "role_in_an_operator_is_one_that_operators_give",
    )
    _refused(
        lambda: StaffRole.objects.create(staff=staff, role="operator_manager", facility=facility),
        "manager_of_an_operator_names_it",
    )


def test_who_works_for_an_operator_meets_its_pools_and_no_others() -> None:
    ours, theirs = LaneUseFactory.create(), LaneUseFactory.create()
    operator = OperatorFactory.create()
    pool = ours.lane.basin.pool
    type(pool.facility).objects.filter(pk=pool.facility_id).update(operator=operator)
    for staff, plans in ((people.sports_manager(operator), True), (people.coach(operator), False)):
        assert list(Pool.objects.visible_to(staff)) == [pool]
        assert list(Basin.objects.visible_to(staff)) == [ours.lane.basin]
        assert list(LaneUse.objects.visible_to(staff)) == [ours]
        planned = [Pool.objects.planned_by(staff), Basin.objects.planned_by(staff), LaneUse.objects.planned_by(staff)]
        assert [one.exists() for one in planned] == [plans] * 3
    assert theirs.lane.basin.pool != pool
