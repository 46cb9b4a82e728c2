"""How long the calendars of one municipality may keep the others waiting: so many seconds in a quarter of an hour.

Thirty calendars that do not answer take ten minutes of the worker, each quarter of an hour, and those of every other
town are read late. What is counted here lies in the cache: when it is lost, somebody waits a little longer once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

#: Three that do not answer at all.
SECONDS = 60.0
WINDOW = 15 * 60


def is_spent(municipality_id: int) -> bool:
    """Whether no more of its calendars are asked for now."""
    return int(cache.get(_key(municipality_id)) or 0) >= SECONDS * 1000


@contextmanager
def spending(municipality_id: int) -> Iterator[None]:
    """Counts the seconds that pass inside."""
    began = time.monotonic()
    try:
        yield
    finally:
        spent = int(1000 * (time.monotonic() - began))
        if not cache.add(_key(municipality_id), spent, timeout=WINDOW):
            try:
                cache.incr(_key(municipality_id), spent)
            except ValueError:  # it ended between the two
                cache.add(_key(municipality_id), spent, timeout=WINDOW)


def _key(municipality_id: int) -> str:
    return f"calendars:{municipality_id}"
