"""Families that wait with the page closed are called: an hour before the minute, and when their turn is near.

What is true is looked up when it is written: who has chosen already, or whose opening has moved or opens nothing any
more, is told nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.activities.models import Enrolment, Opening, Ticket, Window
from booking.activities.seasons.calls import SOON, TURN, call
from booking.residents.addresses import absolute
from municipalities.database.transactions import patient_transaction
from municipalities.wording import say_moment
from notifications.kinds import Rendered, Text, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message

#: The next ones that nobody has called, each by one of those who call at once.
CALL_SQL = """
UPDATE activities_ticket SET called_at = %(now)s
 WHERE id IN (SELECT id FROM activities_ticket
               WHERE opening_id = %(opening)s AND called_at IS NULL AND rank <= %(up_to)s
               ORDER BY rank LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def register() -> None:
    register_kind(SOON, render, gather)
    register_kind(TURN, render, gather, urgency=Urgency.NOW)


def call_near(opening: Opening, *, up_to: int, most: int, now: datetime) -> int:
    """Call those up to this rank that nobody has called yet, so many at most. How many messages."""
    with patient_transaction():
        with connection.cursor() as cursor:
            cursor.execute(CALL_SQL, {"opening": opening.pk, "up_to": up_to, "most": most, "now": now})
            called = [pk for (pk,) in cursor.fetchall()]
        if not called:
            return 0
        return call(TURN, list(Ticket.objects.filter(pk__in=called).order_by("rank")), due=now)


@dataclass(frozen=True)
class Facts:
    """`opens` says that something still does at the minute of the ticket's opening."""

    ticket: Ticket
    has_chosen: bool
    opens: bool


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    ids = [one.subject_id for one in messages if one.subject_id is not None]
    tickets = Ticket.objects.select_related("opening__season__operator__municipality").in_bulk(ids)
    openings = {one.opening for one in tickets.values()}
    seasons = {one.season_id for one in openings}
    windows = Window.objects.filter(activity__season__in=seasons, opens_at__in={one.opens_at for one in openings})
    opens = set(windows.values_list("activity__season", "opens_at"))
    chosen: dict[tuple[UUID | None, int], datetime] = {}
    homes = {one.household_id for one in tickets.values()} - {None}
    made = Enrolment.objects.filter(basket__household__in=homes, group__activity__season__in=seasons)
    rows = made.values_list("basket__household", "group__activity__season").annotate(last=Max("created_at"))
    for household, season, last in rows.order_by("basket__household"):
        chosen[household, season] = last
    found: dict[int, Facts] = {}
    for message in messages:
        ticket = tickets.get(message.subject_id or UUID(int=0))
        if ticket is not None:
            opening = ticket.opening
            last = chosen.get((ticket.household_id, opening.season_id))
            has_chosen = last is not None and last >= opening.opens_at
            found[message.pk] = Facts(ticket, has_chosen, (opening.season_id, opening.opens_at) in opens)
    return found


def render(message: Message, facts: Facts | None) -> Rendered | None:
    """None for an opening that is no more, has moved or opens nothing, for a ticket that is nobody's, and for who needs
    no call any more.
    """
    if facts is None or not facts.opens or facts.ticket.household_id is None:
        return None
    opening = facts.ticket.opening
    now = timezone.now()
    if message.kind == SOON and opening.opens_at <= now:
        return None
    if message.kind == TURN and facts.has_chosen:
        return None
    is_in = facts.ticket.rank is not None and facts.ticket.rank <= opening.admitted
    with translation.override(message.language):
        link = absolute("enrol:openings", through=None)
        if message.kind == SOON:
            subject = _("Les inscriptions ouvrent %(when)s") % {"when": say_moment(opening.opens_at)}
        elif is_in:
            subject = _("C’est votre tour : choisissez vos activités")
        else:
            subject = _("Votre tour approche : préparez-vous à choisir")
        if message.channel == Channel.SMS:
            return Text(f"{subject}. {link}", (subject,))
        context = {
            "is_soon": message.kind == SOON,
            "is_in": is_in,
            "rank": facts.ticket.rank,
            "season": str(opening.season),
            "link": link,
        }
    sender = Sender.of(opening.season.operator.identity)
    return letter("mail/opening", context, subject=subject, sender=sender, language=message.language)
