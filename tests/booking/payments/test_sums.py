"""Whole cents, exact in every direction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.payments.sums import (
    LEAST_ONLINE,
    allocate,
    credits_to_use,
    items_given_back,
    not_taken,
    say_cents,
    share,
)

sums = st.lists(st.integers(0, 50_000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "1\u202f234,05\u00a0€"), ("de", "1.234,05\u00a0€"), ("en", "€1,234.05")],
)
def test_money_is_said_as_each_language_does(language: str, said: str) -> None:
    assert say_cents(123_405, language) == said
    assert say_cents(-123_405, language) == f"−{said}"


@given(sums, st.data())
def test_every_row_and_column_adds_up(items: list[int], data: st.DataObject) -> None:
    whole = sum(items)
    cuts = sorted(data.draw(st.lists(st.integers(0, whole), max_size=4)))
    means = [b - a for a, b in zip([0, *cuts], [*cuts, whole], strict=True)]
    rows = allocate(list(enumerate(items)), [(str(number), cents) for number, cents in enumerate(means)])
    assert all(cents > 0 for _, _, cents in rows)
    for number, cents in enumerate(items):
        assert sum(part for item, _, part in rows if item == number) == cents
    for number, cents in enumerate(means):
        assert sum(part for _, name, part in rows if name == str(number)) == cents


@pytest.mark.parametrize(("items", "means"), [([5], [4]), ([5, -1], [4]), ([4], [5, -1])])
def test_what_is_not_of_one_sum_is_refused(items: list[int], means: list[int]) -> None:
    with pytest.raises(ValueError, match="one sum"):
        allocate(list(enumerate(items)), [(str(number), cents) for number, cents in enumerate(means)])


@given(sums, st.lists(st.tuples(st.integers(0, 7), st.integers(0, 60_000)), max_size=8))
def test_what_is_not_taken_is_what_is_left_of_each_to_the_cent(items: list[int], taken: list[tuple[int, int]]) -> None:
    left = dict(not_taken(list(enumerate(items)), taken))
    assert sum(left.values()) == max(0, sum(items) - sum(cents for _, cents in taken))
    sums_taken = {item: sum(cents for one, cents in taken if one == item) for item, _ in taken}
    assert all(0 < cents <= items[item] - sums_taken.get(item, 0) for item, cents in left.items())
    if all(item < len(items) and cents <= items[item] for item, cents in sums_taken.items()):
        assert all(left.get(item, 0) == cents - sums_taken.get(item, 0) for item, cents in enumerate(items))


@given(sums, st.data())
def test_a_share_adds_up_and_takes_no_more_than_there_is(items: list[int], data: st.DataObject) -> None:
    cents = data.draw(st.integers(0, sum(items)))
    shared = share(list(enumerate(items)), cents)
    assert sum(part for _, part in shared) == cents
    assert all(0 < part <= items[item] for item, part in shared)


@given(
    items=st.lists(st.integers(0, 50_000), min_size=1, max_size=6),
    sums=st.lists(st.tuples(st.none() | st.integers(0, 7), st.integers(1, 9_000)), max_size=8),
)
def test_what_goes_back_is_of_what_was_sold_and_never_more(
    items: list[int], sums: list[tuple[int | None, int]]
) -> None:
    sold, before = list(enumerate(items)), dict.fromkeys(range(len(items)), 0)
    left = sum(items)
    for item, cents in sums:
        wanted = min(cents, left)
        left -= wanted
        there = items[item] - before[item] if item is not None and item < len(items) else 0
        back = dict(items_given_back(sold, before, [(item, wanted)]))
        assert sum(back.values()) == wanted and all(part > 0 for part in back.values())
        assert item is None or back.get(item, 0) >= min(wanted, there)
        before = {one: before[one] + back.get(one, 0) for one in before}
        assert all(before[one] <= items[one] for one in before)


def test_more_than_the_whole_is_no_share() -> None:
    with pytest.raises(ValueError, match="whole"):
        share([("a", 5)], 6)


@pytest.mark.parametrize(
    ("cents", "left", "used"),
    [
        (1200, [750], [750]),
        (1200, [1160], [1100]),
        (1200, [1200], [1200]),
        (1200, [500, 900], [500, 700]),
        (50, [20], [0]),
    ],
)
def test_online_nothing_or_a_euro_is_left(cents: int, left: list[int], used: list[int]) -> None:
    """The last line of the prices' examples: a note of 11.60 for a place of 12.00 keeps its 0.60."""
    assert credits_to_use(cents, left, online=True) == used


@given(st.integers(1, 5_000), st.lists(st.integers(0, 2_000), max_size=5))
def test_credit_is_used_first_and_never_overdrawn(cents: int, left: list[int]) -> None:
    for online in (True, False):
        used = credits_to_use(cents, left, online=online)
        assert all(0 <= take <= there for take, there in zip(used, left, strict=True))
        rest = cents - sum(used)
        assert rest >= 0
        if online and cents >= LEAST_ONLINE:
            assert rest == 0 or rest >= LEAST_ONLINE
        if not online:
            assert rest == max(0, cents - sum(left))
