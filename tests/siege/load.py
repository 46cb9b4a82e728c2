"""An ordinary hour: people book and cancel, boards ask, calendars are read, mails leave. What becomes of the memory?

A process that keeps a little of each request is seen in an hour, not in a short measurement. The oracle of the drive
judges at the end as well: nobody killed anything here, so nothing may be refused either.
"""

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import psycopg
import requests
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking.feeds.actions import create_staff_feed
from municipalities.feeds import Privacy
from tests.factories.appointments import at
from tests.people import agent_of
from tests.siege.drive import PATIENCE, PatientVisitor, People, Report, Told, _judge, _nothing_due, _token, _until
from tests.simulators.service import Service, database_url
from tests.simulators.smtp_sink import smtp_sink
from tests.simulators.visitor import Unexpected
from tests.worlds import World, day_ahead, shared_calendar

#: Bookings a second, and as many cancellations once so many stand.
PACE, STANDING = 2.0, 200
#: Megabytes that a process may have, as in the benchmarks, and by how much it may grow once it is warm.
MOST = {"web": 180.0, "tasks": 200.0, "calendars": 200.0, "beat": 200.0}
GROWTH = 1.15


class Guests(People):
    """Come one after the other at a steady pace; whoever came first leaves when many stand."""

    def _live(self, who: int, luck: random.Random) -> None:
        standing: deque[tuple[PatientVisitor, str, Told]] = deque()
        began, n, every = time.monotonic(), 0, len(self.threads) / PACE
        while not self.over.wait(max(0.0, began + n * every - time.monotonic())):
            n += 1
            visitor = PatientVisitor(self.port, timeout=30)
            try:
                standing.append(self._book(visitor, f"{who:03d}{n:07d}", luck))
                if len(standing) > STANDING / len(self.threads):
                    visitor, pk, mine = standing.popleft()
                    visitor.cancel(pk)
                    mine.is_cancelled = True
                    self._count("cancelled")
            except Unexpected as refusal:
                self.report.refused[f"{refusal.step}: {refusal.status}"] += 1
            except Exception as trouble:
                self.report.wrong.append(f"{type(trouble).__name__}: {trouble}")
            finally:
                visitor.close()

    def _book(self, visitor: PatientVisitor, number: str, luck: random.Random) -> tuple[PatientVisitor, str, Told]:
        kind = self.world.type.code
        visitor.search(type=kind)
        with self.lock:
            # In turns, so that two seldom want the same place; it comes again long after it was left.
            self.places.append(self.places.pop(0))
            facility, start = self.places[-1]
        page = visitor.hold(_token(facility, start), kind)
        visitor.confirm(page, kind, number=number, email=f"{number}@mail.example")
        visitor.close()
        return visitor, page.partition("?")[0].rstrip("/").rpartition("/")[2], self._note(number, Told(start), "booked")

    def _count(self, what: str) -> None:
        with self.lock:
            self.report.done[what] += 1


class Readers:
    """Boards that ask every second whether anything is new, and programs that read calendars."""

    def __init__(self, port: int, world: World, report: Report) -> None:
        self.root, self.report, self.over = f"http://127.0.0.1:{port}", report, threading.Event()
        agent, counter = agent_of(world.facilities[0]), world.counters[0]
        _feed, token = create_staff_feed(
            kind="appointments.counter", subject_id=str(counter.pk), privacy=Privacy.FULL, by=agent
        )
        browser = Client()
        browser.force_login(agent, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
        board = f"{reverse('counter:board', args=[world.facilities[0].pk])}?jour={day_ahead().isoformat()}"
        asks = [(board, {"HX-Request": "true"}, cookie, 1.0), (f"/calendriers/{token}.ics", {}, {}, 2.0)]
        self.threads = [threading.Thread(target=self._live, args=one, daemon=True) for one in asks]

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def _live(self, path: str, headers: dict[str, str], cookies: dict[str, str], every: float) -> None:
        name, tag, n = "board" if cookies else "calendar", "", 0
        with requests.Session() as session:
            while not self.over.wait(every):
                n += 1
                # Now and then the whole page: a board that nobody touches signs its agent out after half an hour.
                asked = headers | ({"If-None-Match": tag} if tag else {}) if n % 100 else {}
                answer = session.get(self.root + path, headers=asked, cookies=cookies, timeout=30)
                tag = answer.headers.get("ETag", "")
                if answer.status_code not in (200, 304):
                    self.report.refused[f"{name}: {answer.status_code}"] += 1
                self.report.done[f"{name} {'unchanged' if answer.status_code == 304 else 'read'}"] += 1


def ordinary_day(
    folder: Path, *, seconds: float, seed: int, every: float = 600.0, say: Callable[[str], None] = print
) -> Report:
    """So many seconds of it; says what each process has at the start, `every` so many seconds, and at the end.

    Interrupted, it judges what there is.
    """
    report = Report(seed)
    world = shared_calendar(town_halls=3, counters=2, closes=at(day_ahead(), 18).time())
    with smtp_sink() as sink:
        sink.keeps_heads = True
        env = {
            "DATABASE_URL": database_url(connection.settings_dict),
            "EMAIL_BACKEND": sink.settings()["EMAIL_BACKEND"],
            "EMAIL_PORT": str(sink.port),
        }
        with Service(folder, env) as service:
            readers, guests = Readers(service.port, world, report), Guests(service.port, world, seed, report)
            address = database_url(connection.settings_dict)
            connection.close()
            service.start("valkey", "web", "tasks", "calendars", "beat")
            began = time.monotonic()
            figures: list[dict[str, float]] = []
            with readers, guests, contextlib.suppress(KeyboardInterrupt):
                while True:
                    passed = time.monotonic() - began
                    figures.append({name: service.megabytes(name) for name in MOST})
                    say(_row(passed, figures[-1], _connections(address), report))
                    if passed >= seconds:
                        break
                    time.sleep(max(0.0, min(every, seconds - passed)))
            report.seconds = time.monotonic() - began
            if not _until(_nothing_due):
                report.wrong.append("stuck: messages that are due do not leave")
        _judge(report, guests.told, world, sink)
    report.wrong += grown(figures)
    return report


def grown(figures: list[dict[str, float]]) -> list[str]:
    """Who has more than it may, or has grown since it was warm: since the second figure, where there are more."""
    warm, last = figures[min(1, len(figures) - 1)], figures[-1]
    return [
        f"memory: {name} {warm[name]:.0f} → {now:.0f} MB"
        for name, now in last.items()
        if now > MOST[name] or now > warm[name] * GROWTH
    ]


def _row(passed: float, figures: dict[str, float], connections: int, report: Report) -> str:
    memory = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in figures.items())
    done = ", ".join(f"{number} {name}" for name, number in sorted(report.done.items()))
    return f"| {passed / 60:4.0f} min | MB: {memory} | {connections} connections | {done} |"


def _connections(address: str) -> int:
    with psycopg.connect(address) as server:
        found = server.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    return int(found[0]) - 1 if found else 0
