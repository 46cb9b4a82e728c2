"""Private links: minted when a message is sent, exchanged for a short session, revoked when contact details change."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from booking.residents.exceptions import LinkExpired, LinkRevoked, LinkUnknown
from booking.residents.models import AccessLink
from booking.residents.references import new_token, token_hash
from municipalities import services
from municipalities.database.transactions import patient_transaction

#: How long a link opens its subject after the subject has ended.
AFTERLIFE = timedelta(days=30)
_MINT_SQL = """
INSERT INTO residents_accesslink (token_hash, subject_type, subject_id, expires_at, created_at)
SELECT l.*, %s FROM unnest(%s::bytea[], %s::text[], %s::uuid[], %s::timestamptz[]) AS l
"""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\Z")
#: The last use is noted at most this often: opening a link is a read.
_NOTED_EVERY = timedelta(minutes=1)


def link_expiry(ends_at: datetime) -> datetime:
    """Until when a link to something that ends then is valid."""
    return ends_at + AFTERLIFE


def mint_link(*, subject_type: str, subject_id: UUID, expires_at: datetime) -> str:
    """A new token for one subject. The raw token is returned once; only its SHA-256 is kept."""
    return mint_links([(subject_type, subject_id, expires_at)])[0]


def mint_links(subjects: Sequence[tuple[str, UUID, datetime]]) -> list[str]:
    """As `mint_link`, for many subjects in one statement: (subject_type, subject_id, expires_at)."""
    tokens = [new_token() for _subject in subjects]
    if subjects:
        hashes = [token_hash(token) for token in tokens]
        kinds, ids, expiries = zip(*subjects, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_MINT_SQL, [timezone.now(), hashes, list(kinds), list(ids), list(expiries)])
    return tokens


def exchange(*, token: str, now: datetime | None = None) -> AccessLink:
    """The link a token stands for. Raises LinkRefused (LinkUnknown, LinkExpired, LinkRevoked).

    Looked up by hash: the time it takes says nothing about how near a guess came.
    """
    now = now or timezone.now()
    if not _TOKEN.match(token):
        raise LinkUnknown
    link = AccessLink.objects.filter(token_hash=token_hash(token)).first()
    if link is None:
        raise LinkUnknown
    if link.revoked_at is not None:
        raise LinkRevoked
    if link.expires_at <= now:
        raise LinkExpired
    if link.last_used_at is None or link.last_used_at < now - _NOTED_EVERY:
        AccessLink.objects.filter(pk=link.pk).update(last_used_at=now)
        link.last_used_at = now
    return link


def revoke_links(*, subject_id: UUID) -> int:
    """Close every open link of a subject. Returns how many."""
    return AccessLink.objects.filter(subject_id=subject_id, revoked_at__isnull=True).update(revoked_at=timezone.now())


def send_lost_link(*, email_or_phone: str) -> None:
    """A fresh private link for everything known under this contact, in whatever service.

    Says nothing about whether there is anything.
    """
    if email_or_phone:
        with patient_transaction():
            services.send_links(email_or_phone)
