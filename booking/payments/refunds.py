"""Refund files: a credit note that goes back as money. The accountant pays; a revenue-only office cannot."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from booking.payments import journal
from booking.payments.enums import ChargeState, EntryKind, Means, RefundState
from booking.payments.exceptions import NothingLeft, RefundDone, StillOwed, WrongIban
from booking.payments.models import Charge, CreditNote, RefundFile
from booking.payments.sums import share
from municipalities import secrets_at_rest
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember

#: Lengths of those that our neighbours have; others have fifteen to thirty-four characters (ISO 13616).
LENGTHS = {"FR": 27, "DE": 22, "CH": 21, "LU": 20, "BE": 16, "IT": 27, "ES": 24, "MC": 27, "LI": 21, "AT": 20}
#: UNPAID, or about to be paid again: PAYING after it was settled once.
TAKEN_BACK = (ChargeState.UNPAID, ChargeState.PAYING)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def clean_iban(typed: str) -> str:
    """The IBAN without its spaces. Raises WrongIban for one that cannot be."""
    iban = re.sub(r"[\s\u00a0\u202f.-]", "", typed).upper()
    digits = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4] if letter.isascii() and letter.isalnum())
    is_long_enough = len(iban) == LENGTHS.get(iban[:2], len(iban))
    if not _IBAN.fullmatch(iban) or not is_long_enough or int(digits) % 97 != 1:
        raise WrongIban
    return iban


def ask_refund(*, note_id: UUID, holder: str, iban: str, now: datetime | None = None) -> RefundFile:
    """Ask for what is left of a credit note as money. It cannot be used meanwhile.

    Raises WrongIban, NothingLeft, StillOwed where the bank has taken back what the family had paid there.
    """
    now, clean = now or timezone.now(), clean_iban(iban)
    with patient_transaction():
        note = CreditNote.objects.select_for_update().get(pk=note_id)
        if not note.left or note.expires_on < timezone.localdate(now):
            raise NothingLeft
        if still_owes(note):
            raise StillOwed
        CreditNote.objects.filter(pk=note.pk).update(left=0)
        return RefundFile.objects.create(
            note=note,
            cents=note.left,
            holder=holder[:120],
            iban=secrets_at_rest.encrypt(clean.encode()),
            asked_at=now,
        )


def still_owes(note: CreditNote) -> bool:
    """Whether the bank has taken money back from the office of a note that this family has not paid again."""
    owed = Charge.objects.filter(household=note.household_id, office=note.office_id, state__in=TAKEN_BACK)
    return owed.filter(settled_at__isnull=False).exists()


def iban_of(refund: RefundFile) -> str:
    """For the accountant's page alone."""
    return secrets_at_rest.decrypt(bytes(refund.iban)).decode() if refund.iban else ""


def pay_refund(*, refund_id: UUID, by: StaffMember, now: datetime | None = None) -> None:
    """The accountant has sent the money: the journal says so, and the account is forgotten. Raises RefundDone."""
    now = now or timezone.now()
    with patient_transaction(by=by):
        refund = _open_file(refund_id)
        entries = refund.note.entries.filter(kind=EntryKind.CREDIT_NOTE).order_by("number")
        items = [(entry.item, -entry.cents) for entry in entries]
        rows = [(item, Means.CREDIT.value, cents) for item, cents in share(items, refund.cents)]
        _finish(refund, RefundState.PAID, by, now)
        journal.note_refund(refund, rows, now=now, by=by)


def refuse_refund(*, refund_id: UUID, by: StaffMember | None, now: datetime | None = None) -> None:
    """The credit note is the household's again, for as long as it was when they asked. Raises RefundDone.

    `by` is None where nobody has looked at it in time.
    """
    now = now or timezone.now()
    with patient_transaction(by=by):
        refund = _open_file(refund_id)
        note = CreditNote.objects.select_for_update().get(pk=refund.note_id)
        waited = timezone.localdate(now) - timezone.localdate(refund.asked_at)
        CreditNote.objects.filter(pk=note.pk).update(
            left=F("left") + refund.cents, expires_on=note.expires_on + max(waited, timedelta())
        )
        _finish(refund, RefundState.REFUSED, by, now)


def _open_file(refund_id: UUID) -> RefundFile:
    refund = RefundFile.objects.select_for_update().get(pk=refund_id)
    if refund.state != RefundState.ASKED:
        raise RefundDone
    return refund


def _finish(refund: RefundFile, state: RefundState, by: StaffMember | None, now: datetime) -> None:
    RefundFile.objects.filter(pk=refund.pk).update(state=state, iban=None, holder="", done_at=now, done_by=by)


def rotate() -> int:
    """Write every IBAN anew under the first key; how many."""
    renewed = 0
    for refund in RefundFile.objects.filter(iban__isnull=False).order_by("pk"):
        RefundFile.objects.filter(pk=refund.pk, state=RefundState.ASKED).update(
            iban=secrets_at_rest.renew(bytes(refund.iban or b""))
        )
        renewed += 1
    return renewed
