"""What one statement says of a private address: whether it is open, and whether anything it depends on has moved."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from booking.feeds.tokens import digest
from booking.residents.references import token_hash

#: Rises when the way calendars are put together changes.
FORMAT = "2"


@dataclass(frozen=True, slots=True)
class FeedState:
    """`latest` is when any appointment of the territory changed last (the end of an index). `account` and `roles`
    (with their dates) are what a person's right to this calendar follows from. While these and the day are the same,
    `visible_to` says the same, but for places that change hands; so the whole is asked again every hour.

    One short statement: each further table would cost more to plan than to read.
    """

    token_id: int
    feed_id: int
    revoked_at: datetime | None
    last_used_at: datetime | None
    kind: str
    mark: str
    version: str
    modified_at: datetime | None
    marked_at: datetime | None
    latest: datetime | None
    account: str | None
    roles: str

    def mark_at(self, now: datetime) -> str:
        return digest(FORMAT, timezone.localdate(now), self.latest, self.account, self.roles)


def state_of(token: str) -> FeedState | None:
    """Looked up by hash: the time it takes says nothing about how near a guess came."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [token_hash(token)])
        row = cursor.fetchone()
    return FeedState(*row) if row else None


_STANDING = """
SELECT t.id, t.feed_id, t.revoked_at, t.last_used_at, f.kind, f.mark, f.version, f.modified_at, f.marked_at,
  (SELECT a.changed_at FROM appointments_appointment a WHERE NOT (a.state = 'held') ORDER BY a.changed_at DESC LIMIT 1),
  (SELECT concat(s.is_active, s.is_superuser) FROM municipalities_staffmember s WHERE s.id = f.owner_id),
  ARRAY(SELECT r FROM municipalities_staffrole r WHERE r.staff_id = f.owner_id ORDER BY r.id)::text
FROM feeds_feedtoken t JOIN feeds_calendarfeed f ON f.id = t.feed_id
WHERE t.token_hash = %s
"""
