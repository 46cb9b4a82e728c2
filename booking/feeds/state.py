"""What one statement says of a private address: whether it is open, and whether anything it depends on has moved."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.utils import timezone

from booking.feeds.tokens import digest
from booking.residents.references import token_hash
from municipalities import services
from municipalities.database.prepared import prepared_cursor

#: Rises when the way calendars are put together changes.
FORMAT = "3"
#: What a transaction that began before a calendar was counted may still have to commit, in seconds.
SETTLED = 60


@dataclass(frozen=True, slots=True)
class FeedState:
    """`has_changed` says whether anything the feed shows was changed, or left its places, since it was counted: each
    kind of calendar tells how to know (`FeedKind.changed`).
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
    is_staffs: bool
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
        cursor.execute(_statement(), [token_hash(token)])
        row = cursor.fetchone()
    return FeedState(*row) if row else None


@cache
def _statement() -> str:
    kinds = [f"WHEN '{kind.name}' THEN {kind.changed}" for kind in services.feed_kinds() if kind.changed]
    has_changed = f"CASE f.kind {' '.join(kinds)} ELSE true END" if kinds else "true"
    return f"""
SELECT t.id, t.feed_id, t.revoked_at, t.last_used_at, f.kind, f.owner_id IS NOT NULL, f.mark, f.version, f.modified_at,
  f.marked_at,
  {has_changed},
  (SELECT concat(s.is_active, s.is_superuser, s.language) FROM municipalities_staffmember s WHERE s.id = f.owner_id),
  ARRAY(SELECT r FROM municipalities_staffrole r WHERE r.staff_id = f.owner_id ORDER BY r.id)::text
FROM feeds_feedtoken t
JOIN (SELECT *, marked_at - interval '{SETTLED} seconds' AS since FROM feeds_calendarfeed) f ON f.id = t.feed_id
WHERE t.token_hash = %s
"""
