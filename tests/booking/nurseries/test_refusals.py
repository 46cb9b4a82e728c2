"""A round that means nothing, or two things, is refused with one sentence; never half answered."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.shapes import parse
from tests.booking.nurseries.test_contract import the_round

Json = dict[str, Any]
TEXTS = {
    "nothing": b"",
    "no object": b"[]",
    "cut short": b'{"version": 1',
    "no number": b'{"version": NaN}',
    "beyond all numbers": b'{"version": Infinity}',
    "a key twice": b'{"version": 1, "version": 1}',
    "a key twice inside": b'{"facilities": {"A": {"authorised": 1, "authorised": 2}}}',
    "not UTF-8": '{"version": "é"}'.encode("latin-1"),
    "another encoding": '{"version": 1}'.encode("utf-16"),
    "nested for ever": b"[" * 100_000,
    "a number of five thousand digits": b'{"version": ' + b"1" * 5000 + b"}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_that_is_no_round(text):
    with pytest.raises(RoundRefused, match=r"\.$|»"):
        allocate(parse(text))


def put(*path: Any, value: Any) -> Callable[[Json], None]:
    def change(round: Json) -> None:
        for key in path[:-1]:
            round = round[key]
        round[path[-1]] = value

    return change


def drop(*path: Any) -> Callable[[Json], None]:
    def change(round: Json) -> None:
        for key in path[:-1]:
            round = round[key]
        del round[path[-1]]

    return change


def both(*changes: Callable[[Json], None]) -> Callable[[Json], None]:
    def change(round: Json) -> None:
        for one in changes:
            one(round)

    return change


A, ANA = ("facilities", "A"), ("children", "ana")
HELD = {"facility": "A", "half_days": ["mon_am"]}
LOCK = {"facility": "A", "start": "2027-09", "half_days": ["mon_am"], "reason": "urgence"}
THERE = {"child": 1, "half_days": ["mon_am"], "bands": "big", "until": None}
SIBLINGS = {"children": ["ana", "ben"], "otherwise": "apart"}
WEEK = [f"{day}_{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm")]
CHANGES: dict[str, tuple[Callable[[Json], None], str]] = {
    "an unknown key": (put("colour", value=1), "la clé « colour » est inconnue"),
    "an unknown key of a nursery": (put(*A, "places", value=1), "facilities.A : la clé « places » est inconnue"),
    "an unknown key of a child": (put(*ANA, "sex", value="f"), "children.ana : la clé « sex » est inconnue"),
    "a missing key": (drop("months"), "la clé « months » manque"),
    "a missing key of a child": (drop(*ANA, "draw"), "children.ana : la clé « draw » manque"),
    "another version": (put("version", value=2), "version"),
    "a truth for a version": (put("version", value=True), "version"),
    "no month": (put("months", value=[]), "months : la liste est vide"),
    "a month that is none": (put("months", value=["2027-13"]), "months"),
    "a month twice": (put("months", value=["2027-09", "2027-09"]), "écrit deux fois"),
    "months in disorder": (put("months", value=["2027-09", "2027-08"]), "2027-08 ne suit pas 2027-09"),
    "a gap between months": (put("months", value=["2027-09", "2027-11"]), "2027-11 ne suit pas 2027-09"),
    "a half-day of no week": (put("half_days", value=["lundi"]), "half_days"),
    "a half-day twice": (put("half_days", value=["mon_am", "mon_am"]), "écrit deux fois"),
    "a band without name": (put("bands", value=[" "]), "bands"),
    "a band called as a half-day": (put("bands", value=["small", "mon_am", "big"]), "une section et une demi-journée"),
    "a truth for places": (put(*A, "authorised", value=True), "facilities.A.authorised"),
    "fewer than no places": (put(*A, "authorised", value=-1), "facilities.A.authorised"),
    "half a place": (put(*A, "authorised", value=1.5), "facilities.A.authorised"),
    "places on an unknown half-day": (put(*A, "authorised", value={"sun_am": 1}), "facilities.A.authorised"),
    "one month too many": (put(*A, "authorised", value=[1, 1]), "une par mois"),
    "an overshoot of 120 %": (put(*A, "overshoot", value=120), "facilities.A.overshoot"),
    "an overshoot of 90 %": (put(*A, "overshoot", value=90), "facilities.A.overshoot"),
    "an unknown section": (put(*A, "sections", value={"middle": 1}), "facilities.A.sections"),
    "a section of a text": (put(*A, "sections", value={"small": "1"}), "facilities.A.sections.small"),
    "sections of no number": (put(*A, "sections", value={"mon_am": {"small": None}}), "facilities.A.sections.mon_am"),
    "adults unsaid": (put(*A, "adults", value=None), "facilities.A.adults"),
    "hours of the night": (put(*A, "hours", value={"am": 5, "pm": 5, "night": 1}), "la clé « night » est inconnue"),
    "no hours for a half-day": (put(*A, "hours", value={"pm": 5}), "la clé « am » manque"),
    "hours of nothing": (put(*A, "hours", value={"am": 0, "pm": 5}), "facilities.A.hours.am"),
    "hours too fine": (put(*A, "hours", value={"am": 4.125, "pm": 5}), "deux décimales au plus"),
    "a child there twice": (put(*A, "present", value=[THERE, THERE]), "écrit deux fois"),
    "a child there until a month unknown": (
        put(*A, "present", value=[THERE | {"until": "2030-01"}]),
        "facilities.A.present[0].until",
    ),
    "a child there on no half-day": (put(*A, "present", value=[THERE | {"half_days": []}]), "la liste est vide"),
    "points in words": (put(*ANA, "points", value="50"), "children.ana.points"),
    "a truth for points": (put(*ANA, "points", value=True), "children.ana.points"),
    "points that are no number": (put(*ANA, "points", value=float("nan")), "valeur que le JSON ne connaît pas"),
    "points without end": (put(*ANA, "points", value=float("inf")), "valeur que le JSON ne connaît pas"),
    "points beyond all grids": (put(*ANA, "points", value=10**7), "children.ana.points"),
    "a bonus at an unknown nursery": (put(*ANA, "bonus", value={"Z": 5}), "children.ana.bonus"),
    "a day that is none": (put(*ANA, "complete_on", value="2027-02-30"), "children.ana.complete_on"),
    "a day written otherwise": (put(*ANA, "complete_on", value="20270301"), "children.ana.complete_on"),
    "a draw twice": (put(*ANA, "draw", value=1), "est déjà le numéro de ana"),
    "a truth for a draw": (put(*ANA, "draw", value=False), "children.ana.draw"),
    "guaranteed by a number": (put(*ANA, "guaranteed", value=1), "true ou false"),
    "an unknown band": (put(*ANA, "bands", value="tiny"), "children.ana.bands"),
    "bands for another horizon": (put(*ANA, "bands", value=["small", "big"]), "une par mois"),
    "no wish": (put(*ANA, "wishes", value=[]), "la liste est vide"),
    "an unknown wish": (put(*ANA, "wishes", value=["Z"]), "children.ana.wishes"),
    "a wish twice": (put(*ANA, "wishes", value=["A", "A"]), "écrit deux fois"),
    "an unknown start": (put(*ANA, "starts", value=["2027-10"]), "children.ana.starts"),
    "an end that is unknown": (put(*ANA, "until", value="2027-08"), "children.ana.until"),
    "an end before the start": (
        both(
            put("months", value=["2027-09", "2027-10"]),
            put(*ANA, "starts", value=["2027-10"]),
            put(*ANA, "until", value="2027-09"),
        ),
        "2027-10 est après le dernier mois",
    ),
    "no days": (put(*ANA, "days", value=[]), "la liste est vide"),
    "a group of no days": (put(*ANA, "days", value=[[]]), "la liste est vide"),
    "a set of no days": (put(*ANA, "days", value=[[[]]]), "la liste est vide"),
    "a half-day twice in a set": (put(*ANA, "days", value=[[["mon_am", "mon_am"]]]), "écrit deux fois"),
    "a set twice": (put(*ANA, "days", value=[[["mon_am", "tue_am"]], [["tue_am", "mon_am"]]]), "écrit deux fois"),
    "seventeen sets": (
        both(
            put("half_days", value=WEEK), put(*ANA, "days", value=[[[a, b] for a in WEEK for b in WEEK if a < b][:17]])
        ),
        "16 ensembles au plus",
    ),
    "a preference unknown": (put(*ANA, "prefers", value="days"), "« wish » ou « start »"),
    "hours of no week": (put(*ANA, "week_hours", value=200), "children.ana.week_hours"),
    "a place held nowhere": (put(*ANA, "holds", value=HELD | {"facility": "Z"}), "children.ana.holds.facility"),
    "a place held beside those who are there": (
        both(put(*ANA, "holds", value=HELD), put(*A, "present", value=[THERE])),
        "ana : la place occupée (holds) dépasse la capacité de A (places 2027-09 mon_am)",
    ),
    "a holder among those who are there": (
        both(put(*ANA, "holds", value=HELD), put(*A, "present", value=[THERE | {"child": "ana"}])),
        "compte aussi parmi les présents",
    ),
    "a holder who is excluded": (
        both(put(*ANA, "holds", value=HELD), put("excluded", value=[{"child": "ana", "facility": "A", "reason": "r"}])),
        "occupe une place à A et en est écarté",
    ),
    "a lock of nobody": (put("locks", value={"zoe": LOCK}), "locks"),
    "a lock without reason": (put("locks", value={"ana": LOCK | {"reason": " "}}), "locks.ana.reason"),
    "locks beyond capacity": (put("locks", value={"ana": LOCK, "ben": LOCK}), "dépasse la capacité de A (places"),
    "a lock where it is closed": (
        both(put(*A, "authorised", value={"tue_am": 1}), put("locks", value={"ana": LOCK})),
        "ana : la décision de la commission dépasse la capacité de A (places 2027-09 mon_am)",
    ),
    "a lock on a place that is held": (
        both(put("locks", value={"ana": LOCK}), put("children", "ben", "holds", value=HELD)),
        "ben : la place occupée (holds) dépasse",
    ),
    "a lock after the end": (
        both(
            put("months", value=["2027-09", "2027-10"]),
            put(*ANA, "until", value="2027-09"),
            put("locks", value={"ana": LOCK | {"start": "2027-10"}}),
        ),
        "locks.ana.start",
    ),
    "locked and excluded": (
        both(
            put("locks", value={"ana": LOCK}), put("excluded", value=[{"child": "ana", "facility": "A", "reason": "r"}])
        ),
        "est placé à A et en est écarté",
    ),
    "excluded twice": (
        put("excluded", value=[{"child": "ana", "facility": "A", "reason": "r"}] * 2),
        "déjà écarté de cette crèche",
    ),
    "a sibling unknown": (put("together", value=[SIBLINGS | {"children": ["ana", "zoe"]}]), "together[0].children"),
    "a sibling of itself": (put("together", value=[SIBLINGS | {"children": ["ana", "ana"]}]), "écrit deux fois"),
    "an only child together": (put("together", value=[SIBLINGS | {"children": ["ana"]}]), "deux enfants au moins"),
    "siblings of two families": (
        put("together", value=[SIBLINGS, {"children": ["cem", "ben"], "otherwise": "apart"}]),
        "ben est déjà dans une autre fratrie",
    ),
    "otherwise something": (put("together", value=[SIBLINGS | {"otherwise": "maybe"}]), "« apart » ou « nothing »"),
    "half a character": (put(*ANA, "bonus", value={"\ud800": 1}), "U+D800"),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES.keys())
def test_a_round_that_means_nothing_or_two_things(change, sentence):
    round = the_round(1)
    change(round)
    with pytest.raises(RoundRefused) as refusal:
        allocate(round)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 250


def test_without_a_change_the_round_is_answered():
    assert allocate(the_round(1))["seats"]


def test_siblings_with_more_combinations_of_days_than_can_be_tried():
    round = the_round(1)
    round["half_days"] = WEEK
    sets = [[a, b] for a in WEEK for b in WEEK if a < b][:16]
    round["children"] = {
        f"e{number}": deepcopy(round["children"]["ana"]) | {"draw": number, "days": [sets]} for number in range(4)
    }
    round["together"] = [{"children": list(round["children"]), "otherwise": "apart"}]
    with pytest.raises(RoundRefused, match="plus de 4096 combinaisons"):
        allocate(round)


def test_what_the_present_take_beyond_a_limit_leaves_nothing_and_is_no_contradiction():
    round = the_round(1)
    round["facilities"]["A"]["present"] = [THERE | {"child": number, "week_hours": 1} for number in (1, 2)]
    answer = allocate(round)
    assert "ana" not in answer["seats"] and "cem" in answer["seats"]
    assert answer["wishes"]["ana"]["A"]["because"]["free"] == 0
    assert answer["wishes"]["ana"]["A"]["because"]["last_points"] is None


def test_the_sentence_of_a_name_as_long_as_a_book_is_one_sentence():
    round = json.loads(json.dumps(the_round(1)))
    round["x" * 100_000] = 1
    with pytest.raises(RoundRefused) as refusal:
        allocate(round)
    assert len(str(refusal.value)) < 250
