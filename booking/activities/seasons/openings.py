"""Every minute to come at which a window opens is an opening: announced with the hash of its seed, followed when it
moves. What the planning of a season does to those who wait for it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.utils import timezone

from booking.activities.drawing import hash_of, new_seed
from booking.activities.models import Activity, Opening, Season, Ticket, Window

#: Those who wait elsewhere wait here too: a ticket of the same family that has taken one already stays as it is.
COPY_TICKETS_SQL = """
INSERT INTO activities_ticket (id, opening_id, household_id, rank, language, wants_sms, taken_at, called_at)
SELECT gen_random_uuid(), %(to)s, t.household_id, NULL, t.language, t.wants_sms, t.taken_at, NULL
  FROM activities_ticket t JOIN activities_opening o ON o.id = t.opening_id
 WHERE t.opening_id = %(from)s AND (t.rank IS NULL OR t.rank > o.admitted)
ON CONFLICT DO NOTHING
"""


def announce(season: Season, *, now: datetime | None = None) -> None:
    """An opening for every minute to come of this season. In the transaction that changes its windows."""
    now = now or timezone.now()
    minutes = Window.objects.filter(activity__season=season, opens_at__gt=now).values_list("opens_at", flat=True)
    openings = []
    for minute in sorted(set(minutes)):
        seed = new_seed()
        openings.append(Opening(season=season, opens_at=minute, seed=seed, seed_hash=hash_of(seed)))
    Opening.objects.bulk_create(openings, ignore_conflicts=True)
    Opening.objects.filter(season=season, opens_at__in=minutes, moved_to__isnull=False).update(moved_to=None)


def follow(activity: Activity, moved: Mapping[datetime, datetime]) -> None:
    """Whoever waits for one of these minutes waits for the one that it has become: no ticket is lost.

    Where nothing opens at the old minute any more, its opening says where it went. In the transaction that moves,
    after `announce`.
    """
    found = {one.opens_at: one for one in Opening.objects.filter(season=activity.season_id)}
    for before, after in sorted(moved.items()):
        old, new = found.get(before), found.get(after)
        if old is None or new is None or new.drawn_at is not None:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM activities_opening WHERE id = %s FOR SHARE", [new.pk])
            cursor.execute(COPY_TICKETS_SQL, {"from": old.pk, "to": new.pk})
        if not Window.objects.filter(activity__season=activity.season_id, opens_at=before).exists():
            Opening.objects.filter(pk=old.pk).update(moved_to=new)


def waiting_for(activity: Activity) -> list[Ticket]:
    """Tickets of families that wait for one of the minutes of this activity, not let in yet."""
    minutes = Window.objects.filter(activity=activity).values("opens_at")
    found = Ticket.objects.filter(opening__season=activity.season_id, opening__opens_at__in=minutes)
    return [one for one in found.select_related("opening") if one.rank is None or one.rank > one.opening.admitted]
