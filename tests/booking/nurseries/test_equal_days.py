"""Among days liked equally (contract, section 4, point 3): the scarcest place, then the sum, then the first listed."""

from typing import Any

from booking.nurseries.allocation.answers import allocate

DAYS = ["mon_am", "tue_am", "wed_am"]


def given(child: dict[str, Any], nursery: dict[str, Any], **others: dict[str, Any]) -> list[str]:
    asked = {
        "points": 50,
        "complete_on": "2027-03-01",
        "bands": "petits",
        "wishes": ["A"],
        "starts": ["2027-09"],
        "prefers": "wish",
    }
    people = {"ana": child, **others}
    round = {
        "version": 1,
        "months": ["2027-09", "2027-10"],
        "half_days": DAYS,
        "bands": ["petits", "grands"],
        "facilities": {"A": nursery},
        "children": {name: asked | {"draw": n} | one for n, (name, one) in enumerate(people.items())},
    }
    return allocate(round)["seats"]["ana"]["half_days"]


ONE_DAY = {"days": [[["mon_am"], ["tue_am"], ["wed_am"]]]}


def test_where_most_places_are_left():
    assert given(ONE_DAY, {"authorised": {"mon_am": 2, "tue_am": 3, "wed_am": 2}}) == ["tue_am"]


def test_a_scarce_section_counts_as_a_scarce_place():
    sections = {"petits": {"mon_am": 1, "tue_am": 1, "wed_am": 2}}
    assert given(ONE_DAY, {"authorised": 9, "sections": sections}) == ["wed_am"]
    assert given(ONE_DAY, {"authorised": 9, "sections": {"grands": {"mon_am": 1}}}) == ["mon_am"]


def test_the_scarcest_month_counts():
    authorised = [{"mon_am": 9, "tue_am": 3, "wed_am": 3}, {"mon_am": 2, "tue_am": 3, "wed_am": 3}]
    assert given(ONE_DAY, {"authorised": authorised}) == ["tue_am"]


def test_then_the_sum_of_what_is_left():
    two = {"days": [[["mon_am", "tue_am"], ["mon_am", "wed_am"]]]}
    assert given(two, {"authorised": {"mon_am": 1, "tue_am": 2, "wed_am": 3}}) == ["mon_am", "wed_am"]


def test_then_the_first_listed():
    assert given({"days": [[["wed_am"], ["mon_am"]]]}, {"authorised": 2}) == ["wed_am"]


def test_beside_everybody_seated_there_the_weaker_too():
    ben = {"points": 1, "days": [[["tue_am"]]], "bonus": {}, "holds": {"facility": "A", "half_days": ["mon_am"]}}
    assert given({"days": [[["mon_am"], ["tue_am"]]]}, {"authorised": 2}, ben=ben | {"wishes": ["A"]}) == ["tue_am"]
    assert given({"days": [[["mon_am"], ["tue_am"]]]}, {"authorised": 2}) == ["mon_am"]


def test_fewer_days_only_where_more_do_not_fit():
    fewer = {"days": [[["mon_am", "tue_am", "wed_am"]], [["mon_am", "tue_am"], ["tue_am", "wed_am"]]]}
    assert given(fewer, {"authorised": 1}) == DAYS
    assert given(fewer, {"authorised": {"tue_am": 1, "wed_am": 1}}) == ["tue_am", "wed_am"]
