"""What holds for every basket and every grid, whatever they are."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from booking.activities.pricing import (
    Because,
    Grid,
    Place,
    Quote,
    Rate,
    Reduction,
    Residence,
    Row,
    Span,
    Unit,
    Wish,
    quote,
    rounded,
)
from tests.booking.activities.tariff_example import GRID, TODAY

CODES = {"ecole": Unit.YEAR, "aquagym": Unit.TERM, "bebes": Unit.TERM, "aquabike": Unit.SESSION, "effort": Unit.YEAR}
steps = st.sampled_from([1, 5, 10, 50, 100])


@st.composite
def wishes(draw: st.DrawFn, most: int = 6) -> list[Wish]:
    found = []
    for number in range(draw(st.integers(1, most))):
        code = draw(st.sampled_from(sorted(CODES)))
        sessions = draw(st.integers(1, 40))
        found.append(
            Wish(
                f"w{number}",
                draw(st.sampled_from("abcd")),
                code,
                CODES[code],
                draw(st.integers(0, 90)),
                draw(st.sampled_from([Residence.TERRITORY, Residence.OTHER])),
                draw(st.none() | st.integers(0, 4000)),
                draw(st.none() | st.integers(-10, 200).map(lambda days: TODAY - timedelta(days=days))),
                sessions,
                draw(st.integers(0, sessions)),
            )
        )
    return found


places = st.lists(st.builds(Place, st.sampled_from("abcd"), st.sampled_from(sorted(CODES)), st.integers(0, 90)))
percents = st.integers(0, 100)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    reductions = draw(
        st.lists(
            st.builds(
                Reduction, st.sampled_from(Because), percents, st.builds(Span, st.integers(1, 4)), st.just(frozenset())
            ),
            max_size=4,
        )
    )
    return replace(GRID, step=draw(steps), reductions=tuple(reductions))


def priced(grid: Grid, asked: list[Wish], enrolled: list[Place], credit: int) -> Quote:
    return quote(grid, asked, on=TODAY, enrolled=enrolled, credit=credit)


@given(grids(), wishes(), places, st.integers(0, 50_000))
def test_lines_add_up_and_nothing_is_negative(
    grid: Grid, asked: list[Wish], enrolled: list[Place], credit: int
) -> None:
    found = priced(grid, asked, enrolled, credit)
    assert [item.key for item in found.items] == [wish.key for wish in asked]
    for item in found.items:
        running = 0
        for line in item.lines:
            running += line.amount
            assert running >= 0
            assert running % grid.step == 0
        assert item.total == running
    assert found.due == sum(item.total for item in found.items) + (found.credit.amount if found.credit else 0)
    assert found.due >= 0
    assert found.credit is None or found.due == 0 or found.due >= 100


@given(grids(), wishes(), places, st.integers(0, 50_000))
def test_the_same_basket_is_the_same_bytes(grid: Grid, asked: list[Wish], enrolled: list[Place], credit: int) -> None:
    one = priced(grid, asked, enrolled, credit)
    assert one.as_bytes() == priced(grid, list(asked), list(enrolled), credit).as_bytes()


@given(grids(), wishes(), st.randoms(use_true_random=False))
def test_the_order_of_a_basket_changes_no_price(grid: Grid, asked: list[Wish], chance: object) -> None:
    shuffled = list(asked)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one = {item.key: item for item in priced(grid, asked, [], 0).items}
    assert {item.key: item for item in priced(grid, shuffled, [], 0).items} == one


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 5000)), min_size=1, max_size=6), steps, st.data())
def test_a_rise_in_quotient_never_lowers_a_price_where_bands_rise(
    bands: list[tuple[int, int]], step: int, data: st.DataObject
) -> None:
    rows, low, price = [], 0, 3000
    for width, more in bands:
        rows.append(Row("ecole", Unit.YEAR, price, quotients=Span(low, low + width)))
        low, price = low + width, price + more
    rows.append(Row("ecole", Unit.YEAR, price, quotients=Span(low)))
    cents = data.draw(st.integers(0, 10_000))
    rate = Row("effort", Unit.YEAR, Rate(Fraction(data.draw(st.integers(0, 3000)), 10_000), cents, cents + 9000))
    grid = replace(GRID, rows=(*rows, rate), step=step)
    sessions = data.draw(st.integers(1, 40))
    left = data.draw(st.integers(0, sessions))
    poorer, richer = sorted(data.draw(st.tuples(st.integers(0, 3000), st.integers(0, 3000))))
    for code in ("ecole", "effort"):
        siblings = data.draw(st.lists(st.builds(Place, st.sampled_from("bcd"), st.just(code), st.just(7)), max_size=3))

        def due(quotient: int | None, code: str = code, siblings: list[Place] = siblings) -> int:
            wish = Wish("a", "a", code, Unit.YEAR, 8, Residence.TERRITORY, quotient, None, sessions, left)
            return quote(grid, [wish], on=TODAY, enrolled=siblings).due

        assert due(poorer) <= due(richer) <= due(None)


@given(st.fractions(0, 10_000), steps)
def test_rounding_is_half_up(amount: Fraction, step: int) -> None:
    found = rounded(amount, step)
    assert found % step == 0
    assert Fraction(-step, 2) < found - amount <= Fraction(step, 2)
