"""Planning the water: series and single times, moved, left out, copied, swapped; heads follow each of them."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Sum
from django.utils import timezone

from booking.activities.exceptions import (
    LanesTaken,
    NoSuchHour,
    NothingToPlan,
    PastDay,
    PlanChanged,
    PoolClosed,
    TooManyHeads,
)
from booking.activities.models import Lane, LaneUse, Pool, PoolMoment, SchoolHoliday, UseSeries
from booking.activities.water import events, series
from booking.activities.water.days import at
from booking.activities.water.drafts import Held, look, shared_out
from booking.activities.water.moments import changes
from booking.activities.water.pools import set_pool
from booking.activities.water.series import Place, Weekly
from municipalities.languages import Translated
from municipalities.models import AuditEntry, Closure, StaffMember

pytestmark = pytest.mark.django_db

Asked = Callable[..., Weekly]


def planned(**asked: Any) -> UseSeries:
    ((found, _lanes),) = series.plan_series(**asked).series
    return found


def assert_heads_are_right(pool: Pool) -> None:
    """Every quarter of an hour counts who is planned then, and nobody else."""
    expected = changes(map(Held, LaneUse.objects.filter(lane__basin__pool=pool)), [])
    counted = dict(PoolMoment.objects.filter(pool=pool).exclude(heads=0).values_list("at", "heads"))
    assert counted == expected


def _starts(found: UseSeries) -> list[Any]:
    return sorted({timezone.localtime(use.period.lower) for use in LaneUse.objects.filter(series=found)})


def test_a_series_is_a_row_per_day_and_lane(weekly: Asked, pool: Pool, manager: StaffMember, monday: date) -> None:
    found = planned(asked=weekly(), by=manager)
    uses = LaneUse.objects.filter(series=found)
    assert uses.count() == 10 and uses.values("event").distinct().count() == 5
    assert [start.date() for start in _starts(found)] == [monday + timedelta(days=7 * n) for n in range(5)]
    assert {start.time() for start in _starts(found)} == {time(9)}
    assert uses.aggregate(total=Sum("heads"))["total"] == 5 * 20
    assert_heads_are_right(pool)
    assert AuditEntry.objects.get(table="activities_useseries").staff == manager


def test_it_keeps_to_the_clock_over_both_changes(weekly: Asked, pool: Pool) -> None:
    year = timezone.localdate().year + 1
    asked = weekly(first_day=date(year, 3, 1), last_day=date(year, 11, 30), heads=3)
    found = planned(asked=asked, by=None)
    starts = _starts(found)
    assert {start.time() for start in starts} == {time(9)}
    assert len({start.utcoffset() for start in starts}) == 2
    assert_heads_are_right(pool)


@pytest.mark.parametrize(("starts", "ends"), [(time(2), time(3)), (time(2, 30), time(3, 15))])
def test_an_hour_that_the_clock_skips_is_left_out_and_told(
    weekly: Asked, pool: Pool, lanes: list[Lane], starts: time, ends: time
) -> None:
    """The lanes are cleaned every Sunday night; in March one of these hours does not exist."""
    last = date(timezone.localdate().year + 1, 3, 31)
    night = last - timedelta(days=(last.weekday() + 1) % 7)
    first = night - timedelta(days=7)
    asked = weekly(weekday=6, first_day=first, last_day=night + timedelta(days=7), starts=starts, ends=ends, heads=0)
    draft = series.plan_series(asked=asked, by=None)
    assert [one.day for one in draft.skipped] == [night] and "heure d’été" in draft.skipped[0].why
    assert draft.events == 2
    with pytest.raises(NoSuchHour):
        events.add_event(
            pool=pool, kind="club", label="", lanes=lanes, start=at(night, starts), end=at(night, ends), by=None
        )


def test_it_skips_school_holidays_where_asked_closures_and_dates_left_out(
    weekly: Asked, pool: Pool, monday: date
) -> None:
    SchoolHoliday.objects.create(name="Hiver", first_day=monday, last_day=monday + timedelta(days=6))
    shut = at(monday + timedelta(days=7), time(9, 30))
    Closure.objects.create(
        facility=pool.facility, period=DateTimeTZRange(shut, shut + timedelta(hours=4)), reason={"fr": "Vidange"}
    )
    left_out = monday + timedelta(days=14)
    draft = series.draft_series(weekly(skips_school_holidays=True, except_on=(left_out,)))
    assert [(one.day, one.why) for one in draft.skipped] == [
        (monday, "Hiver"),
        (monday + timedelta(days=7), "Vidange"),
    ]
    assert draft.events == 2
    assert series.draft_series(weekly()).events == 4
    with pytest.raises(NothingToPlan):
        series.plan_series(asked=weekly(last_day=monday, skips_school_holidays=True), by=None)
    assert not UseSeries.objects.exists()


def test_each_collision_is_named_before_anything_is_saved(weekly: Asked, lanes: list[Lane], monday: date) -> None:
    series.plan_series(asked=weekly(), by=None)
    other = weekly(kind="school", label="École du Canal", starts=time(9, 30), ends=time(11), lanes=lanes[1:3])
    found = look(series.draft_series(other))
    assert len(found.collisions) == 5
    first = found.collisions[0]
    assert (str(first.lane), first.who, first.other.replace("\xa0", " ")) == (
        "Grand bassin, Ligne 2",
        "École\xa0: École du Canal",
        "Club : Les Dauphins",
    )
    assert first.start == at(monday, time(9))
    before = LaneUse.objects.count()
    with pytest.raises(LanesTaken) as refused:
        series.plan_series(asked=other, by=None)
    assert len(refused.value.collisions) == 5
    said = str(refused.value).replace("\xa0", " ")
    assert "Grand bassin, Ligne 2" in said and "Club : Les Dauphins" in said and "Et 2 autres fois." in said
    assert LaneUse.objects.count() == before and UseSeries.objects.count() == 1


def test_heads_above_the_limit_are_named_with_moment_and_number(
    weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
) -> None:
    series.plan_series(asked=weekly(heads=41), by=None)
    more = weekly(lanes=lanes[2:4], heads=20, starts=time(9, 45), ends=time(10, 30), last_day=monday)
    with pytest.raises(TooManyHeads) as refused:
        series.plan_series(asked=more, by=None)
    (crowd,) = refused.value.crowded
    assert (crowd.at, crowd.heads, crowd.most) == (at(monday, time(9, 45)), 61, 60)
    assert "61 personnes pour 60 au plus" in str(refused.value)
    series.plan_series(asked=weekly(lanes=lanes[2:4], heads=19), by=None)
    assert_heads_are_right(pool)


def test_a_limit_goes_no_lower_than_what_is_planned(weekly: Asked, pool: Pool, manager: StaffMember) -> None:
    series.plan_series(asked=weekly(heads=41), by=None)
    said = {"facility": pool.facility, "closed_since": None, "closed_why": Translated(), "by": manager}
    with pytest.raises(TooManyHeads) as refused:
        set_pool(most_heads=40, **said)
    assert len(refused.value.crowded) == 20
    pool.refresh_from_db()
    assert pool.most_heads == 60
    set_pool(most_heads=41, **said)
    assert set(PoolMoment.objects.values_list("most", flat=True)) == {41}


class TestOnce:
    def _add(self, pool: Pool, lanes: list[Lane], day: date, hour: int = 14, **more: Any) -> Any:
        return events.add_event(
            **{
                "pool": pool,
                "kind": "public",
                "label": "",
                "lanes": lanes,
                "start": at(day, time(hour)),
                "end": at(day, time(hour + 2)),
                "heads": 30,
                "by": None,
            }
            | more
        )

    def test_added_moved_and_left_out(self, pool: Pool, lanes: list[Lane], monday: date) -> None:
        event = self._add(pool, lanes[:3], monday).put[0].event
        tuesday = at(monday + timedelta(days=1), time(8))
        events.move_event(
            event=event, pool=pool, lanes=lanes[3:], start=tuesday, end=tuesday + timedelta(hours=1), by=None
        )
        uses = LaneUse.objects.filter(event=event)
        assert [(use.lane, use.period.lower) for use in uses.order_by("lane_id")] == [
            (lane, tuesday) for lane in lanes[3:]
        ]
        assert_heads_are_right(pool)
        events.leave_out(event=event, pool=pool, by=None)
        assert not LaneUse.objects.exists()
        assert_heads_are_right(pool)
        with pytest.raises(PlanChanged):
            events.leave_out(event=event, pool=pool, by=None)

    def test_not_while_the_pool_is_closed_nor_in_the_past(self, pool: Pool, lanes: list[Lane], monday: date) -> None:
        Closure.objects.create(
            facility=pool.facility,
            period=DateTimeTZRange(at(monday, time(15)), at(monday, time(20))),
            reason={"fr": "Orage"},
        )
        with pytest.raises(PoolClosed, match="Orage"):
            self._add(pool, lanes, monday)
        with pytest.raises(PastDay):
            self._add(pool, lanes, timezone.localdate() - timedelta(days=1))

    def test_a_date_of_a_series_left_out_does_not_come_back(self, weekly: Asked, pool: Pool, monday: date) -> None:
        found = planned(asked=weekly(), by=None)
        second = LaneUse.objects.filter(series=found, day=monday + timedelta(days=7))[0]
        events.leave_out(event=second.event, pool=pool, by=None)
        found.refresh_from_db()
        assert found.except_on == [second.day]
        place = Place(1, time(9), time(10), list(found.lanes.all()))
        moved = series.move_series(series=found, place=place, from_day=monday + timedelta(days=14), by=None)
        assert moved.events == 2
        assert_heads_are_right(pool)

    def test_a_week_is_copied_by_the_clock_and_days_without_opening_are_told(
        self, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
    ) -> None:
        series.plan_series(asked=weekly(last_day=monday), by=None)
        self._add(pool, lanes[:1], monday + timedelta(days=2))
        shut = monday + timedelta(days=14)
        Closure.objects.create(
            facility=pool.facility,
            period=DateTimeTZRange(at(shut, time()), at(shut, time(23))),
            reason={"fr": "Vidange"},
        )
        to = [monday + timedelta(days=7), shut]
        copied = events.copy_week(pool=pool, week=monday, to=to, by=None)
        assert copied.events == 3 and [(one.day, one.why) for one in copied.skipped] == [(shut, "Vidange")]
        days = [use.start.date() for use in copied.put if use.kind == "club"]
        assert days == [monday + timedelta(days=7)] * 2
        assert_heads_are_right(pool)
        with pytest.raises(LanesTaken) as refused:
            events.copy_week(pool=pool, week=monday, to=to[:1], by=None)
        assert len(refused.value.collisions) == 3


class TestSeriesMoved:
    def test_from_a_day_on_and_before_it_stays_as_it_was(
        self, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
    ) -> None:
        found = planned(asked=weekly(), by=None)
        kept = list(LaneUse.objects.filter(day__lt=monday + timedelta(days=14)).order_by("pk").values())
        known = set(LaneUse.objects.filter(day__gte=monday + timedelta(days=14)).values_list("event", flat=True))
        place = Place(3, time(17), time(18), lanes[4:])
        series.move_series(series=found, place=place, from_day=monday + timedelta(days=14), by=None)
        assert list(LaneUse.objects.filter(series=found).order_by("pk").values()) == kept
        moved = UseSeries.objects.exclude(pk=found.pk).get()
        assert {timezone.localtime(use.period.lower).time() for use in moved.uses.all()} == {time(17)}
        # The same things happen, elsewhere: who refers to one of them still finds it.
        assert set(moved.uses.values_list("event", flat=True)) < known and moved.uses.count() == 4
        assert_heads_are_right(pool)

    def test_ended_it_leaves_nothing_after(self, weekly: Asked, pool: Pool, monday: date) -> None:
        found = planned(asked=weekly(), by=None)
        series.end_series(series=found, last_day=monday + timedelta(days=7), by=None)
        found.refresh_from_db()
        assert len(_starts(found)) == 2 and found.last_day == monday + timedelta(days=7)
        assert_heads_are_right(pool)
        series.end_series(series=found, last_day=monday - timedelta(days=1), by=None)
        assert not UseSeries.objects.exists() and not LaneUse.objects.exists()
        assert_heads_are_right(pool)

    def test_never_in_the_past(self, weekly: Asked) -> None:
        found = planned(asked=weekly(), by=None)
        yesterday = timezone.localdate() - timedelta(days=1)
        with pytest.raises(PastDay):
            series.move_series(series=found, place=Place.of(found), from_day=yesterday, by=None)

    def test_two_series_swap_their_hours_and_lanes(
        self, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
    ) -> None:
        club = planned(asked=weekly(), by=None)
        school = planned(
            asked=weekly(kind="school", label="École", starts=time(10), ends=time(11, 30), lanes=lanes[1:4], heads=30),
            by=None,
        )
        series.swap(one=club, other=school, from_day=monday, by=None)
        club.refresh_from_db()
        school.refresh_from_db()
        assert ({s.time() for s in _starts(club)}, {s.time() for s in _starts(school)}) == ({time(10)}, {time(9)})
        assert set(club.lanes.all()) == set(lanes[1:4]) and set(school.lanes.all()) == set(lanes[:2])
        assert LaneUse.objects.filter(series=club).count() == 15 and LaneUse.objects.filter(series=school).count() == 10
        assert_heads_are_right(pool)


def test_heads_are_shared_out_evenly() -> None:
    assert shared_out(30, 4) == [8, 8, 7, 7] and shared_out(0, 2) == [0, 0] and shared_out(1, 3) == [1, 0, 0]
