"""Starts as the rule says them, to hold against those that the search finds in the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta


def starts_in(
    starts_at: datetime, ends_at: datetime, *, minutes: int, step: int, earliest: datetime
) -> Iterator[datetime]:
    """Starts offered inside a free stretch: every `step` minutes from its beginning, none before `earliest`."""
    start = starts_at
    while start + timedelta(minutes=minutes) <= ends_at:
        if start >= earliest:
            yield start
        start += timedelta(minutes=step)
