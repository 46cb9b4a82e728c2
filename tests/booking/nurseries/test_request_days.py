"""What a family asks for, as sets of half-days: at most sixteen, none invented, every number of days among them."""

from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from booking.nurseries.requests.days import (
    HALF_DAYS,
    MOST_SETS,
    days_of,
    last_month,
    sets_of,
    starts_within,
    week_hours,
)

WHOLE_WEEK = [f"{day}_{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm")]


def test_a_week_that_is_not_negotiable_is_one_set() -> None:
    sets = sets_of(["thu_pm", "mon_am"])
    assert sets.groups == ((("mon_am", "thu_pm"),),)
    assert sets.left_out == 0


def test_five_days_or_four_or_three_are_the_sixteen_sets_of_the_contract() -> None:
    sets = sets_of(WHOLE_WEEK, down_to=3)
    assert [len(group) for group in sets.groups] == [1, 5, 10]
    assert (sets.number, sets.left_out) == (16, 0)


def test_any_three_of_five_days_are_one_group_of_ten() -> None:
    sets = sets_of(WHOLE_WEEK, any_of=3)
    assert [len(group) for group in sets.groups] == [10]
    assert {tuple(days_of(days)) for days in sets.groups[0]} == set(
        combinations(("mon", "tue", "wed", "thu", "fri"), 3)
    )


def test_what_is_too_much_is_shared_over_every_number_of_days() -> None:
    sets = sets_of(WHOLE_WEEK, down_to=1)
    assert [len(group) for group in sets.groups] == [1, 4, 4, 4, 3]
    assert sets.left_out == 31 - MOST_SETS
    # Not the first of the list alone: every day of the week is in a set of two.
    assert {day for days in sets.groups[3] for day in days_of(days)} == {"mon", "tue", "wed", "thu", "fri"}


@given(
    half_days=st.sets(st.sampled_from(HALF_DAYS), min_size=1),
    any_of=st.integers(1, 6),
    down_to=st.integers(1, 6),
    mode=st.booleans(),
)
def test_every_set_is_one_the_family_accepts(half_days: set[str], any_of: int, down_to: int, mode: bool) -> None:
    days = len(days_of(half_days))
    most = min(any_of, days) if mode else days
    down_to = min(down_to, most)
    sets = sets_of(half_days, any_of=most if mode else None, down_to=down_to)
    every = [days for group in sets.groups for days in group]
    assert 0 < len(every) == len(set(every)) <= MOST_SETS
    assert [{len(days_of(days)) for days in group} for group in sets.groups] == [
        {size} for size in range(most, down_to - 1, -1)
    ]
    for chosen in every:
        assert set(chosen) == {one for one in half_days if one.split("_")[0] in days_of(chosen)}


def test_hours_count_where_one_week_is_asked_for() -> None:
    hours = {"mon": ("08:00", "17:30"), "tue": ("09:00", "12:00")}
    half_days = ["mon_am", "mon_pm", "tue_am"]
    assert week_hours(half_days, hours, sets_of(half_days)) == 12.5
    assert week_hours(half_days, hours, sets_of(half_days, down_to=1)) is None
    assert week_hours([*half_days, "fri_am"], hours, sets_of([*half_days, "fri_am"])) is None


def test_months_are_those_of_the_round() -> None:
    months = ["2027-09", "2027-10", "2027-11"]
    assert starts_within(date(2027, 10, 1), 3, months) == ["2027-10", "2027-11"]
    assert starts_within(date(2027, 3, 1), 1, months) == ["2027-09", "2027-10"]
    assert starts_within(date(2028, 1, 1), 1, months) == []


def test_a_child_leaves_in_the_summer_before_school() -> None:
    assert last_month(date(2027, 1, 2)) == last_month(date(2027, 12, 30)) == "2030-08"
