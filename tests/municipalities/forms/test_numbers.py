"""Numbers and days that an address says: read in one way, whatever is typed into it."""

from datetime import date

import pytest

from municipalities.forms.fields import HIGHEST, day_in, number_in


@pytest.mark.parametrize("text", ["", " 1", "-1", "1.5", "x", "²", "٣", "\x00", str(HIGHEST + 1), "9" * 5000])
def test_what_is_no_number_of_ours_is_none(text: str) -> None:
    assert number_in(text) is None


def test_a_number_is_read_up_to_the_most_that_is_meant() -> None:
    assert (number_in("0"), number_in("007"), number_in(str(HIGHEST))) == (0, 7, HIGHEST)
    assert (number_in("99", most=99), number_in("100", most=99)) == (99, None)


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "9999-12-31", "0001-01-01", "9" * 5000])
def test_what_is_no_day_that_can_be_meant_is_none(text: str) -> None:
    assert day_in(text) is None


def test_a_day_is_read() -> None:
    assert day_in("2026-11-26") == date(2026, 11, 26)
