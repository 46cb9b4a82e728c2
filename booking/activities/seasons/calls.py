"""Families that wait for an opening with the page closed are written to: what is owed to whom. What it says is written
where it is sent, in `opening/messages.py`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.activities.models import Ticket
from booking.residents.families.reaching import addresses_of
from notifications.models import Channel
from notifications.outbox import Owed, enqueue

SOON, TURN = "activities.opening_soon", "activities.your_turn"
#: What these messages are about: the ticket; no private link opens it.
TICKET = "activities.ticket"
#: So long before the minute those who wait are reminded of it.
BEFORE = timedelta(hours=1)


def remind(tickets: Sequence[Ticket], *, opens_at: datetime, now: datetime) -> int:
    """A reminder of the minute, where it is still so far ahead. In the caller's transaction; how many messages."""
    return call(SOON, tickets, due=opens_at - BEFORE) if opens_at - BEFORE > now else 0


def call(kind: str, tickets: Sequence[Ticket], *, due: datetime) -> int:
    """A mail to every adult of these families, and an SMS where the family wishes. In the caller's transaction."""
    by_household = {one.household_id: one for one in tickets if one.household_id is not None}
    reached = ((by_household[one.guardian.household_id], one) for one in addresses_of(by_household, sms=True))
    return enqueue(
        [
            Owed(
                kind=kind,
                channel=one.channel,
                recipient=one.recipient,
                due_at=due,
                language=ticket.language,
                municipality_id=one.guardian.household.home_municipality_id,
                subject_type=TICKET,
                subject_id=ticket.pk,
            )
            for ticket, one in reached
            if one.channel == Channel.MAIL or ticket.wants_sms
        ]
    )
