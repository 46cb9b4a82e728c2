"""The published rule of re-homing: as many as possible, at home, near in time, nobody told too late."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.appointments.rehoming.assignment import MOST_MINUTES, Gap, Place, _least_cost, cost, reseat

DAY = datetime(2026, 11, 24, 7, tzinfo=UTC)
LONG_AGO = DAY - timedelta(days=3)


def at(hour: int, minute: int = 0) -> datetime:
    return DAY.replace(hour=hour, minute=minute)


def room(start: datetime, end: datetime, *, facility: int = 1, km: float = 0.0, minutes: int = 20) -> Gap:
    return Gap(facility, start, end, end, timedelta(minutes=minutes), km, facility == 1)


def said(seats: list[Place | None]) -> list[tuple[int, datetime] | None]:
    return [(seat.facility_id, seat.starts_at) if seat else None for seat in seats]


def test_the_very_same_hour_in_the_house_comes_first() -> None:
    seats = reseat([at(9, 10), at(9, 30)], [room(at(8), at(12)), room(at(8), at(12), facility=2, km=1)], LONG_AGO)
    assert said(seats) == [(1, at(9, 10)), (1, at(9, 30))]


def test_more_people_in_all_go_before_the_same_hour_for_one() -> None:
    seats = reseat([at(9, 10), at(9, 30)], [room(at(9), at(9, 40))], LONG_AGO)
    assert said(seats) == [(1, at(9)), (1, at(9, 20))]


def test_nobody_takes_the_only_place_of_somebody_else() -> None:
    """The first of the day could have either place; the second only the early one."""
    seats = reseat([at(9), at(11, 20)], [room(at(9, 20), at(9, 40)), room(at(7), at(7, 20))], LONG_AGO)
    assert said(seats) == [(1, at(7)), (1, at(9, 20))]


def test_two_short_waits_rather_than_one_long() -> None:
    seats = reseat([at(9), at(9, 20)], [room(at(9, 20), at(10))], LONG_AGO)
    assert said(seats) == [(1, at(9, 20)), (1, at(9, 40))]


def test_the_house_comes_before_the_minutes_and_the_pool_before_nothing() -> None:
    rooms = [room(at(10), at(10, 20)), room(at(9), at(9, 40), facility=2, km=3)]
    assert said(reseat([at(9), at(9, 20)], rooms, LONG_AGO)) == [(2, at(9)), (1, at(10))]


def test_nothing_is_proposed_too_far_in_time_or_place_nor_after_the_release() -> None:
    far = room(at(9) + timedelta(minutes=MOST_MINUTES + 5), at(12))
    away = room(at(9), at(10), facility=2, km=40)
    unreleased = Gap(1, at(9), at(10), at(9), timedelta(minutes=20))
    assert reseat([at(9)], [far, away, unreleased], LONG_AGO) == [None]
    assert reseat([], [far], LONG_AGO) == []
    assert reseat([at(9)], [], LONG_AGO) == [None]


def test_nobody_is_asked_to_come_earlier_or_elsewhere_at_short_notice() -> None:
    now = at(8, 30)
    earlier, elsewhere, later = room(at(9), at(9, 20)), room(at(9, 20), at(9, 40), facility=2, km=2), at(10)
    assert reseat([at(9, 20)], [earlier, elsewhere], now) == [None]
    assert said(reseat([at(9, 20)], [earlier, elsewhere, room(later, at(11))], now)) == [(1, later)]
    assert said(reseat([at(9, 20)], [earlier], at(7))) == [(1, at(9))]
    assert said(reseat([at(9, 20)], [elsewhere], at(8))) == [(2, at(9, 20))]


@given(st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5), min_size=1, max_size=4))
def test_the_assignment_costs_the_least(matrix: list[list[int]]) -> None:
    chosen = _least_cost(matrix)
    assert len(set(chosen)) == len(matrix)
    best = min(sum(row[c] for row, c in zip(matrix, p, strict=False)) for p in permutations(range(5), len(matrix)))
    assert sum(row[column] for row, column in zip(matrix, chosen, strict=True)) == best


marks = st.integers(0, 60).map(lambda n: at(7) + timedelta(minutes=5 * n))
rooms_of_any_kind = st.lists(
    st.builds(
        lambda start, more, facility, minutes: room(
            start, start + timedelta(minutes=5 * more), facility=facility, km=facility * 3.0, minutes=minutes
        ),
        marks,
        st.integers(0, 30),
        st.integers(1, 3),
        st.sampled_from([20, 35]),
    ),
    max_size=6,
)


@settings(max_examples=150)
@given(st.lists(marks, unique=True, max_size=8).map(sorted), rooms_of_any_kind)
def test_seats_lie_in_free_time_never_two_at_once_and_within_the_limits(
    wanted: list[datetime], rooms: list[Gap]
) -> None:
    seats = reseat(wanted, rooms, LONG_AGO)
    left = list(rooms)
    for start, seat in sorted(zip(wanted, seats, strict=True), key=lambda pair: pair[1].starts_at if pair[1] else DAY):
        if seat is None:
            continue
        assert cost(start, seat, LONG_AGO) is not None
        fits = [
            r
            for r in left
            if r.facility_id == seat.facility_id
            and r.starts_at <= seat.starts_at
            and seat.starts_at + r.length <= r.ends_at
        ]
        assert fits
    for facility in {r.facility_id for r in rooms}:
        mine = [r for r in rooms if r.facility_id == facility]
        at_once = max(
            (
                sum(
                    seat is not None
                    and seat.facility_id == facility
                    and seat.starts_at <= mark < seat.starts_at + min(r.length for r in mine)
                    for seat in seats
                )
                - sum(r.starts_at <= mark < r.ends_at for r in mine)
                for mark in (at(7) + timedelta(minutes=5 * n) for n in range(120))
            ),
            default=0,
        )
        assert at_once <= 0
