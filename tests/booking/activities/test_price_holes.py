"""A hole is found where a row is missing, as large as it is, and nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.activities.price_holes import Hole, Need, holes
from booking.activities.pricing import NoPrice, Residence, Row, Span, Status, Unit, Wish, quote
from tests.booking.activities.tariff_example import GRID, HERE, OTHER, SCHOOL, TODAY

NEEDS = [Need("ecole", Unit.YEAR, 6, 13), Need("aquagym", Unit.TERM, 16), Need("bebes", Unit.TERM, 0, 4)]


def test_a_whole_grid_has_none() -> None:
    assert holes(GRID, NEEDS) == []


def test_a_code_nobody_priced_is_one_hole_per_residence_and_status() -> None:
    found = holes(GRID, [Need("plongee", Unit.YEAR, 8, 18)])
    assert [(hole.residence, hole.status) for hole in found] == [
        (residence, status) for residence in (HERE, OTHER) for status in (Status.FULL, Status.REDUCED)
    ]
    assert {(hole.ages, hole.quotients, hole.ranks) for hole in found} == {(Span(8, 18), Span(), Span(1))}


def test_a_missing_band_is_named_with_its_limits() -> None:
    grid = replace(GRID, rows=tuple(row for row in SCHOOL if row.price != 9000))
    assert holes(grid, [NEEDS[0]]) == [
        Hole("ecole", Unit.YEAR, HERE, status, Span(6, 13), Span(501, 1001), Span(1))
        for status in (Status.FULL, Status.REDUCED)
    ]


def test_ages_outside_of_the_need_are_nobody() -> None:
    grid = replace(GRID, rows=(Row("ecole", Unit.YEAR, 6000, ages=Span(6, 13)),))
    assert holes(grid, [NEEDS[0]]) == []
    assert {hole.ages for hole in holes(grid, [Need("ecole", Unit.YEAR, 4, 13)])} == {Span(4, 6)}


limits = st.integers(0, 6)


@st.composite
def spans(draw: st.DrawFn, least: int = 0) -> Span:
    low = draw(limits) + least
    return Span(low, draw(st.none() | st.integers(low + 1, low + 5)))


rows = st.builds(
    Row,
    st.just("ecole"),
    st.just(Unit.YEAR),
    st.just(1000),
    st.sampled_from(Residence),
    st.sampled_from(Status),
    spans(),
    spans(),
    spans(1),
)


@given(st.lists(rows, max_size=6), limits, limits, st.sampled_from([HERE, OTHER]))
def test_a_case_is_in_a_hole_exactly_when_it_has_no_price(
    some: list[Row], age: int, quotient: int, residence: Residence
) -> None:
    grid = replace(GRID, rows=tuple(some), reductions=())
    in_a_hole = any(
        age in hole.ages and quotient in hole.quotients and 1 in hole.ranks
        for hole in holes(grid, [Need("ecole", Unit.YEAR)])
        if (hole.residence, hole.status) == (residence, Status.FULL)
    )
    wish = Wish("a", "a", "ecole", Unit.YEAR, age, residence, quotient)
    if in_a_hole:
        with pytest.raises(NoPrice):
            quote(grid, [wish], on=TODAY)
    else:
        assert quote(grid, [wish], on=TODAY).due == 1000
