"""Whether a family is let in already: the gate of an opening, asked in the transaction that holds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from booking.activities.enrolling.eligibility import Person, opens_at
from booking.activities.enrolling.refusals import NotYourTurn
from booking.activities.seasons.offered import Offered
from booking.activities.seasons.openings import LASTS

#: None where that minute has no opening; else whether this family is let in.
GATE_SQL = """
SELECT o.id, coalesce(t.rank <= o.admitted, false)
  FROM activities_opening o
  LEFT JOIN activities_ticket t ON t.opening_id = o.id AND t.household_id = %s
 WHERE o.season_id = %s AND o.opens_at = %s
"""


def must_be_admitted(household: UUID, asked: Sequence[tuple[Person, Offered]], now: datetime) -> None:
    """Raises NotYourTurn. By the minute from which each of these people may enrol in each of these groups: whoever
    might have come on an earlier day waits for nobody. One query while an opening lasts, none on other days.
    """
    minutes = {(group.season_id, opens_at(person, group)) for person, group in asked}
    for season, minute in sorted((season, minute) for season, minute in minutes if minute is not None):
        if not now - LASTS < minute <= now:
            continue
        with connection.cursor() as cursor:
            cursor.execute(GATE_SQL, [household, season, minute])
            found = cursor.fetchone()
        if found is not None and not found[1]:
            raise NotYourTurn(found[0])
