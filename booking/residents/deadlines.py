"""How long a waiting person has to answer: shorter as the hour nears, and never while people sleep. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: An answer counts the hours of the day in which people read their messages.
DAY_BEGINS, DAY_ENDS = time(8), time(21)
#: From this long before the start on, a freed start is no longer offered one by one.
TOO_LATE = timedelta(minutes=45)

#: `(time left until the start, time to answer)`, the first that applies.
STEPS = (
    (timedelta(days=7), timedelta(hours=12)),
    (timedelta(days=2), timedelta(hours=4)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(hours=4), timedelta(minutes=20)),
    (TOO_LATE, timedelta(minutes=10)),
)


#: For what lasts a season: two waking days, or one where it begins soon, then as above.
LONG_STEPS = (
    (timedelta(days=21), timedelta(hours=48)),
    (timedelta(days=7), timedelta(hours=24)),
    *STEPS[1:],
)


def answer_by(
    now: datetime, starts_at: datetime, zone: ZoneInfo, steps: Sequence[tuple[timedelta, timedelta]] = STEPS
) -> datetime | None:
    """Until when one person may answer; None when it is too late to ask anybody. Aware in, aware out."""
    left = starts_at - now
    for at_least, allowed in steps:
        if left >= at_least:
            deadline = _waking(now, allowed, zone)
            latest = starts_at - TOO_LATE / 2
            return min(deadline, latest)
    return None


def _waking(now: datetime, allowed: timedelta, zone: ZoneInfo) -> datetime:
    """`allowed` of waking time after `now`."""
    at, left = now.astimezone(zone), allowed
    while True:
        begins = datetime.combine(at.date(), DAY_BEGINS, zone)
        ends = datetime.combine(at.date(), DAY_ENDS, zone)
        at = max(at, begins)
        if at < ends:
            if at + left <= ends:
                return (at + left).astimezone(now.tzinfo)
            left -= ends - at
        at = datetime.combine(at.date() + timedelta(days=1), DAY_BEGINS, zone)
