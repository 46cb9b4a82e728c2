"""Counts below five are hidden, and whoever knows all that is shown cannot tell one of them."""

from collections.abc import Sequence
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from booking.nurseries.figures.hiding import ENOUGH, Hidden, hide, hide_each, hide_line

#: Far above what the tables of this test hold.
MOST = 16

tables = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 9), min_size=width, max_size=width), min_size=1, max_size=3)
)


def fits(shown: Hidden, table: Sequence[Sequence[int]], cell: tuple[int, int], value: int) -> bool:
    """Whether some table with this value in this cell fits what is shown: an attacker without our code, who tries.

    Guesses near the true numbers come first, so that where there is one it is found soon.
    """
    height, width = len(table), len(table[0])
    guess: list[list[int]] = [[0] * width for _ in range(height)]

    def over(told: int | None, numbers: Sequence[int], is_whole: bool) -> bool:
        return told is not None and (sum(numbers) > told or (is_whole and sum(numbers) != told))

    def fill(place: int) -> bool:
        if place == height * width:
            return shown.total in (None, sum(map(sum, guess)))
        i, j = divmod(place, width)
        told = shown.cells[i][j]
        if (i, j) == cell:
            ahead: Sequence[int] = (value,)
        else:
            ahead = sorted(range(MOST + 1), key=lambda one: abs(one - table[i][j])) if told is None else (told,)
        for guess[i][j] in ahead:
            column = [guess[row][j] for row in range(i + 1)]
            if over(shown.rows[i], guess[i][: j + 1], j == width - 1):
                continue
            if not over(shown.columns[j], column, i == height - 1) and fill(place + 1):
                return True
        guess[i][j] = 0
        return False

    return fill(0)


def given_away(shown: Hidden, table: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Hidden cells that can be no other number: if any other could be, one next to it could."""
    hidden = [(i, j) for i, row in enumerate(shown.cells) for j, value in enumerate(row) if value is None]
    return [
        (i, j)
        for i, j in hidden
        if not fits(shown, table, (i, j), table[i][j] + 1)
        and not (table[i][j] > 0 and fits(shown, table, (i, j), table[i][j] - 1))
    ]


@settings(max_examples=60, deadline=None)
@given(tables)
@example([[5, 5], [5, 0]])
@example([[0, 0], [9, 9]])
@example([[6, 4, 7], [4, 6, 7], [8, 8, 8]])
@example([[0], [0], [16]])
def test_no_hidden_number_can_be_told_from_the_shown_ones(table: list[list[int]]) -> None:
    shown = hide(table)
    for row, numbers in zip(shown.cells, table, strict=True):
        for value, number in zip(row, numbers, strict=True):
            assert value in (None, number)
            assert value is None or number >= ENOUGH
    assert all(total is None or total >= ENOUGH for total in (*shown.rows, *shown.columns, shown.total))
    assert given_away(shown, table) == []


def shared_out(totals: Sequence[int], rows: int, seed: int) -> list[list[int]]:
    """The same people in so many rows, each somewhere; their columns sum up to the totals."""
    table = [[0] * len(totals) for _row in range(rows)]
    chance = Random(seed)
    for column, total in enumerate(totals):
        for _person in range(total):
            table[chance.randrange(rows)][column] += 1
    return table


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=7), st.integers(1, 4), st.integers(1, 4), st.integers())
@example([0, 9, 6, 0, 9, 6, 0], 1, 3, 1)
def test_tables_of_the_same_people_hide_the_same_totals(totals: list[int], one: int, other: int, seed: int) -> None:
    """What one of them hides of its columns another one would tell; a table of one row, and a line, are such tables."""
    line, whole = hide_line(totals)
    for rows in (one, other):
        shown = hide(shared_out(totals, rows, seed))
        assert (list(shown.columns), shown.total) == (line, whole)


def test_what_needs_no_hiding_is_shown() -> None:
    shown = hide([[5, 60], [70, 8]])
    assert (shown.cells, shown.rows, shown.columns, shown.total) == ([[5, 60], [70, 8]], [65, 78], [75, 68], 143)
    assert hide_each([4, 5]) == [None, 5]


def test_one_small_number_takes_its_neighbour_along() -> None:
    assert hide_line([3, 20, 9]) == ([None, 20, None], 32)


def test_twin_hiding_small_numbers_alone_gives_them_away() -> None:
    plain = Hidden([[None], [20], [9]], [None, 20, 9], [32], 32)
    assert given_away(plain, [[3], [20], [9]]) == [(0, 0)]
