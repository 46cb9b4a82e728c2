"""K people on the last free place, round after round: exactly one has it, and no round without one."""

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from booking.appointments.bookings.holds import hold_slot
from booking.appointments.exceptions import SlotTaken
from booking.appointments.free_time import gaps
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, FreeGap
from tests.bench.measure import Row, Size, timed
from tests.bench.search import laid_out
from tests.bench.territory import Territory, empty_days, m2a

PEOPLE = 8


def run(size: Size) -> Iterator[Row]:
    rounds = size.pick(size.last_place, 50)
    with laid_out("bench_last_place", m2a) as town:
        game = Game(town)
        spent = timed(lambda: game.play(rounds))
        single = game.winners[1]
        yield Row(
            f"{PEOPLE} people on the last place: rounds with exactly one winner",
            f"{single:,} of {rounds:,} ({rounds / spent * 1000:.0f} rounds/s)",
            f"without a winner {game.winners[0]}, other refusals {dict(game.strange) or 0}",
            goal="all",
            met=single == rounds and not game.strange,
        )


class Game:
    """Each round narrows one free half-day of one counter to a single start, and lets everybody go for it at once."""

    def __init__(self, town: Territory) -> None:
        self.town = town
        at = [counter.facility_id for counter in town.counters]
        alone = [counter for counter in town.counters if at.count(counter.facility_id) == 1]
        self.places = empty_days(town, only=alone)
        self.facilities = {facility.pk: facility for facility in town.facilities}
        self.winners: Counter[int] = Counter()
        self.strange: Counter[str] = Counter()
        self.outcomes: list[Any] = [None] * PEOPLE
        self.start = threading.Barrier(PEOPLE + 1)
        self.end = threading.Barrier(PEOPLE + 1)
        self.place: tuple[int, datetime] | None = None

    def play(self, rounds: int) -> None:
        threads = [threading.Thread(target=self._person, args=(n,), daemon=True) for n in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for number in range(rounds):
            _type, facility, counter, begins, ends = self.places[number % len(self.places)]
            day = begins.date()
            # The last place: one start, and nothing else free at this town hall on that day.
            kept = list(FreeGap.objects.filter(counter=counter, day=day))
            FreeGap.objects.filter(counter=counter, day=day).delete()
            FreeGap.objects.create(
                counter_id=counter, facility_id=facility, day=day, starts_at=begins, ends_at=ends, audience=0
            )
            self.place = facility, begins
            self.start.wait(30)
            self.end.wait(30)
            won = [outcome for outcome in self.outcomes if isinstance(outcome, Appointment)]
            self.winners[len(won)] += 1
            others = (outcome for outcome in self.outcomes if not isinstance(outcome, (Appointment, SlotTaken)))
            self.strange.update(type(outcome).__name__ for outcome in others)
            Appointment.objects.filter(pk__in=[hold.pk for hold in won]).delete()
            FreeGap.objects.filter(counter=counter, day=day).delete()
            FreeGap.objects.bulk_create(kept)
        self.place = None
        self.start.wait(30)
        for thread in threads:
            thread.join(10)
        counters = list(gaps.counters_with_place().filter(pk__in={place[2] for place in self.places}))
        assert not gaps.outside(counters)

    def _person(self, number: int) -> None:
        from django.db import connections

        try:
            while True:
                self.start.wait(60)
                if self.place is None:
                    return
                facility, begins = self.place
                name = secrets.token_hex(8)
                try:
                    self.outcomes[number] = hold_slot(
                        type=self.town.kind,
                        people=1,
                        facility=self.facilities[facility],
                        starts_at=begins,
                        viewer=Viewer.resident(),
                        browser=name,
                        address=name,
                    )
                except Exception as error:
                    self.outcomes[number] = error
                self.end.wait(60)
        finally:
            connections.close_all()
