"""Taking turns, medians, and the table."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections

from config.memory import settle


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where there is no goal, only something to know."""

    work: str
    figure: str
    floor: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Size:
    """How much is done. Quick runs show that the benchmarks still work; their figures mean nothing."""

    rounds: int = 5
    quick: bool = False
    million: float = 5.0
    last_place: int = 10_000

    def pick(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True)
class Turns:
    thing: float
    floor: float
    ratio: float


def take_turns(rounds: int, thing: Callable[[], float], floor: Callable[[], float]) -> Turns:
    """Measure both in turns, beginning with the other one each round. `ratio` is thing divided by floor."""
    things, floors = [], []
    for number in range(rounds):
        for first in (True, False):
            if first == (number % 2 == 0):
                things.append(thing())
            else:
                floors.append(floor())
    ratios = [a / b for a, b in zip(things, floors, strict=True)]
    return Turns(statistics.median(things), statistics.median(floors), statistics.median(ratios))


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def warm_up(call: Callable[[], Any], times: int = 1) -> None:
    """Run it before it is measured; then what is loaded is put aside, as web servers and workers do when they start."""
    for _ in range(times):
        call()
    settle()


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


class SqlTime:
    """Milliseconds spent waiting for the database, and how many statements there were."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.statements = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.spent += (time.perf_counter() - began) * 1000
            self.statements += 1


@contextmanager
def sql_time() -> Iterator[SqlTime]:
    clock = SqlTime()
    with connections["default"].execute_wrapper(clock):
        yield clock


def as_text(rows: Sequence[Row]) -> str:
    lines = [("work", "figure", "floor", "ratio", "goal", "met?")]
    lines += [(r.work, r.figure, r.floor, r.ratio, r.goal, _met(r.met)) for r in rows]
    widths = [max(len(line[n]) for line in lines) for n in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def as_markdown(rows: Sequence[Row]) -> str:
    lines = ["| work | figure | floor | ratio | goal | met? |", "|---|---|---|---|---|---|"]
    lines += [f"| {r.work} | {r.figure} | {r.floor} | {r.ratio} | {r.goal} | {_met(r.met)} |" for r in rows]
    return "\n".join(lines)


def _met(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "no"
