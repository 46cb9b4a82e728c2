"""What one statement says of a private address: whether it is open, and whether anything it depends on has moved."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from booking.feeds.tokens import digest
from booking.residents.references import token_hash
from municipalities.database.prepared import prepared_cursor

#: Rises when the way calendars are put together changes.
FORMAT = "3"
#: What a transaction that began before a calendar was counted may still have to commit, in seconds.
SETTLED = 60


@dataclass(frozen=True, slots=True)
class FeedState:
    """`has_changed` says whether any appointment of the feed's places was changed, or left them, since it was counted.
    `account` and `roles` (with their dates) are what a person's right to this calendar follows from. While these and
    the day are the same, `visible_to` says the same, but for places that change hands; so the whole is asked again
    every hour.

    One statement, planned once per connection: planning it costs more than running it.
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
    has_changed: bool
    account: str | None
    roles: str

    def mark_at(self, now: datetime) -> str:
        return digest(FORMAT, timezone.localdate(now), self.account, self.roles)


def state_of(token: str) -> FeedState | None:
    """Looked up by hash: the time it takes says nothing about how near a guess came."""
    with prepared_cursor() as cursor:
        cursor.execute(_STANDING, [token_hash(token)])
        row = cursor.fetchone()
    return FeedState(*row) if row else None


_STANDING = f"""
SELECT t.id, t.feed_id, t.revoked_at, t.last_used_at, f.kind, f.mark, f.version, f.modified_at, f.marked_at,
  EXISTS (
    SELECT FROM appointments_appointment a
    WHERE NOT (a.state = 'held') AND a.facility_id = ANY (f.places)
      AND a.changed_at > f.marked_at - interval '{SETTLED} seconds'
      AND (f.counter_id IS NULL OR a.counter_id = f.counter_id)
  ) OR EXISTS (
    SELECT FROM feeds_departure d
    WHERE d.facility_id = ANY (f.places) AND d.left_at > f.marked_at - interval '{SETTLED} seconds'
  ),
  (SELECT concat(s.is_active, s.is_superuser, s.language) FROM municipalities_staffmember s WHERE s.id = f.owner_id),
  ARRAY(SELECT r FROM municipalities_staffrole r WHERE r.staff_id = f.owner_id ORDER BY r.id)::text
FROM feeds_feedtoken t JOIN feeds_calendarfeed f ON f.id = t.feed_id
WHERE t.token_hash = %s
"""
