"""Hold and confirm in process, at one and eight connections, beside two bare statements that do the same durable work.

Eight connections are two processes of four threads, as the web server runs them; the floor is measured in the same way.
"""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from booking.appointments.free_time import gaps
from booking.appointments.models import Counter
from tests.bench import database
from tests.bench.crew import Crew, Done, Place
from tests.bench.measure import Row, Size, take_turns
from tests.bench.search import laid_out
from tests.bench.territory import Territory, empty_days, m2a

DATABASE = "bench_booking"


def run(size: Size) -> Iterator[Row]:
    with laid_out(DATABASE, m2a) as town:
        for name, processes, threads, hot in (
            ("one connection", 1, 1, False),
            ("8 connections", 2, 4, False),
            ("8 connections, one counter's days", 2, 4, True),
        ):
            each = size.pick(300, 6) if processes == 1 else size.pick(120, 3)
            clear()
            with Crew(database.address_of(DATABASE), processes, threads) as crew:
                shares = Shares(town, processes * threads, each, hot=hot)
                done: dict[str, list[Done]] = {"action": [], "floor": []}

                def cost(what: str, crew: Crew = crew, shares: Shares = shares, done: Any = done) -> float:
                    done[what].append(crew.work(what, shares.next()))
                    return done[what][-1].cost  # type: ignore[no-any-return]

                turns = take_turns(size.rounds, lambda cost=cost: cost("action"), lambda cost=cost: cost("floor"))
            rates = {what: median(one.rate for one in each) for what, each in done.items()}
            yield Row(
                f"booking action (hold + confirm) in process, {name} / two bare statements that do the same",
                f"{turns.thing:.2f} ms of processor ({rates['action']:.0f}/s)",
                f"{turns.floor:.2f} ms ({rates['floor']:.0f}/s)",
                f"{turns.ratio:.1f}×",
                "≤ 1.6×",
                turns.ratio <= 1.6,
            )
        yield _no_overlap()


class Shares:
    """Fresh starts for every turn, dealt to the threads: each its own counters and days, or all the same few days."""

    def __init__(self, town: Territory, hands: int, each: int, *, hot: bool) -> None:
        self.hands, self.each = hands, each
        self.places = empty_days(town, only=_alone(town) if hot else town.counters)
        self.used = 0

    def next(self) -> list[list[Place]]:
        wanted = self.hands * self.each
        if self.used + wanted > len(self.places):
            # Everything has been booked once: give it all back, and begin again.
            clear()
            self.used = 0
        chosen = self.places[self.used : self.used + wanted]
        self.used += wanted
        return [chosen[hand :: self.hands] for hand in range(self.hands)]


def _alone(town: Territory) -> list[Counter]:
    """The counter of a town hall that has no other."""
    at = [counter.facility_id for counter in town.counters]
    return [next(counter for counter in town.counters if at.count(counter.facility_id) == 1)]


def clear() -> None:
    """Nobody comes from next week on: every turn finds the same wide, empty calendar."""
    from_next_week = timezone.now() + timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE appointments_appointmentperson, notifications_message CASCADE")
        cursor.execute("DELETE FROM appointments_appointment WHERE starts_at > %s", [from_next_week])
    gaps.rebuild_ahead(gaps.counters_with_place())


def _no_overlap() -> Row:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_appointment a JOIN appointments_appointment b"
            " ON a.counter_id = b.counter_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
        )
        overlaps = cursor.fetchone()[0]
    return Row("overlapping appointments after all of it", str(overlaps), goal="0", met=overlaps == 0)
