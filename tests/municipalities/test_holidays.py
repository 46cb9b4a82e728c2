from datetime import date

import pytest
from django.utils import translation

from municipalities.holidays import NAMES, public_holidays, subdivision


def test_alsace_adds_saint_stephen_everywhere_and_good_friday_where_the_flag_says():
    with_it = public_holidays(2027, insee_code="68224", good_friday=True)
    without = public_holidays(2027, insee_code="68224", good_friday=False)

    assert with_it[date(2027, 3, 26)] == "Vendredi saint"
    assert len(with_it) == 13
    assert date(2027, 3, 26) not in without
    assert without[date(2027, 12, 26)] == "Saint-Étienne"
    assert len(without) == 12


@pytest.mark.parametrize(("insee_code", "days"), [("67482", 13), ("57463", 13), ("75056", 11), ("2A004", 11)])
def test_subdivision_follows_the_insee_code(insee_code, days):
    assert len(public_holidays(2026, insee_code=insee_code, good_friday=True)) == days


def test_good_friday_flag_means_nothing_outside_local_law():
    assert date(2026, 4, 3) not in public_holidays(2026, insee_code="75056", good_friday=True)


def test_days_come_in_order():
    days = list(public_holidays(2026, insee_code="68224", good_friday=True))
    assert days == sorted(days)


def test_every_name_is_one_we_translate():
    with translation.override("fr"):
        for year in range(2024, 2036):
            for insee_code in ("68224", "57463", "75056"):
                assert set(public_holidays(year, insee_code=insee_code, good_friday=True).values()) <= {
                    str(name) for name in NAMES.values()
                }


def test_every_subdivision_is_known_to_the_library():
    from holidays.countries import France

    from municipalities.holidays import SUBDIVISIONS

    assert set(SUBDIVISIONS.values()) <= set(France.subdivisions)
    assert subdivision("97411") == "974"
    assert subdivision("75056") is None
