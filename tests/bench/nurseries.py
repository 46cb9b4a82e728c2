"""A round of a whole territory: reading, running, reasons; what-if; the audit; and what commissions do by habit.

1,500 children, 34 nurseries, 12 months, three sections, about 14,000 options, made from a seed: the figures of the
contract of the allocation, section 6. What is asked follows what nurseries see: Mondays full, Wednesdays and Fridays
less, many who accept other days, some with a right of their own (local points, guaranteed places, siblings).

What is told is processor time: nothing here waits, and on a shared machine the clock counts the neighbours.
"""

import json
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from random import Random
from statistics import median
from typing import Any

from booking.nurseries.allocation.answers import Answers, as_bytes
from booking.nurseries.allocation.options import Field
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.allocation.rule import seat_everybody
from booking.nurseries.allocation.shapes import parse
from booking.nurseries.audit import findings
from tests.bench.habit import by_points_once
from tests.bench.measure import Row, Size, warm_up

WEEK = ["mon", "tue", "wed", "thu", "fri"]
HALF_DAYS = [f"{day}_{half}" for day in WEEK for half in ("am", "pm")]
MONTHS = [f"2027-{month:02}" for month in range(9, 13)] + [f"2028-{month:02}" for month in range(1, 9)]
BANDS = ["petits", "moyens", "grands"]
SEED = 20270503
GOAL_MS = 2000
GOAL_CIRCLE_MS = 5000
GOAL_WHAT_IF_MS = 3000


def large_round(seed: int = SEED, children: int = 1500, nurseries: int = 34) -> dict[str, Any]:
    """With everything on: local points, guaranteed places, siblings, places held, any days."""
    chance = Random(seed)
    names = [f"crèche {number + 1:02}" for number in range(nurseries)]
    facilities = {name: _nursery(chance) for name in names}
    draws = chance.sample(range(1, 10 * children), children)
    requests = {f"{number:05}": _request(chance, names, draw) for number, draw in enumerate(draws, 1)}
    together = []
    numbers = list(requests)
    for first in range(0, children - 1, 50):
        some = numbers[first : first + 2]
        for key in ("wishes", "starts", "prefers"):
            requests[some[1]][key] = requests[some[0]][key]
        together.append({"children": some, "otherwise": chance.choice(["apart", "nothing"])})
    return {
        "version": 1,
        "months": MONTHS,
        "half_days": HALF_DAYS,
        "bands": BANDS,
        "facilities": facilities,
        "children": requests,
        "together": together,
    }


