"""Forgetting to whom messages went and what they said of them. That they were sent, when and how it ended stays."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from municipalities import services
from notifications.models import Message, MessageState

#: What a message holds of a person.
PERSONAL: dict[str, Any] = {"recipient": "", "context": {}, "provider_id": "", "last_error": ""}


def personal(subject_ids: Collection[UUID] | QuerySet[Any]) -> QuerySet[Message]:
    """Messages about these subjects that still say for whom they are. Ids, or a query for them."""
    return Message.objects.filter(subject_id__in=subject_ids).exclude(recipient="")


def stray(before: datetime) -> QuerySet[Message]:
    """Messages due before an instant, sent or given up, that speak of nothing a service would forget itself."""
    return (
        Message.objects.filter(due_at__lt=before)
        .exclude(recipient="")
        .exclude(state__in=[MessageState.QUEUED, MessageState.SENDING])
        .exclude(subject_type__in=[subject.type for subject in services.subjects()])
    )


def forget(subject_ids: Collection[UUID] | QuerySet[Any]) -> int:
    """Takes back what is queued about these subjects and empties the rest, in the caller's transaction.

    Returns how many messages were emptied. For the purges of the services, which know when a subject is over.
    """
    queued = Message.objects.filter(subject_id__in=subject_ids, state=MessageState.QUEUED)
    queued.update(state=MessageState.WITHDRAWN, claimed_until=None)
    return personal(subject_ids).update(**PERSONAL)
