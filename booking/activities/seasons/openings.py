"""Every minute to come at which a window opens is an opening: announced with the hash of its seed, followed when it
moves. What the planning of a season does to those who wait for it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.drawing import hash_of, new_seed
from booking.activities.models import Activity, Opening, Season, Ticket, Window
from booking.activities.seasons.calls import remind
from municipalities.exceptions import Refusal

#: So long after its minute an opening lets in by rank; later nobody can be waiting any more.
LASTS = timedelta(days=1)

#: Those who wait elsewhere wait here too: a ticket of the same family that has taken one already stays as it is.
COPY_TICKETS_SQL = """
INSERT INTO activities_ticket (id, opening_id, household_id, rank, language, wants_sms, taken_at, called_at)
SELECT gen_random_uuid(), %(to)s, t.household_id, NULL, t.language, t.wants_sms, t.taken_at, NULL
  FROM activities_ticket t JOIN activities_opening o ON o.id = t.opening_id
 WHERE t.opening_id = %(from)s AND (t.rank IS NULL OR t.rank > o.admitted)
ON CONFLICT DO NOTHING
RETURNING id
"""


class OpeningBegun(Refusal):
    code = "opening_begun"
    sentence = _(
        "Cette ouverture a commencé, des familles y choisissent à leur tour : pendant un jour, son heure ne change pas."
    )


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


def follow(
    activity: Activity, moved: Collection[tuple[datetime, datetime | None]], *, now: datetime | None = None
) -> None:
    """Whoever waits for the first minute of one of these pairs waits for the second, where there is one: no ticket is
    lost, and each is reminded of its new minute.

    Where nothing opens at the old minute any more, its opening says where it went, to the first of several. In the
    transaction that moves, after `announce`. Raises OpeningBegun where families came for one of the old minutes less
    than a day ago: whoever was let in would lose their turn.
    """
    now = now or timezone.now()
    found = _held(activity.season_id, {minute for pair in moved for minute in pair if minute})
    begun = [found[before].pk for before, _after in moved if before in found and now - LASTS < before <= now]
    if Ticket.objects.filter(opening__in=begun).exists():
        raise OpeningBegun
    for before, after in sorted(((before, after) for before, after in moved if after), reverse=True):
        old, new = found.get(before), found.get(after)
        if old is None or new is None or new.drawn_at is not None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(COPY_TICKETS_SQL, {"from": old.pk, "to": new.pk})
            copied = [pk for (pk,) in cursor.fetchall()]
        remind(list(Ticket.objects.filter(pk__in=copied)), opens_at=after, now=now)
        if not Window.objects.filter(activity__season=activity.season_id, opens_at=before).exists():
            Opening.objects.filter(pk=old.pk).update(moved_to=new)


def _held(season: int, minutes: Collection[datetime]) -> dict[datetime, Opening]:
    """By minute, to the end of the transaction: whoever is taking a ticket has it, whoever comes finds where it went,
    and nobody draws meanwhile.
    """
    openings = Opening.objects.filter(season=season, opens_at__in=minutes).order_by("pk")
    return {one.opens_at: one for one in openings.select_for_update(of=("self",), no_key=True)}


def waiting_for(activity: Activity, minutes: Collection[datetime]) -> list[Ticket]:
    """Tickets of families that wait for one of these minutes of this activity, not let in yet."""
    found = Ticket.objects.filter(opening__season=activity.season_id, opening__opens_at__in=minutes)
    return [one for one in found.select_related("opening") if one.rank is None or one.rank > one.opening.admitted]
