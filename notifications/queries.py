"""Reads of the outbox, for the counter's board, the status page and the figures."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from municipalities.database.cached import cached_until_changed
from notifications.models import Message, MessageState, ReminderPolicy
from notifications.outbox import STUCK

#: States in which a message surely did not reach its reader.
LOST = (MessageState.BOUNCED, MessageState.FAILED)


@cached_until_changed
def _policies() -> dict[int | None, ReminderPolicy]:
    """All of them by facility; a few rows, which every booking asks for."""
    return {policy.facility_id: policy for policy in ReminderPolicy.objects.order_by("pk")}


def reminder_policy(facility_id: int) -> ReminderPolicy:
    """The facility's policy, else the territory's, else the defaults. Shared, so never to be changed."""
    known = _policies()
    return known.get(facility_id) or known.get(None) or ReminderPolicy()


#: One value for all of a day's subjects: Django would write out, and PostgreSQL read, a list of hundreds.
_MESSAGES = """
SELECT subject_id, channel, recipient, state FROM notifications_message WHERE subject_id = ANY(%s) ORDER BY id
"""


def unreachable(subject_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Subjects whose present address does not work, by channel: `{subject: ["mail", "sms"]}`. One query.

    The present address is the one of the newest message. A bounce stands until something is known to have arrived;
    a message given up stands until a later one was accepted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [list(subject_ids)])
        rows = cursor.fetchall()
    address: dict[tuple[UUID, str], str] = {}
    fault: dict[tuple[UUID, str], str] = {}
    for subject_id, channel, recipient, state in rows:
        key = (subject_id, channel)
        if address.get(key) != recipient:
            address[key] = recipient
            fault.pop(key, None)
        if state in LOST:
            fault[key] = state
        elif state == MessageState.DELIVERED or (state == MessageState.SENT and fault.get(key) == MessageState.FAILED):
            fault.pop(key, None)
    lost: dict[UUID, list[str]] = {}
    for subject_id, channel in sorted(fault):
        lost.setdefault(subject_id, []).append(channel)
    return lost


def not_reached() -> QuerySet[Message]:
    """Messages that surely did not arrive; `unreachable` then tells whether a later one did."""
    return Message.objects.filter(state__in=LOST)


def stuck() -> QuerySet[Message]:
    """Given up or uncertain, with nothing that left later for the same subject by the same way."""
    later = Message.objects.filter(
        subject_id=OuterRef("subject_id"),
        channel=OuterRef("channel"),
        pk__gt=OuterRef("pk"),
        state__in=[MessageState.SENT, MessageState.DELIVERED],
    )
    return Message.objects.filter(~Exists(later), state__in=STUCK).exclude(recipient="")


def oldest_unsent_age(now: datetime | None = None) -> timedelta:
    """How long the oldest message that is due has been waiting; zero when none is."""
    now = now or timezone.now()
    due = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now)
    oldest = due.aggregate(oldest=Min("due_at"))["oldest"]
    return now - oldest if oldest else timedelta(0)


def counts_by_state() -> dict[str, int]:
    """How many messages there are in each state; states without one count 0."""
    counts = dict.fromkeys(MessageState.values, 0)
    found = Message.objects.order_by().values_list("state").annotate(number=Count("id"))
    return counts | dict(found)
