"""What is left in single sessions: unsold numbers and freed seats, session by session, with what one costs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from booking.activities.enrolling.eligibility import sold_singly_from
from booking.activities.pricing import Unit
from booking.activities.seasons.offered import Offered, offered
from municipalities.zone import ZONE

#: So far ahead places are sold one by one.
AHEAD = timedelta(days=14)

#: By session of these groups how many of its places nobody has; a hold whose time is over is as good as free.
LEFT_SQL = """
SELECT s.id, s.group_id, s.starts_at, s.ends_at, g.capacity - count(t.id) FILTER (
           WHERE e.held_until IS NULL OR e.held_until > %(now)s OR e.state = 'offered')
  FROM activities_session s
  JOIN activities_group g ON g.id = s.group_id
  LEFT JOIN activities_seat t ON t.session_id = s.id AND t.freed_at IS NULL
  LEFT JOIN activities_enrolment e ON e.id = t.enrolment_id
 WHERE s.called_off_at IS NULL AND s.starts_at > %(now)s AND s.starts_at <= %(until)s AND s.group_id = ANY(%(groups)s)
 GROUP BY s.id, g.capacity
HAVING g.capacity > count(t.id) FILTER (
           WHERE e.held_until IS NULL OR e.held_until > %(now)s OR e.state = 'offered')
 ORDER BY s.starts_at, s.id
"""


@dataclass(frozen=True, slots=True)
class Remaining:
    """`left` places of one session that somebody may still take."""

    session: UUID
    group: int
    starts_at: datetime
    ends_at: datetime
    left: int


def remaining(*, now: datetime, until: datetime, groups: Collection[int]) -> list[Remaining]:
    """In order of time. One query."""
    if not groups:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LEFT_SQL, {"now": now, "until": until, "groups": list(groups)})
        return [Remaining(*row) for row in cursor.fetchall()]


def sold_singly(now: datetime) -> Mapping[int, Offered]:
    """Groups whose sessions are sold one by one now: open to all, with a price for one session."""
    return {pk: group for pk, group in offered().items() if _is_sold_singly(group, now)}


def _is_sold_singly(group: Offered, now: datetime) -> bool:
    since = sold_singly_from(group)
    if since is None or since > now or group.next_meeting(now) is None:
        return False
    return group.price(now.astimezone(ZONE).date(), Unit.SESSION) is not None


def singles_ahead(now: datetime, groups: Mapping[int, Offered] | None = None) -> Sequence[Remaining]:
    """Every single place of the next fourteen days. One query."""
    found = sold_singly(now)
    wanted = found if groups is None else {pk: one for pk, one in found.items() if pk in groups}
    return remaining(now=now, until=now + AHEAD, groups=wanted)
