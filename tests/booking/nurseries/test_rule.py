"""What holds of every round, small ones with everything in them, and the twins that show that these tests can fail."""

from itertools import product
from math import prod
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking.nurseries.allocation import options
from booking.nurseries.allocation.answers import Answers, allocate
from booking.nurseries.allocation.cells import Layout
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.options import Field
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.allocation.rule import Claim, Nursery, Run, seat_everybody
from booking.nurseries.audit import findings
from tests.booking.nurseries.brute import places_in_order, seatings_without_claims
from tests.booking.nurseries.rounds import EVERYTHING, small_round
from tests.booking.nurseries.test_contract import the_round

Json = dict[str, Any]
CHANCE = st.randoms(use_true_random=False)
COMMON = frozenset({"ties"})
MANY = 4000


def answered(round: Json) -> Json:
    """What a hold or a lock makes impossible is refused, and no matter here."""
    try:
        return allocate(round)
    except RoundRefused:
        assume(False)
        raise


def places(answer: Json) -> dict[str, Any]:
    return {name: (seat["facility"], seat["start"], tuple(seat["half_days"])) for name, seat in answer["seats"].items()}


@given(CHANCE)
def test_nothing_is_exceeded_no_claim_but_the_contested_stands_and_every_reason_is_true(chance):
    round = small_round(chance, children=7)
    assert findings(round, answered(round)) == []


def small_common_round(chance: Random) -> Json:
    round = small_round(chance, COMMON, children=4)
    assume(prod(1 + len(list(places_in_order(round, name))) for name in round["children"]) < MANY)
    return round


@given(CHANCE)
def test_in_the_common_order_it_is_the_one_seating_that_brute_force_finds(chance):
    round = small_common_round(chance)
    ordered = [
        {name: (a, b, tuple(sorted(days, key=round["half_days"].index))) for name, (a, b, days) in one.items()}
        for one in seatings_without_claims(round)
    ]
    assert ordered == [places(allocate(round))]


def liked(round: Json, name: str, answer: Json) -> int:
    """How far down its list a child's place stands; none is below all."""
    listed = [(a, b, set(days)) for a, b, days in places_in_order(round, name)]
    seat = answer["seats"].get(name)
    return listed.index((seat["facility"], seat["start"], set(seat["half_days"]))) if seat else len(listed)


@given(CHANCE)
def test_in_the_common_order_more_points_never_hurt(chance):
    round = small_common_round(chance)
    name = chance.choice(list(round["children"]))
    child = round["children"][name]
    more = child | {"points": child["points"] + chance.choice([5, 10, 15])}
    raised = round | {"children": round["children"] | {name: more}}
    assert liked(round, name, allocate(raised)) <= liked(round, name, allocate(round))


@given(CHANCE)
def test_in_the_common_order_truth_pays(chance):
    round = small_common_round(chance)
    name = chance.choice(list(round["children"]))
    child = round["children"][name]
    lie = child | {
        "wishes": chance.sample(child["wishes"], chance.randint(1, len(child["wishes"]))),
        "starts": chance.sample(child["starts"], chance.randint(1, len(child["starts"]))),
        "days": chance.sample(child["days"], chance.randint(1, len(child["days"]))),
        "prefers": chance.choice(["wish", "start"]),
    }
    told = round | {"children": round["children"] | {name: lie}}
    assert liked(round, name, allocate(told)) >= liked(round, name, allocate(round))


def renamed(round: Json, chance: Random) -> tuple[Json, dict[str, str]]:
    """The same round with other names, its children and nurseries in another order."""
    olds = [*round["children"], *round["facilities"]]
    news = dict(zip(olds, chance.sample([f"n{number}" for number in range(50)], len(olds)), strict=True))

    def shuffled(part: dict[str, Any]) -> dict[str, Any]:
        return {news[name]: part[name] for name in chance.sample(list(part), len(part))}

    def child(one: Json) -> Json:
        one = one | {"wishes": [news[wish] for wish in one["wishes"]]}
        if "bonus" in one:
            one["bonus"] = shuffled(one["bonus"])
        if "holds" in one:
            one["holds"] = one["holds"] | {"facility": news[one["holds"]["facility"]]}
        return one

    other = round | {
        "facilities": shuffled(round["facilities"]),
        "children": {name: child(one) for name, one in shuffled(round["children"]).items()},
    }
    for key in ("together", "excluded"):
        if key in round:
            other[key] = chance.sample(round[key], len(round[key]))
    if "together" in other:
        other["together"] = [one | {"children": [news[n] for n in one["children"]]} for one in other["together"]]
    if "excluded" in other:
        other["excluded"] = [
            one | {"child": news[one["child"]], "facility": news[one["facility"]]} for one in other["excluded"]
        ]
    if "locks" in other:
        other["locks"] = {
            news[name]: lock | {"facility": news[lock["facility"]]} for name, lock in round["locks"].items()
        }
    return other, news


