"""The audit finds what is false: every single value of an answer, changed by itself."""

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.audit import findings
from tests.booking.nurseries.rounds import EVERYTHING, small_round
from tests.booking.nurseries.test_contract import FILES, the_round

Json = dict[str, Any]


def changed(value: Any) -> Iterator[Any]:
    """The same with one value changed, left out or written twice, for every value in it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield {other: part for other, part in value.items() if other != key}
            yield from (value | {key: other} for other in changed(one))
    elif isinstance(value, list):
        yield from ([*value, one] for one in value[:1])
        for number, one in enumerate(value):
            yield value[:number] + value[number + 1 :]
            yield from ([*value[:number], other, *value[number + 1 :]] for other in changed(one))
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield value + "x"
    else:
        yield 7


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_change_of_an_instance_is_found(file):
    round = json.loads(file.read_text())["round"]
    unseen = [other for other in changed(allocate(round)) if not findings(round, other)]
    assert unseen == []


def test_every_change_of_rounds_with_everything_is_found():
    """But for days liked as well as those given: which of them is seen by nobody but the rule."""
    judged = 0
    for seed in range(40):
        round = small_round(Random(seed), EVERYTHING - {"equal days"}, children=6)
        try:
            answer = allocate(round)
        except RoundRefused:
            continue
        judged += 1
        assert [other for other in changed(answer) if not findings(round, other)] == [], seed
    assert judged > 20


def test_a_wrong_seat_is_found():
    """Ben, who has fewer points, in the place of Ana, with answers that say so."""
    round = the_round(1)
    answer = allocate(round)
    answer["seats"]["ben"] = {**answer["seats"].pop("ana"), "half_days": ["mon_am", "tue_am"]}
    answer["wishes"]["ben"]["A"] = {"answer": "obtained"}
    found = findings(round, answer)
    assert "A : places 2027-09 tue_am dépassé, 2 pour 1." in found
    assert "ana ont droit à une place à A, et ce n’est pas dit contesté." in found


def test_a_wrong_reason_is_found():
    round = the_round(2)
    answer = deepcopy(allocate(round))
    answer["wishes"]["ben"]["A"]["because"] |= {"limit": "places", "band": ""}
    assert "ben, A : places 2027-09 mon_am n’est pas dépassé." in findings(round, answer)


def test_a_contested_pair_that_is_not_said_is_found():
    round = the_round(10)
    answer = allocate(round) | {"contested": []}
    assert "cem ont droit à une place à B, et ce n’est pas dit contesté." in findings(round, answer)


def test_a_pair_said_contested_that_is_not_is_found():
    round = the_round(1)
    answer = allocate(round) | {"contested": [{"children": ["ben"], "facility": "A"}]}
    assert "ben, A : dit contesté sans l’être." in findings(round, answer)


def test_an_answer_without_form_is_no_answer():
    assert findings(the_round(1), {"seats": []})[0].startswith("La réponse n’a pas la forme attendue")


def test_a_seat_said_in_more_words_than_a_seat_has_is_found():
    """Half-days are read in the order of the week, each once; nothing else is said of a seat."""
    round = the_round(9)
    answer = allocate(round)
    answer["seats"]["ana"]["note"] = "appuyée par le maire"
    assert findings(round, answer) == ["ana : la place n’est pas dite comme une place."]
