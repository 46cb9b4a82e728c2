"""Who is let in: one number for each opening, raised by whoever asks, at most once a second, and remembered by each
process for as long.

No clock of ours is needed, no Valkey and no worker. A poll costs no query but in the one request a second that looks.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from booking.activities.drawing import pace
from booking.activities.enrolling.offers import places_taken
from booking.activities.models import Opening
from booking.activities.opening.draw import draw_once
from booking.activities.opening.messages import call_near
from booking.activities.seasons.offered import offered
from booking.activities.seasons.openings import LASTS
from municipalities.database.transactions import patient_transaction

SECOND = timedelta(seconds=1)
#: A statement that raises the number within so many seconds costs nobody anything.
QUICK = 0.05
#: Where nobody has asked for a while, so many seconds are made up for at once.
MADE_UP = 10
#: People are called when those before them take no more than so many seconds.
NEAR_SECONDS = 60

#: Whoever finds it held leaves it to who holds it. No further than a second's worth beyond who has a ticket: whoever
#: comes to a quiet opening waits for nobody, and a crowd that comes late does not pass all at once.
RAISE_SQL = """
UPDATE activities_opening
   SET admitted = greatest(admitted, least(last_rank + %(rate)s, admitted + floor(
           %(step)s * least(extract(epoch FROM %(now)s - admitted_at), %(most)s))::integer)),
       admitted_at = %(now)s
 WHERE id = (SELECT id FROM activities_opening WHERE id = %(opening)s AND drawn_at IS NOT NULL
                AND admitted_at <= %(ago)s AND admitted < last_rank + %(rate)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """An opening as this process last saw it. `left` are the places of its groups that nobody has."""

    opens_at: datetime
    is_drawn: bool = False
    is_moved: bool = False
    admitted: int = 0
    last_rank: int = 0
    left: Mapping[int, int] = field(default_factory=dict)

    def is_in(self, rank: int | None) -> bool:
        return rank is not None and rank <= self.admitted

    def ahead(self, rank: int) -> int:
        """How many families are let in before this rank."""
        return max(0, rank - self.admitted - 1)


class _Watch:
    """What one process knows of one opening; one of its threads looks, the others are told what it saw last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at: datetime | None = None
        self.seen: Reading | None = None
        #: Seconds that the last raising took.
        self.spent = 0.0


_watches: dict[int, _Watch] = {}


def look(opening: int, *, now: datetime | None = None) -> Reading:
    """The opening as it was at most a second ago. Whoever looks after the minute draws, raises and calls.

    Raises Opening.DoesNotExist.
    """
    now = now or timezone.now()
    watch = _watches.setdefault(opening, _Watch())
    if watch.seen is not None and watch.at is not None and abs(now - watch.at) < SECOND:
        return watch.seen
    if not watch.lock.acquire(blocking=watch.seen is None):
        assert watch.seen is not None
        return watch.seen
    try:
        if watch.seen is None or watch.at is None or abs(now - watch.at) >= SECOND:
            watch.seen = _ask(opening, watch, now)
            watch.at = now
        return watch.seen
    finally:
        watch.lock.release()


def forget() -> None:
    """What this process knows of openings: for tests, and for whoever changes databases."""
    _watches.clear()


def _ask(opening: int, watch: _Watch, now: datetime) -> Reading:
    row = Opening.objects.get(pk=opening)
    if row.moved_to_id is not None or row.opens_at > now:
        return Reading(row.opens_at, is_moved=row.moved_to_id is not None, left=_left(row, now))
    if row.drawn_at is None:
        with patient_transaction():
            row = draw_once(opening, now=now)
    rate = settings.OPENING_RATE
    if row.admitted < row.last_rank + rate:
        _raise(opening, watch, rate, now)
        row.refresh_from_db()
    if now - row.opens_at < LASTS:
        # Also once everybody is let in: those who have closed the page may not have been called yet.
        call_near(row, up_to=row.admitted + rate * NEAR_SECONDS, most=5 * rate, now=now)
    return Reading(row.opens_at, is_drawn=True, admitted=row.admitted, last_rank=row.last_rank, left=_left(row, now))


def _raise(opening: int, watch: _Watch, rate: int, now: datetime) -> None:
    said: dict[str, Any] = {
        "opening": opening,
        "rate": rate,
        "step": pace(rate, watch.spent, quick=QUICK),
        "now": now,
        "ago": now - SECOND,
        "most": MADE_UP,
    }
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(RAISE_SQL, said)
    watch.spent = time.perf_counter() - began


def _left(opening: Opening, now: datetime) -> dict[int, int]:
    """By group of the season, as the offer says it."""
    taken = places_taken(now)
    groups = [group for group in offered().values() if group.season_id == opening.season_id]
    return {group.pk: max(group.capacity - taken.get(group.pk, 0), 0) for group in groups}


def tend(*, now: datetime | None = None) -> int:
    """Look at every opening at which somebody waits, where nobody does so by asking: so that those who have closed the
    page are called. How many.
    """
    now = now or timezone.now()
    waiting = Opening.objects.filter(opens_at__lte=now, opens_at__gt=now - LASTS, moved_to=None)
    found = list(waiting.values_list("pk", flat=True))
    for opening in found:
        look(opening, now=now)
    return len(found)
