"""The pure calendar: wall clocks, closures, cuts and release windows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.appointments.free_time.slots import (
    GRID,
    Opening,
    Release,
    Stretch,
    at,
    clock_change,
    free_time,
    on_grid,
    open_spans,
    portions,
)
from municipalities.spans import subtract
from tests.booking.appointments.starts import starts_in

PARIS = ZoneInfo("Europe/Paris")
MARCH, OCTOBER = date(2027, 3, 28), date(2027, 10, 31)
MONDAY = date(2027, 5, 3)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_the_clock_changes_twice_a_year() -> None:
    assert clock_change(MARCH, PARIS) == (utc(MARCH, 1), timedelta(hours=1))
    assert clock_change(OCTOBER, PARIS) == (utc(OCTOBER, 1), timedelta(hours=-1))
    assert clock_change(MONDAY, PARIS) is None


def test_a_time_that_is_skipped_in_march_is_the_jump_itself() -> None:
    assert at(MARCH, time(1, 59), PARIS) == utc(MARCH, 0, 59)
    assert at(MARCH, time(2, 30), PARIS) == utc(MARCH, 1)
    assert at(MARCH, time(3), PARIS) == utc(MARCH, 1)
    assert at(MARCH, time(8), PARIS) == utc(MARCH, 6)


def test_a_time_that_comes_twice_in_october_is_the_first() -> None:
    assert at(OCTOBER, time(2, 30), PARIS) == utc(OCTOBER, 0, 30)
    assert at(OCTOBER, time(3), PARIS) == utc(OCTOBER, 2)
    assert at(OCTOBER, time(8), PARIS) == utc(OCTOBER, 7)


def test_the_missing_hour_is_not_open_and_the_double_hour_is_open_once() -> None:
    assert open_spans(MARCH, time(1), time(4), PARIS) == [(utc(MARCH, 0), utc(MARCH, 2))]
    assert open_spans(MARCH, time(2), time(3), PARIS) == []
    assert open_spans(OCTOBER, time(1), time(4), PARIS) == [
        (utc(OCTOBER - timedelta(days=1), 23), utc(OCTOBER, 1)),
        (utc(OCTOBER, 2), utc(OCTOBER, 3)),
    ]


@pytest.mark.parametrize("day", [MARCH, OCTOBER, MONDAY])
def test_no_wall_clock_time_is_offered_twice_and_none_that_does_not_exist(day: date) -> None:
    opening = Opening(day.weekday(), time(0), time(23, 55), date(2027, 1, 1))
    shown = [
        start.astimezone(PARIS)
        for stretch in free_time(days=[day], openings=[opening], zone=PARIS)
        for start in starts_in(stretch.starts_at, stretch.ends_at, minutes=20, step=20, earliest=stretch.starts_at)
    ]
    labels = [f"{start:%H:%M}" for start in shown]
    assert len(labels) == len(set(labels))
    assert all(start.astimezone(UTC).astimezone(PARIS).replace(fold=0) == start.replace(fold=0) for start in shown)
    if day == MARCH:
        assert not any(label.startswith("02") for label in labels)


def test_free_time_is_openings_minus_closures_minus_appointments() -> None:
    opening = Opening(0, time(8), time(12), date(2027, 1, 1), fallback_days=1, fallback_time=time(12), audience=1)
    found = free_time(
        days=[MONDAY, MONDAY + timedelta(days=1)],
        openings=[opening],
        closed=[(utc(MONDAY, 6), utc(MONDAY, 6, 32))],
        taken=[(utc(MONDAY, 8), utc(MONDAY, 8, 20))],
        zone=PARIS,
    )
    fallback = utc(MONDAY - timedelta(days=1), 10)
    assert found == [
        Stretch(MONDAY, utc(MONDAY, 6, 35), utc(MONDAY, 8), 1, fallback),
        Stretch(MONDAY, utc(MONDAY, 8, 20), utc(MONDAY, 10), 1, fallback),
    ]


def test_holidays_and_validity_close_the_day() -> None:
    opening = Opening(0, time(8), time(12), MONDAY, MONDAY + timedelta(days=7))
    days = [MONDAY - timedelta(days=7), MONDAY, MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)]
    found = free_time(days=days, openings=[opening], holidays=[MONDAY], zone=PARIS)
    assert [stretch.day for stretch in found] == [MONDAY + timedelta(days=7)]


def test_cuts_are_counted_from_the_start_on_even_days_and_from_the_end_on_odd_ones() -> None:
    even = MONDAY if MONDAY.toordinal() % 2 == 0 else MONDAY + timedelta(days=1)
    start, end = utc(even, 6), utc(even, 10)
    assert portions(even, start, end, [800]) == [
        (0, (start, start + timedelta(minutes=190))),
        (800, (start + timedelta(minutes=190), end)),
    ]
    odd = even + timedelta(days=1)
    start, end = utc(odd, 6), utc(odd, 10)
    assert portions(odd, start, end, [800]) == [
        (0, (start + timedelta(minutes=50), end)),
        (800, (start, start + timedelta(minutes=50))),
    ]


INSTANTS = st.integers(0, 24 * 60).map(lambda minute: utc(MONDAY, 0) + timedelta(minutes=minute))
SPANS = st.lists(st.tuples(INSTANTS, INSTANTS).map(lambda pair: (min(pair), max(pair))), max_size=6)


@given(SPANS.map(lambda spans: spans[:2]), SPANS)
def test_subtraction_keeps_exactly_what_is_outside_of_the_holes(spans: list, holes: list) -> None:  # type: ignore[type-arg]
    left = subtract(spans, holes)
    for minute in range(0, 24 * 60, 7):
        instant = utc(MONDAY, 0) + timedelta(minutes=minute, seconds=30)
        inside = sum(a <= instant < b for a, b in spans)
        hidden = any(a <= instant < b for a, b in holes)
        assert sum(a <= instant < b for a, b in left) == (0 if hidden else inside)


@given(INSTANTS, INSTANTS)
def test_the_grid_only_ever_shrinks(a: datetime, b: datetime) -> None:
    start, end = on_grid((min(a, b), max(a, b)))
    assert start >= min(a, b) and end <= max(a, b)
    assert (start - utc(MONDAY, 0)) % GRID == (end - utc(MONDAY, 0)) % GRID == timedelta(0)


def test_rolling_release_goes_to_the_end_of_the_last_day() -> None:
    now = utc(MONDAY, 8)
    assert Release(notice_minutes=60, horizon_days=10).window(now, PARIS) == (
        utc(MONDAY, 9),
        utc(MONDAY + timedelta(days=10), 22),
    )


@pytest.mark.parametrize(
    ("now", "sunday", "next_release"),
    [
        (utc(date(2027, 5, 6), 15, 29), date(2027, 5, 9), utc(date(2027, 5, 6), 15, 30)),
        (utc(date(2027, 5, 6), 15, 30), date(2027, 5, 16), utc(date(2027, 5, 13), 15, 30)),
        (utc(date(2027, 5, 10), 6), date(2027, 5, 16), utc(date(2027, 5, 13), 15, 30)),
    ],
)
def test_a_batch_each_thursday_opens_the_following_week(now: datetime, sunday: date, next_release: datetime) -> None:
    """Mulhouse in 2023: each Thursday at 17:30 for the following week."""
    batch = Release(notice_minutes=0, horizon_days=90, batch_weekday=3, batch_time=time(17, 30), batch_weeks=1)
    assert batch.window(now, PARIS)[1] == utc(sunday, 22)
    assert batch.next_release(now, PARIS) == next_release
