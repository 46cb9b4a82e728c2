"""The search: `availability.find` in process, the page as Django serves it, and the database's part beside bare SQL."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from typing import Any

import psycopg
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.free_time.visibility import Viewer
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from tests.bench import database, floors
from tests.bench.measure import Row, Size, percentile, sql_time, take_turns, timed, warm_up
from tests.bench.territory import HORIZON, Territory, large, m2a

TOWN, REGION = "bench_town", "bench_region"


def run(size: Size) -> Iterator[Row]:
    with laid_out(TOWN, lambda: m2a(people=False)) as town:
        yield from _one_territory(town, size)


def run_large(size: Size) -> Iterator[Row]:
    facilities, counters = size.pick(500, 20), size.pick(2000, 60)
    wanted = size.pick(int(size.million * 1_000_000), 40_000)
    with (
        laid_out(TOWN, lambda: m2a(people=False)) as town,
        laid_out(REGION, lambda: large(facilities=facilities, counters=counters, appointments=wanted)) as region,
    ):
        yield from _two_territories(town, region, size)


@contextmanager
def laid_out(name: str, build: Any) -> Iterator[Territory]:
    with database.migrated(name):
        yield build()


def _searches(territory: Territory) -> Any:
    """Residents of one town after another, with and without wishes."""
    asks = []
    for number, home in enumerate(territory.homes[:: max(1, len(territory.homes) // 39)]):
        wishes: dict[str, Any] = [{}, {"people": 2}, {"sort": "nearest"}, {"weekdays": frozenset({2})}][number % 4]
        asks.append(Search(territory.kind, viewer=Viewer.resident(home), **wishes))
    return cycle(asks)


def _one_territory(town: Territory, size: Size) -> Iterator[Row]:
    times, sql, statements = _find_times(_searches(town), size.pick(200, 5))
    yield Row(
        "search: availability.find, 39 municipalities, 17 counters, 90 days",
        f"p50 {statistics.median(times):.1f} ms, p95 {percentile(times, 95):.1f} ms",
        f"{statements} statements, {statistics.median(sql):.1f} ms of it",
    )
    yield _page(town, size, statistics.median(times))
    with psycopg.connect(database.address_of(TOWN), autocommit=True) as bare:
        bare.prepare_threshold = 0
        yield from _against_bare_sql(town, bare, size)


def _find_times(searches: Any, count: int) -> tuple[list[float], list[float], int]:
    warm_up(lambda: find(next(searches)), 5)
    times, sql, statements = [], [], []
    for _ in range(count):
        with sql_time() as clock:
            times.append(timed(lambda: find(next(searches))))
        sql.append(clock.spent)
        statements.append(clock.statements)
    return times, sql, round(statistics.median(statements))


def _page(town: Territory, size: Size, alone: float) -> Row:
    client = Client()
    address = reverse("appointments:search")
    homes = cycle(town.homes)

    def get() -> None:
        answer = client.get(address, {"type": town.kind.code, "commune": next(homes).slug})
        assert answer.status_code == 200, answer.status_code

    warm_up(get, 5)
    times = [timed(get) for _ in range(size.pick(200, 5))]
    p95 = percentile(times, 95)
    half = statistics.median(times)
    return Row(
        "search page in Django / availability.find",
        f"p50 {half:.1f} ms, p95 {p95:.1f} ms",
        f"p50 {alone:.1f} ms",
        f"{half / alone:.1f}×",
        "≤ 3×, p95 ≤ 20 ms",
        half <= 3 * alone and p95 <= 20,
    )


def _against_bare_sql(town: Territory, bare: psycopg.Connection[Any], size: Size) -> Iterator[Row]:
    now, today = timezone.now(), timezone.localdate()
    values = {
        "facilities": [facility.pk for facility in town.facilities],
        "now": now + timedelta(hours=2),
        "first": today,
        "last": today + timedelta(days=HORIZON),
        "day": today + timedelta(days=7),
    }

    def once(*statements: str) -> None:
        for statement in statements:
            bare.execute(statement, values).fetchall()

    searches = _searches(town)
    count = size.pick(100, 3)

    def ours() -> float:
        spent = []
        for _ in range(count):
            with sql_time() as clock:
                find(next(searches))
            spent.append(clock.spent)
        return statistics.median(spent)

    def floor_of(*statements: str) -> float:
        return statistics.median([timed(lambda: once(*statements)) for _ in range(count)])

    whole = take_turns(size.rounds, ours, lambda: floor_of(floors.FIRST_STARTS, floors.DAYS, floors.ONE_DAY))
    yield Row(
        "search: SQL of the whole answer / bare SQL for starts, days, one day",
        f"{whole.thing:.2f} ms",
        f"{whole.floor:.2f} ms",
        f"{whole.ratio:.1f}×",
        "≤ 3×",
        whole.ratio <= 3,
    )
    starts = take_turns(size.rounds, lambda: _first_only(town, count), lambda: floor_of(floors.FIRST_STARTS))
    yield Row(
        "search: SQL of the first starts alone / bare SQL for the same",
        f"{starts.thing:.2f} ms",
        f"{starts.floor:.2f} ms",
        f"{starts.ratio:.1f}×",
        "≤ 3×",
        starts.ratio <= 3,
    )


def _first_only(town: Territory, count: int) -> float:
    from booking.appointments.search.availability import _Finder

    finder = _Finder(Search(town.kind, limit=20), timezone.now())
    spent = []
    for _ in range(count):
        with sql_time() as clock:
            finder.first_starts(finder.free_time(most_days=1))
        spent.append(clock.spent)
    return statistics.median(spent)


def _two_territories(town: Territory, region: Territory, size: Size) -> Iterator[Row]:
    count = size.pick(60, 3)
    detail: dict[str, tuple[float, float]] = {}

    def median_in(name: str, territory: Territory) -> float:
        database.use(name)
        times, sql, _ = _find_times(_searches(territory), count)
        detail[name] = (percentile(times, 95), statistics.median(sql))
        return statistics.median(times)

    began = time.perf_counter()
    turns = take_turns(size.rounds, lambda: median_in(REGION, region), lambda: median_in(TOWN, town))
    assert time.perf_counter() > began
    yield Row(
        f"search: {len(region.facilities)} facilities, {len(region.counters)} counters,"
        f" {region.appointments / 1e6:.1f} M appointments / one territory",
        f"p50 {turns.thing:.1f} ms (p95 {detail[REGION][0]:.1f}, SQL {detail[REGION][1]:.1f})",
        f"p50 {turns.floor:.1f} ms (p95 {detail[TOWN][0]:.1f}, SQL {detail[TOWN][1]:.1f})",
        f"{turns.ratio:.2f}×",
        "≤ 1.5×",
        turns.ratio <= 1.5,
    )
