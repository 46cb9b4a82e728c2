"""When a reminder is due."""

from datetime import datetime, time, timedelta

from municipalities.zone import ZONE


def due_before(at: datetime, days: int, hour: time) -> datetime:
    """That hour on the wall so many days before: clock changes in between do not shift it."""
    day = at.astimezone(ZONE).date() - timedelta(days=days)
    return datetime.combine(day, hour, tzinfo=ZONE)
