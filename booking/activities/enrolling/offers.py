"""What a page says of a group to whoever looks: places left, what it costs for whom, whether it can be chosen now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from booking.activities.enrolling.eligibility import Obstacle, Person, Why, obstacles
from booking.activities.enrolling.numbers import STILL_THEIRS
from booking.activities.enrolling.people import Family
from booking.activities.enrolling.prices import prices_for
from booking.activities.pricing import Item
from booking.activities.seasons.offered import Offered
from booking.residents.models import Member
from municipalities.wording import say_moment

#: Numbers by group that are not for whoever comes: those that are taken, in one session to come too, and those that are
#: for people who wait. A hold whose time is over is as good as free; an offer goes to the next in line.
TAKEN_SQL = f"""
SELECT group_id, count(*) FROM (
    SELECT e.group_id, e.number FROM activities_enrolment e
     WHERE NOT (e.state = 'ended') AND (e.held_until IS NULL OR e.held_until > %(now)s OR e.state = 'offered')
       AND (e.session_id IS NULL OR EXISTS (
            SELECT FROM activities_seat t
             WHERE t.enrolment_id = e.id AND t.freed_at IS NULL AND lower(t.period) > %(now)s))
    UNION
    SELECT w.group_id, n FROM activities_waiting w JOIN activities_group g ON g.id = w.group_id
     CROSS JOIN LATERAL generate_series(1, g.capacity) n
     WHERE w.left_at IS NULL AND w.offer_id IS NULL AND {STILL_THEIRS}
) taken GROUP BY group_id
"""


@dataclass(frozen=True, slots=True)
class Chance:
    """`left` places; `sentence` says why it cannot be chosen now, `is_full` that nobody can. `price` is the member's,
    line by line; None without a member, or where no price is known.
    """

    left: int
    can_choose: bool
    sentence: str = ""
    is_full: bool = False
    price: Item | None = None


def places_taken(now: datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_SQL, {"now": now})
        return dict(cursor.fetchall())


def chances(
    groups: Iterable[Offered], *, now: datetime, family: Family | None = None, member: Member | None = None
) -> dict[int, Chance]:
    """For each of these groups, for everybody or for one member. One query, whatever their number."""
    taken = places_taken(now)
    left = [(group, max(group.capacity - taken.get(group.pk, 0), 0)) for group in groups]
    if family is None or member is None:
        return {group.pk: _for_anybody(group, number, now) for group, number in left}
    ahead = [group for group, _number in left if group.next_meeting(now)]
    prices, person = prices_for(family, member, ahead, now=now), family.persons[member.pk]
    return {group.pk: _for_member(person, group, number, prices.get(group.pk), now) for group, number in left}


def _for_member(person: Person, group: Offered, left: int, price: Item | None, now: datetime) -> Chance:
    found = obstacles(person, group, now=now)
    first = _foremost(found)
    is_full = left == 0 and (first is None or first.why in (Why.NOT_OPEN, Why.NOT_ONLINE))
    if is_full:
        return Chance(left, can_choose=False, sentence=_("complet"), is_full=True, price=price)
    return Chance(left, can_choose=first is None, sentence=first.sentence if first else "", price=price)


def _foremost(found: Sequence[Obstacle]) -> Obstacle | None:
    """What will still be in the way when the rest is not comes first: nobody waits for a minute that is not theirs."""
    waits = [one for one in found if one.why == Why.NOT_OPEN]
    lasting = [one for one in found if one.why != Why.NOT_OPEN]
    return next(iter(lasting or waits), None)


def _for_anybody(group: Offered, left: int, now: datetime) -> Chance:
    if group.next_meeting(now) is None:
        return Chance(left, can_choose=False, sentence=_("terminé"))
    if not group.windows:
        return Chance(left, can_choose=False)
    if left == 0:
        return Chance(left, can_choose=False, sentence=_("complet"), is_full=True)
    first = min(moment for _audience, moment in group.windows)
    if first > now:
        return Chance(left, can_choose=False, sentence=_("ouvre %(when)s") % {"when": say_moment(first)})
    return Chance(left, can_choose=True)