def _nursery(chance: Random) -> dict[str, Any]:
    size = chance.choice([10, 12, 15, 20, 20, 25, 30, 40, 60])
    there = int(size * chance.uniform(0.3, 0.75))
    return {
        "authorised": size if chance.random() < 0.6 else {day: size - ("wed" in day) * 2 for day in HALF_DAYS},
        "overshoot": chance.choice([100, 100, 110, 115]),
        "sections": {band: size * share // 100 for band, share in zip(BANDS, (35, 40, 45), strict=True)},
        "adults": size // 5,
        "guaranteed_missing": chance.choice([0, 0, 1, 2]),
        "present": [_present(chance, number) for number in range(there)],
    }


def _present(chance: Random, number: int) -> dict[str, Any]:
    until = chance.choice([None, None, MONTHS[-1], *MONTHS])
    return {"child": number, "half_days": _whole(chance, _days(chance)), "bands": _bands(chance), "until": until}


def _request(chance: Random, names: list[str], draw: int) -> dict[str, Any]:
    near = chance.randrange(len(names))
    wishes = [
        names[(near + step) % len(names)] for step in chance.sample(range(7), chance.choice([1, 1, 2, 2, 3, 3, 4, 5]))
    ]
    start = chance.choice([0, 0, 0, 0, 1, 2, 4])
    starts = [MONTHS[start], MONTHS[start + 1]] if chance.random() < 0.2 else [MONTHS[start]]
    request: dict[str, Any] = {
        "points": 5 * chance.randint(2, 40),
        "complete_on": f"2027-0{chance.randint(1, 4)}-{chance.randint(1, 28):02}",
        "draw": draw,
        "bands": _bands(chance),
        "wishes": wishes,
        "starts": starts,
        "days": _groups(chance),
        "prefers": chance.choice(["wish", "wish", "start"]),
    }
    if chance.random() < 0.4:
        request["bonus"] = {chance.choice(wishes): chance.choice([10, 25])}
    if chance.random() < 0.05:
        request["guaranteed"] = True
    if chance.random() < 0.1:
        request["until"] = MONTHS[-1 - chance.randint(0, 4)]
    return request


def _days(chance: Random) -> list[str]:
    """Two to five days of a week: Wednesday and Friday are asked for less."""
    wanted = [day for day in WEEK if chance.random() < (0.55 if day in ("wed", "fri") else 0.9)]
    return wanted or ["mon", "tue"]


def _whole(chance: Random, days: list[str]) -> list[str]:
    halves = ("am",) if chance.random() < 0.1 else ("am", "pm")
    return [f"{day}_{half}" for day in days for half in halves]


def _groups(chance: Random) -> list[list[list[str]]]:
    days = _days(chance)
    kind = chance.random()
    if kind < 0.55:
        return [[_whole(chance, days)]]
    if kind < 0.83:  # fewer days, down to one less
        fewer = [list(some) for some in combinations(days, len(days) - 1) if some]
        return [[_whole(chance, days)], *([[_all_day(some) for some in fewer]] if fewer else [])]
    wanted = chance.choice([2, 3, 4])  # any of them
    return [[_all_day(list(some)) for some in combinations(WEEK, wanted)]]


def _all_day(days: list[str]) -> list[str]:
    return [f"{day}_{half}" for day in days for half in ("am", "pm")]


def _bands(chance: Random) -> list[str]:
    first = chance.choice([0, 0, 0, 1, 1, 2])
    turns = chance.randint(1, 11)
    return [BANDS[min(2, first + (number >= turns))] for number in range(len(MONTHS))]


def with_a_circle(round: dict[str, Any]) -> dict[str, Any]:
    """The same with two nurseries and four children of which no seating is free of claims (contract, instance 10)."""
    asked = {
        "complete_on": "2027-03-01",
        "bands": BANDS[0],
        "days": [[["mon_am"]]],
        "starts": [MONTHS[0]],
        "prefers": "wish",
    }
    four = {
        "ana": {"points": 50, "wishes": ["Y", "X"]},
        "ben": {"points": 40, "wishes": ["X"]},
        "bea": {"points": 40, "wishes": ["X"]},
        "cem": {"points": 30, "wishes": ["X", "Y"], "bonus": {"Y": 30}},
    }
    for number, one in enumerate(four.values()):
        one |= asked | {"draw": 10**9 + number}
    return round | {
        "facilities": round["facilities"] | {"X": {"authorised": 2}, "Y": {"authorised": 1}},
        "children": round["children"] | four,
        "together": [*round["together"], {"children": ["ben", "bea"], "otherwise": "nothing"}],
    }


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds of the processor for one call."""
    began = time.process_time()
    call()
    return (time.process_time() - began) * 1000


def run(size: Size) -> Iterator[Row]:
    children = size.pick(1500, 100)
    content = json.dumps(large_round(children=children, nurseries=size.pick(34, 8))).encode()
    round = parse(content)
    options = sum(
        len(one["wishes"]) * len(one["starts"]) * sum(map(len, one["days"])) for one in round["children"].values()
    )
    warm_up(lambda: parse(content))
    steps: list[list[float]] = []
    for _ in range(size.rounds):
        steps.append(_one_run(content))
    read, rule, reasons = (median(column) for column in zip(*steps, strict=True))
    whole = read + rule + reasons
    yield Row(
        f"allocation of {children} children, {options} options: read, run, all reasons",
        f"{read:.0f} + {rule:.0f} + {reasons:.0f} = {whole:.0f} ms",
        goal=f"≤ {GOAL_MS} ms",
        met=whole <= GOAL_MS,
    )
    circle = json.dumps(with_a_circle(round)).encode()
    whole = median(sum(_one_run(circle)) for _ in range(size.rounds))
    yield Row(
        "the same with a circle in it, and its further runs",
        f"{whole:.0f} ms",
        goal=f"≤ {GOAL_CIRCLE_MS} ms",
        met=whole <= GOAL_CIRCLE_MS,
    )
    of = Field(read_round(round))
    finished, contested = seat_everybody(of)
    answer = Answers(of, finished, contested).all()
    what_if = median(timed(lambda: _what_if(round, answer)) for _ in range(size.rounds))
    yield Row(
        "what-if: one lock more, who comes and who goes",
        f"{what_if:.0f} ms",
        goal=f"≤ {GOAL_WHAT_IF_MS} ms",
        met=what_if <= GOAL_WHAT_IF_MS,
    )
    wrong: list[str] = []
    counted = timed(lambda: wrong.extend(findings(round, answer)))
    yield Row(
        "the audit counts all of it again", f"{counted:.0f} ms, {len(wrong)} false", goal="nothing false", met=not wrong
    )
    habit = by_points_once(round)
    left, hours = habit.claims, habit.hours
    ours = habit.hours_of(answer)
    yield Row(
        "claims left: the rule, and by points, first free place, once",
        f"{len(contested)}; {ours:.1%} of the free hours",
        f"{left}; {hours:.1%} (habit)",
        goal="no claim, ≥ 98 % of the habit's hours",
        met=not contested and ours >= 0.98 * hours,
    )


def _one_run(content: bytes) -> list[float]:
    """Milliseconds of reading with all options, of the rule, of the reasons with the text of the answer."""
    made: dict[str, Any] = {}

    def read() -> None:
        made["of"] = Field(read_round(parse(content)))

    def rule() -> None:
        made["end"] = seat_everybody(made["of"])

    def reasons() -> None:
        as_bytes(Answers(made["of"], *made["end"]).all())

    return [timed(read), timed(rule), timed(reasons)]


def _what_if(round: dict[str, Any], answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Who would come and who would go if the commission gave the first child without a place the first it asks for."""
    without = [name for name in round["children"] if name not in answer["seats"]]
    name, lock = next(_locks_that_fit(round, without))
    of = Field(read_round(round | {"locks": {name: lock}}))
    run, contested = seat_everybody(of)
    seats = Answers(of, run, contested).all()["seats"]
    return sorted(seats.keys() - answer["seats"].keys()), sorted(answer["seats"].keys() - seats.keys())


def _locks_that_fit(round: dict[str, Any], names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    grouped = {name for group in round["together"] for name in group["children"]}
    for name in names:
        one = round["children"][name]
        if name not in grouped:
            yield (
                name,
                {
                    "facility": one["wishes"][0],
                    "start": one["starts"][0],
                    "half_days": one["days"][0][0],
                    "reason": "essai",
                },
            )
