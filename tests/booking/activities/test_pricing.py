"""The twelve prices of the domain's table, to the cent and line by line, and what its rules say beside them."""

from datetime import date, timedelta

import pytest

from booking.activities.pricing import (
    Kind,
    NoPrice,
    Place,
    Quote,
    Remark,
    Residence,
    Span,
    Unit,
    Wish,
    credit_used,
    months_later,
    quote,
)
from tests.booking.activities.tariff_example import TODAY, aquagym, grid, school


def lines(found: Quote) -> list[list[int]]:
    return [[line.amount for line in item.lines] for item in found.items]


def baby(key: str) -> Wish:
    return Wish(key, key, "bebes", Unit.TERM, 1, Residence.TERRITORY)


def bike(credit: int) -> Quote:
    return quote(grid(), [Wish("v", "v", "aquabike", Unit.SESSION, 35, Residence.OTHER)], on=TODAY, credit=credit)


def test_1_a_child_pays_by_quotient() -> None:
    found = quote(grid(), [school(quotient=820)], on=TODAY)
    assert lines(found) == [[9000]]
    assert found.items[0].remarks == ()


def test_2_without_certificate_the_top_band_counts_and_is_said() -> None:
    found = quote(grid(), [school()], on=TODAY)
    assert lines(found) == [[14700]]
    assert found.items[0].remarks == (Remark.TOP_BAND,)


def test_3_from_elsewhere_the_quotient_is_not_looked_at() -> None:
    found = quote(grid(), [school(quotient=300, residence=Residence.OTHER)], on=TODAY)
    assert lines(found) == [[20600]]
    without = quote(grid(), [school(residence=Residence.OTHER)], on=TODAY)
    assert (without.due, without.items[0].remarks) == (20600, ())


def test_4_the_second_of_two_siblings_pays_a_fifth_less() -> None:
    found = quote(grid(), [school("a", 1200), school("b", 1200)], on=TODAY)
    assert lines(found) == [[11800], [11800, -2360]]
    assert found.due == 21240


def test_5_the_third_of_three_siblings_pays_three_tenths_less() -> None:
    found = quote(grid(), [school(key, 430) for key in "abc"], on=TODAY)
    assert lines(found) == [[6000], [6000, -1200], [6000, -1800]]
    assert found.due == 15000


def test_6_who_enters_late_pays_what_is_left() -> None:
    found = quote(grid(), [school(sessions=30, left=11)], on=TODAY)
    assert lines(found) == [[14700, -9310]]
    assert found.due == 5390
    assert (found.items[0].lines[1].of, found.items[0].lines[1].out_of) == (11, 30)


def test_7_totals_are_rounded_to_the_step_half_up() -> None:
    found = quote(grid(step=10), [aquagym(sessions=10, left=7)], on=TODAY)
    assert lines(found) == [[8450, -2530]]
    assert found.due == 5920


def test_8_a_paper_counts_for_three_months_to_the_day() -> None:
    def seeker(paper_on: date) -> Quote:
        return quote(grid(), [aquagym(paper_on=paper_on)], on=TODAY)

    assert lines(seeker(date(2026, 9, 25))) == [[5915]]
    last = seeker(date(2026, 8, 25))
    assert (last.due, last.items[0].remarks) == (5915, ())
    late = seeker(date(2026, 8, 24))
    assert (late.due, late.items[0].remarks) == (8450, (Remark.OLD_PAPER,))


def test_9_three_baby_swimmers_have_three_prices() -> None:
    found = quote(grid(), [baby(key) for key in "abc"], on=TODAY)
    assert lines(found) == [[13000], [9000], [7500]]
    assert found.due == 29500


@pytest.mark.parametrize(("quotient", "charged"), [(742, 5940), (180, 4000), (None, 16000)])
def test_10_a_rate_has_a_floor_and_a_cap(quotient: int | None, charged: int) -> None:
    wish = Wish("e", "e", "effort", Unit.YEAR, 8, Residence.TERRITORY, quotient)
    assert lines(quote(grid(step=10), [wish], on=TODAY)) == [[charged]]


@pytest.mark.parametrize("turned", [False, True])
def test_11_a_second_activity_comes_after_the_dearest(turned: bool) -> None:
    wishes = [school("a", member="anne", age=41), aquagym("g", member="anne")]
    found = quote(grid(step=10), wishes[::-1] if turned else wishes, on=TODAY)
    assert sorted(lines(found)) == [[8450, -840], [14700]]
    assert found.due == 22310


@pytest.mark.parametrize(("credit", "used", "due"), [(750, 750, 450), (1160, 1100, 100), (1500, 1200, 0), (0, 0, 1200)])
def test_12_a_credit_leaves_nothing_or_a_euro(credit: int, used: int, due: int) -> None:
    found = bike(credit)
    assert (found.total, found.due) == (1200, due)
    assert (found.credit.amount if found.credit else 0) == -used


def test_a_credit_never_pays_what_is_already_under_a_euro_in_part() -> None:
    assert credit_used(80, 50) == 0
    assert credit_used(80, 80) == 80


def test_those_already_enrolled_come_first() -> None:
    before = [Place("lea", "ecole", 6), Place("lea", "ecole", 6), Place("jo", "bebes", 1)]
    found = quote(grid(), [school("b", 430)], on=TODAY, enrolled=before)
    assert found.items[0].lines[1].kind == Kind.SIBLING
    assert found.items[0].lines[1].out_of == 2
    assert quote(grid(), [school("a", 430, member="lea")], on=TODAY, enrolled=before).due == 6000


def test_a_parent_is_no_sibling() -> None:
    assert quote(grid(), [school("a", 430, age=40), school("b", 430)], on=TODAY).due == 12000


def test_the_dearest_is_paid_in_full_however_the_basket_was_filled() -> None:
    dear, cheap = school("z", 1400), school("a", 430)
    for basket in ([dear, cheap], [cheap, dear]):
        assert {item.key: item.total for item in quote(grid(), basket, on=TODAY).items} == {"z": 11800, "a": 4800}


def test_a_case_the_grid_does_not_know_is_refused_in_words() -> None:
    with pytest.raises(NoPrice) as refused:
        quote(grid(), [Wish("x", "x", "plongee", Unit.YEAR, 8, Residence.TERRITORY)], on=TODAY)
    assert "gestionnaire" in str(refused.value)


def test_months_end_with_the_shorter_month() -> None:
    assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_later(date(2026, 9, 30), 3) == date(2026, 12, 30)
    assert months_later(date(2026, 12, 1), 1) - timedelta(days=31) == date(2026, 12, 1)


def test_a_quotient_nobody_has_shown_is_beyond_every_number() -> None:
    assert None in Span(1501)
    assert None not in Span(0, 501)