@given(CHANCE)
def test_renaming_and_reordering_change_nothing(chance):
    round = small_round(chance, children=7)
    answer = answered(round)
    other, news = renamed(round, chance)
    after = allocate(other)
    assert after["seats"] == {
        news[name]: seat | {"facility": news[seat["facility"]]} for name, seat in answer["seats"].items()
    }
    assert after["wishes"] == {
        news[name]: {news[wish]: one for wish, one in wishes.items()} for name, wishes in answer["wishes"].items()
    }
    pairs = {(tuple(news[n] for n in pair["children"]), news[pair["facility"]]) for pair in answer["contested"]}
    assert {(tuple(pair["children"]), pair["facility"]) for pair in after["contested"]} == pairs


class ToTheLetter(Run):
    """Point 5 of the rule as it is written: from the first turn, every time, whoever has a claim."""

    def _next_claim(self) -> Claim | None:
        for unit in sorted(self.units.values(), key=lambda unit: unit.turn):
            if (claim := self.best_claim(unit)) is not None:
                return claim
        return None


@given(CHANCE)
def test_looking_only_where_a_claim_can_have_come_up_is_looking_everywhere(chance):
    round = small_round(chance, children=9)
    answered(round)
    of = Field(read_round(round))
    ends = []
    for kind in (Run, ToTheLetter):
        run = kind(of).go()
        ends.append(Answers(of, run, run.contested()).all())
    assert ends[0] == ends[1]


# --- twins: what these tests would say if a part of the rule were missing ---------------------------------------------


def faults(kinds: frozenset[str] = EVERYTHING, rounds: int = 150) -> list[str]:
    """What the audit says of a series of rounds."""
    found = []
    for seed in range(rounds):
        round = small_round(Random(seed), kinds, children=7)
        try:
            found += findings(round, allocate(round))
        except RoundRefused:
            continue
    return found


def test_without_twin_the_series_has_no_fault():
    assert faults() == []


def test_twin_anybody_makes_room_not_only_the_weaker(monkeypatch):
    """Without « weaker only » a child sends stronger ones away; in the common order it is another seating."""
    monkeypatch.setattr(Nursery, "taken_before", lambda self, right, without=None: 0)
    monkeypatch.setattr(Nursery, "weaker_than", lambda self, right: list(self.seats))
    rounds = [small_round(Random(seed), COMMON, children=4) for seed in range(20)]
    assert any([places(allocate(round))] != seatings_without_claims(round) for round in rounds)
    assert faults(COMMON, 20)


def test_twin_a_child_never_grows_into_the_next_section(monkeypatch):
    stay = Layout.stay
    monkeypatch.setattr(
        Layout,
        "stay",
        lambda self, days, bands, start, last, hours: stay(
            self, days, (bands[start],) * len(bands), start, last, hours
        ),
    )
    assert any("section" in fault for fault in faults())


def test_twin_siblings_options_out_of_order(monkeypatch):
    """The days of the second one counting before those of the first: the audit asks in the contract's order."""
    monkeypatch.setattr(options, "product", lambda *lists: [tuple(reversed(one)) for one in product(*reversed(lists))])
    assert faults(frozenset({"together"}), 400)


def test_twin_without_memory_of_seatings_the_circle_goes_on_for_ever(monkeypatch):
    answers = 0

    def forget(self: Run, claim: Claim) -> None:
        nonlocal answers
        answers += 1
        if answers > 500:
            raise TimeoutError

    monkeypatch.setattr(Run, "_remember", forget)
    with pytest.raises(TimeoutError):
        seat_everybody(Field(read_round(the_round(10))))
