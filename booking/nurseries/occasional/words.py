"""A dated half-day as one says it."""

from datetime import date

from booking.nurseries.enums import Half
from municipalities.wording import say_day


def say_half(day: date, half: str) -> str:
    """« jeudi 3 décembre, matin »."""
    return f"{say_day(day)}, {Half(half).label}"
