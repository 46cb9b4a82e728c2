"""Bookings over HTTP: two gunicorn workers of four threads, many people, CSRF, validation and outbox included."""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import psutil

from tests.bench import database
from tests.bench.effort import seconds, server_seconds
from tests.bench.measure import Row, Size, percentile
from tests.bench.search import laid_out
from tests.bench.territory import Territory, empty_days, m2a
from tests.simulators.service import Service
from tests.simulators.visitor import TROUBLE, Unexpected, Visitor

DATABASE = "bench_web"
PEOPLE = 16


def run(size: Size) -> Iterator[Row]:
    # Through the server itself: whatever stands in between belongs to the measurement.
    with laid_out(DATABASE, m2a) as town, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        env = {"DATABASE_URL": database.address_of(DATABASE), "MESSAGE_LEASE_SECONDS": "120", "WEB_THREADS": "4"}
        with Service(Path(folder), env) as service:
            service.start("valkey", "web")
            crowd = Crowd(town, service.port)
            crowd.go(size.pick(5, 1))
            crowd.times.clear()
            with Effort(service) as effort:
                turns = [crowd.go(size.pick(8, 2)) for _ in range(size.rounds)]
            # On a quick machine the free times end before the turns do: nobody books in those that are left.
            rates = sorted(rate for rate in turns if rate)
            rate = rates[len(rates) // 2]
            yield Row(
                f"HTTP booking: hold, confirm; gunicorn 2×4, {PEOPLE} people",
                f"{rate:.0f}/s",
                f"request p95 {percentile(crowd.times, 95):.0f} ms, refused {dict(crowd.trouble) or 0}",
                goal="≥ 250/s",
                met=rate >= 250,
            )
            yield Row("processor time of one such booking, of two cores", effort.each(len(crowd.times)))
            yield _memory("web worker after the load", service.megabytes("web"), 180)
            service.start("worker", "beat")
            time.sleep(size.pick(20, 6))
            yield _memory("Celery worker while it empties the outbox", service.megabytes("worker"), 200)


def _memory(work: str, megabytes: float, goal: int) -> Row:
    return Row(f"memory: {work}", f"{megabytes:.0f} MB", goal=f"≤ {goal} MB", met=megabytes <= goal)


class Effort:
    """Processor time by who takes it: the people asking share the machine with those who answer."""

    def __init__(self, service: Service) -> None:
        self.web = psutil.Process(service.processes["web"].pid)
        self.spent: dict[str, float] = {}

    def __enter__(self) -> "Effort":
        self.before = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        self.spent = {name: now - self.before[name] for name, now in self._now().items()}

    def each(self, bookings: int) -> str:
        return ", ".join(f"{name} {1000 * spent / max(1, bookings):.1f} ms" for name, spent in self.spent.items())

    def _now(self) -> dict[str, float]:
        return {
            "web": seconds(self.web.children()),
            "PostgreSQL": server_seconds(DATABASE),
            "the people": time.process_time(),
        }


class Crowd:
    """People who search once and then book one start after another."""

    def __init__(self, town: Territory, port: int) -> None:
        self.town = town
        self.people = [Visitor(port) for _ in range(PEOPLE)]
        for person in self.people:
            person.search(type=town.kind.code)
        self.places = iter(empty_days(town, only=town.counters))
        self.times: list[float] = []
        self.trouble: Counter[str] = Counter()
        self.lock = threading.Lock()

    def go(self, seconds: float) -> float:
        """Bookings per second."""
        booked = [0] * PEOPLE
        began = time.monotonic()
        ends = began + seconds
        threads = [threading.Thread(target=self._book, args=(n, ends, booked)) for n in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(booked) / (time.monotonic() - began)

    def _book(self, number: int, ends: float, booked: list[int]) -> None:
        person, kind = self.people[number], self.town.kind.code
        while time.monotonic() < ends:
            with self.lock:
                place = next(self.places, None)
            if place is None:
                self.trouble["no place left"] += 1
                return
            begun = time.perf_counter()
            try:
                person.book(f"{place[1]}-{place[3].astimezone(UTC):%Y%m%d%H%M}", kind)
            except Unexpected as answer:
                self.trouble[f"{answer.step} {answer.status}"] += 1
            except TROUBLE as error:
                self.trouble[type(error).__name__] += 1
            else:
                booked[number] += 1
                self.times.append((time.perf_counter() - begun) * 500)
