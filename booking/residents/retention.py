"""Ending private links: with what they open, and when nobody could use them any more."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from booking.residents.models import AccessLink


def close(subject_ids: Collection[UUID] | QuerySet[Any]) -> int:
    """Removes every link to these subjects, in the caller's transaction. Returns how many.

    For the purges of the services, which know when a subject is over.
    """
    return AccessLink.objects.filter(subject_id__in=subject_ids).delete()[0]


def dead_links(before: datetime) -> QuerySet[AccessLink]:
    """Links that had expired or were revoked by then."""
    return AccessLink.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
