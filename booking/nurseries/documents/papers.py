"""Documents taken in, opened, seen, forgotten. What is kept is encrypted, and only until somebody has looked."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.documents.apart import clean_apart
from booking.nurseries.documents.refusals import JPEG, DocumentRefused
from booking.nurseries.models import FamilyDocument, NurseryApplication
from municipalities import secrets_at_rest
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember

MOST_DOCUMENTS = 20
_ENDINGS = {JPEG: "jpg"}


class NoKey(DocumentRefused):
    code = "document_without_key"
    sentence = _("Les documents ne sont pas pris en ligne pour le moment. Montrez celui-ci au guichet.")


class TooManyDocuments(DocumentRefused):
    code = "too_many_documents"
    sentence = _("Vingt documents sont déjà là. Retirez-en un, ou montrez celui-ci au guichet.")


class DocumentGone(Refusal):
    code = "document_gone"
    sentence = _("Ce document n’est plus gardé.")


def can_be_kept() -> bool:
    """Whether there is a key to encrypt with; without one none is taken."""
    return bool(settings.SECRETS_KEYS)


def add_document(
    *,
    application: NurseryApplication,
    kind: str,
    data: bytes,
    name: str = "",
    child_rank: int | None = None,
    by: StaffMember | None = None,
) -> FamilyDocument:
    """Clean pages of a file, encrypted. Raises DocumentRefused."""
    if not can_be_kept():
        raise NoKey
    cleaned = clean_apart(data, name)
    with patient_transaction(by):
        NurseryApplication.objects.select_for_update().get(pk=application.pk)
        if application.documents.filter(content__isnull=False).count() >= MOST_DOCUMENTS:
            raise TooManyDocuments
        return FamilyDocument.objects.create(
            application=application,
            kind=kind,
            child_rank=child_rank,
            content=secrets_at_rest.encrypt(cleaned.content),
            media_type=cleaned.media_type,
            pages=cleaned.pages,
        )


def remove_document(*, document: FamilyDocument) -> None:
    """Taken back by the family, before anybody has seen it."""
    with patient_transaction():
        FamilyDocument.objects.filter(pk=document.pk, seen_on__isnull=True).delete()


def content_of(document: FamilyDocument) -> bytes:
    """The clean pages. Raises DocumentGone, also where the key is gone."""
    if document.content is None:
        raise DocumentGone
    try:
        return secrets_at_rest.decrypt(bytes(document.content))
    except secrets_at_rest.Unreadable as problem:
        raise DocumentGone from problem


def file_name(document: FamilyDocument) -> str:
    """Says nothing of anybody."""
    return f"{document.kind}-{document.pk.hex[:8]}.{_ENDINGS.get(document.media_type, 'pdf')}"


def note_seen(
    *,
    application: NurseryApplication,
    kind: str,
    child_rank: int | None,
    by: StaffMember,
    document: FamilyDocument | None = None,
) -> FamilyDocument:
    """« Vu le … par … » in place of the document; or of one that was shown at the counter."""
    with patient_transaction(by):
        seen = document or FamilyDocument(application=application, kind=kind, child_rank=child_rank)
        seen.content, seen.seen_on, seen.seen_by = None, timezone.localdate(), by
        seen.save()
        return seen


def forget_documents(ids: Collection[UUID], now: datetime, *, given_before: datetime | None = None) -> int:
    """Pages of these requests that nobody has seen: gone at the decision, in the caller's transaction.

    `given_before`: what came after the files were frozen is for the next decision.
    """
    kept = FamilyDocument.objects.filter(application__in=ids, content__isnull=False)
    if given_before is not None:
        kept = kept.filter(given_at__lt=given_before)
    return kept.update(content=None, gone_at=now)


def rotate() -> int:
    """Encrypt every document with the first key of the ring."""
    written = 0
    for pk in FamilyDocument.objects.filter(content__isnull=False).order_by("pk").values_list("pk", flat=True):
        with patient_transaction():
            document = FamilyDocument.objects.select_for_update().filter(pk=pk, content__isnull=False).first()
            if document is not None and document.content is not None:
                FamilyDocument.objects.filter(pk=pk).update(content=secrets_at_rest.renew(bytes(document.content)))
                written += 1
    return written
