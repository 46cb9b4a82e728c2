"""What is owed goes into the outbox in the transaction that makes it owed. One statement, whatever the number."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from notifications.models import Message, MessageState

#: One value in, rows out: the text never changes, so a connection may prepare it, and another statement may embed it.
ENQUEUE_SQL = """
INSERT INTO notifications_message
    (kind, channel, recipient, language, municipality_id, subject_type, subject_id, context, due_at,
     state, created_at, claimed_until, attempts, sent_at, provider_id, last_error)
SELECT o.kind, o.channel, o.recipient, o.language, o.municipality_id, o.subject_type, o.subject_id, o.context, o.due_at,
       'queued', statement_timestamp(), NULL, 0, NULL, '', ''
  FROM jsonb_to_recordset(%s::jsonb)
    AS o(kind text, channel text, recipient text, language text, municipality_id bigint, subject_type text,
         subject_id uuid, context jsonb, due_at timestamptz)
"""
#: Given up, or uncertain: nobody but a person sends these again.
STUCK = (MessageState.FAILED, MessageState.AMBIGUOUS)
_encode = DjangoJSONEncoder().encode


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to one address, due at an instant. `context` is what the renderer cannot find again later."""

    kind: str
    channel: str
    recipient: str
    due_at: datetime
    language: str = "fr"
    municipality_id: int | None = None
    subject_type: str = ""
    subject_id: UUID | None = None
    context: dict[str, Any] = field(default_factory=dict)


def enqueue_parameter(rows: Sequence[Owed]) -> str:
    """The one parameter of `ENQUEUE_SQL`."""
    return _encode(
        [
            {
                "kind": row.kind,
                "channel": row.channel,
                "recipient": row.recipient,
                "language": row.language,
                "municipality_id": row.municipality_id,
                "subject_type": row.subject_type,
                "subject_id": str(row.subject_id) if row.subject_id else None,
                "context": row.context,
                "due_at": row.due_at.isoformat(),
            }
            for row in rows
        ]
    )


def enqueue(rows: Sequence[Owed]) -> int:
    """Insert these rows in the caller's transaction, with one statement. Returns how many."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(ENQUEUE_SQL, [enqueue_parameter(rows)])
    return len(rows)


def withdraw_all(*, subject_ids: Collection[UUID], kinds: Collection[str]) -> int:
    """The same for many subjects at once, of these kinds only. Returns how many rows."""
    queued = Message.objects.filter(subject_id__in=list(subject_ids), state=MessageState.QUEUED, kind__in=list(kinds))
    return queued.update(state=MessageState.WITHDRAWN, claimed_until=None)


def withdraw(*, subject_id: UUID, kinds: Collection[str] | None = None) -> int:
    """Take back what is still queued for a subject (all kinds, or these). Returns how many rows.

    A row already handed to a worker but not yet marked as being sent is taken back too: the mark looks at the state.
    """
    queued = Message.objects.filter(subject_id=subject_id, state=MessageState.QUEUED)
    if kinds is not None:
        queued = queued.filter(kind__in=kinds)
    return queued.update(state=MessageState.WITHDRAWN, claimed_until=None)


def take_back(*, kind: str, **about: Any) -> list[Message]:
    """Take back what is still queued of this kind, by other fields of the message, so that one letter says what two
    would. What it was, in the order in which it was owed.
    """
    queued = Message.objects.filter(kind=kind, state=MessageState.QUEUED, **about)
    found = list(queued.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    Message.objects.filter(pk__in=[one.pk for one in found]).update(state=MessageState.WITHDRAWN, claimed_until=None)
    return found


def put_back(messages: QuerySet[Message]) -> int:
    """Owe again, by a person's decision, those of these that were given up or ended uncertain. Returns how many.

    They keep their Message-ID, and are rendered anew: what has been overtaken since is withdrawn then.
    """
    found = messages.filter(state__in=STUCK).exclude(recipient="")
    return found.update(state=MessageState.QUEUED, claimed_until=None, due_at=timezone.now(), attempts=0)
