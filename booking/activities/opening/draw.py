"""The ranks drawn, once, by whoever asks first after the minute; and drawn again by whoever doubts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from booking.activities.drawing import hash_of, in_order
from booking.activities.models import Opening, Ticket

#: As `drawing.in_order`, in one statement. The opening is held, so that no ticket is taken meanwhile.
DRAW_SQL = """
WITH lots AS (
    SELECT id, row_number() OVER (ORDER BY sha256(convert_to(%(seed)s || ':' || id::text, 'UTF8')), id) AS rank
      FROM activities_ticket WHERE opening_id = %(opening)s
), given AS (
    UPDATE activities_ticket t SET rank = lots.rank FROM lots WHERE t.id = lots.id RETURNING 1
)
UPDATE activities_opening
   SET drawn_at = %(now)s, admitted_at = %(before)s,
       drawn = (SELECT count(*) FROM given), last_rank = (SELECT count(*) FROM given)
 WHERE id = %(opening)s
"""


def draw_once(opening: int, *, now: datetime) -> Opening:
    """The opening, held to the end of the caller's transaction, with its ranks drawn if its minute has come.

    One of those who come at the same instant draws; the others wait and find it done.
    """
    held = Opening.objects.select_for_update().get(pk=opening)
    if held.drawn_at is None and held.opens_at <= now and held.moved_to_id is None:
        said: dict[str, Any] = {"seed": held.seed, "opening": held.pk, "now": now, "before": now - timedelta(seconds=1)}
        with connection.cursor() as cursor:
            cursor.execute(DRAW_SQL, said)
        held.refresh_from_db()
    return held


@dataclass(frozen=True)
class Verdict:
    """What a second draw says of the first: `wrong` are tickets whose rank is another one, `gone` those of which
    nothing is left.
    """

    drawn: int
    later: int
    hash_is_right: bool
    wrong: int
    gone: int

    @property
    def is_right(self) -> bool:
        return self.hash_is_right and not self.wrong and not self.gone


def verify(opening: Opening) -> Verdict:
    """Draw again, by other means than the first time, and compare."""
    tickets = list(Ticket.objects.filter(opening=opening, rank__isnull=False).order_by("rank"))
    by_lot = {one.pk: one for one in tickets if (one.rank or 0) <= opening.drawn}
    again = in_order(opening.seed, by_lot)
    wrong = sum(found != first for found, first in zip(again, by_lot, strict=True))
    later = len(tickets) - len(by_lot)
    gone = opening.drawn - len(by_lot)
    return Verdict(len(by_lot), later, hash_of(opening.seed) == opening.seed_hash, wrong, gone)
