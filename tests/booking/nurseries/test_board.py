"""What the desk shows of a round: the week in three layers, who just misses, days that could be moved. Pure."""

from typing import Any

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.rounds.board import Board, changes

Json = dict[str, Any]
MONTH = "2027-09"
MON, TUE = ["mon_am"], ["tue_am"]


def file(places: int, days: dict[str, list[list[list[str]]]], **more: Any) -> Json:
    """One nursery with so many places; children by number, the first with most points, and the days they accept."""
    return {
        "version": 1,
        "months": [MONTH],
        "half_days": [*MON, *TUE],
        "bands": ["petits"],
        "facilities": {"A": {"authorised": places, "present": more.pop("present", [])}},
        "children": {
            number: {
                "points": 100 - int(number),
                "complete_on": "2027-01-01",
                "draw": int(number),
                "bands": "petits",
                "wishes": ["A"],
                "starts": [MONTH],
                "days": groups,
                "prefers": "wish",
            }
            for number, groups in days.items()
        },
    } | more


def locked(*numbers: str) -> Json:
    return {number: {"facility": "A", "start": MONTH, "half_days": MON, "reason": "urgence"} for number in numbers}


def test_a_week_fills_in_three_layers() -> None:
    """One is there and one decided, one proposed; the third would come instead of the one that is proposed."""
    there = [{"child": 9, "half_days": MON, "bands": "petits"}]
    asked = file(3, {number: [[MON]] for number in "123"}, present=there, locks=locked("1"))
    now, then = allocate(asked), allocate(asked | {"locks": locked("1", "3")})
    (monday, tuesday) = Board(asked, now).week("A", MONTH)[""]
    assert (monday.decided, monday.proposed, monday.pencilled, monday.of, monday.free) == (2, 1, 0, 3, 0)
    assert (tuesday.decided, tuesday.proposed, tuesday.free) == (0, 0, 3)
    (monday, _tuesday) = Board(asked, now, then).week("A", MONTH)[""]
    assert (monday.decided, monday.proposed, monday.pencilled, monday.free) == (2, 0, 1, 0)
    assert {one.number: (one.comes, one.goes) for one in changes(now, then)} == {"2": (False, True), "3": (True, False)}


def test_the_first_without_a_place_just_misses() -> None:
    asked = file(1, {"1": [[MON]], "2": [[[*MON, *TUE]], [MON]], "3": [[MON]]})
    found = {one.number: one for one in Board(asked, allocate(asked)).requests("A")}
    assert [number for number, one in found.items() if one.just_misses] == ["2"]


def test_days_that_are_liked_as_well_and_would_let_another_in() -> None:
    asked = file(1, {"1": [[MON, TUE]], "2": [[MON]]})
    (move,) = Board(asked, allocate(asked)).moves("A")
    assert (move.mover, move.days, move.instead) == ("1", MON, TUE)
    assert (move.lets_in, move.enters, move.start) == ("2", MON, MONTH)


def test_days_that_are_somebodys_or_liked_less_are_moved_for_nobody() -> None:
    theirs = file(1, {"1": [[MON, TUE]], "2": [[TUE]], "3": [[MON]]}, locks=locked("1"))
    less = file(1, {"1": [[MON], [TUE]], "2": [[MON]]})
    for asked in (theirs, less):
        answer = allocate(asked)
        assert any(wish["A"]["answer"] == "full" for wish in answer["wishes"].values())
        assert Board(asked, answer).moves("A") == []
