"""Weeks and stretches of time as plain values. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

#: `[start, end)`
Span = tuple[datetime, datetime]


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap, as one; in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of `spans` outside of all `holes`, in order."""
    left = sorted(span for span in spans if span[0] < span[1])
    for hole_start, hole_end in sorted(holes):
        if hole_start >= hole_end:
            continue
        pieces: list[Span] = []
        for start, end in left:
            if hole_end <= start or end <= hole_start:
                pieces.append((start, end))
                continue
            if start < hole_start:
                pieces.append((start, hole_start))
            if hole_end < end:
                pieces.append((hole_end, end))
        left = pieces
    return left
