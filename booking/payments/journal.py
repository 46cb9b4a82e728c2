"""Writing in an office's journal: numbers out of the office's own row, inside the caller's transaction, without holes.

Nothing here opens a transaction. The office's row is locked from the first number to the end of the transaction, so
it is taken last: after the charge, the payment and the credit notes.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from booking.payments.enums import EntryKind, Means
from booking.payments.models import Charge, CreditNote, JournalEntry, Payment, Receipt, ReceiptPart, RefundFile
from booking.payments.models.charges import AccountItem
from booking.payments.sums import allocate, spread
from municipalities.models import StaffMember
from municipalities.zone import ZONE

#: The columns are written by name here and nowhere come from outside.
_TAKE = """
INSERT INTO payments_officecounter AS c (office_id, entries, receipts, credit_notes) VALUES (%s, %s, %s, %s)
ON CONFLICT (office_id) DO UPDATE SET entries = c.entries + excluded.entries,
    receipts = c.receipts + excluded.receipts, credit_notes = c.credit_notes + excluded.credit_notes
RETURNING entries, receipts, credit_notes
"""

Rows = Sequence[tuple[AccountItem, str, int]]


def take_numbers(office: int, *, entries: int = 0, receipts: int = 0, credit_notes: int = 0) -> tuple[int, int, int]:
    """The last of each of so many fresh numbers. They are given back if the transaction is."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [office, entries, receipts, credit_notes])
        last = cursor.fetchone()
    return int(last[0]), int(last[1]), int(last[2])


def issue_receipt(
    *,
    charge: Charge,
    parts: Sequence[tuple[Means, int]],
    now: datetime,
    payment: Payment | None = None,
    by: StaffMember | None = None,
    is_surplus: bool = False,
) -> Receipt:
    """A receipt over these parts with its entries: over what is still open of the charge's items, or for a surplus
    shared among all of them.
    """
    surplus = sum(cents for _, cents in parts)
    rows = allocate(spread(charge.items, surplus) if is_surplus else open_items(charge), parts)
    _, number, _ = take_numbers(charge.office_id, receipts=1)
    receipt = Receipt.objects.create(
        office_id=charge.office_id,
        number=number,
        charge=charge,
        payment=payment,
        is_surplus=is_surplus,
        issued_at=now,
        by=by,
    )
    ReceiptPart.objects.bulk_create(ReceiptPart(receipt=receipt, means=means, cents=cents) for means, cents in parts)
    online = {"numauto": payment.numauto, "refdet": payment.refdet} if payment else {}
    _write(charge, rows, EntryKind.COLLECTION, now, by, receipt=receipt, online=online)
    return receipt


def open_items(charge: Charge) -> list[tuple[AccountItem, int]]:
    """What no receipt has paid of each item, or the bank has taken back: it is paid again where it was sold."""
    booked: Counter[AccountItem] = Counter()
    kinds = [EntryKind.COLLECTION, EntryKind.REVERSAL]
    for entry in charge.entries.filter(kind__in=kinds, receipt__isnull=False, receipt__is_surplus=False):
        booked[entry.item] += entry.cents
    return [(item, cents - booked[item]) for item, cents in charge.items]


def note_credit(note: CreditNote, rows: Rows, *, now: datetime, by: StaffMember | None) -> None:
    """What was sold is taken back from the accounts; no money moves. `rows` are positive."""
    negative = [(item, Means.CREDIT, -cents) for item, _, cents in rows]
    _write(note.charge, negative, EntryKind.CREDIT_NOTE, now, by, note=note)


def note_credits(notes: Sequence[tuple[CreditNote, Rows]], *, now: datetime, by: StaffMember | None) -> None:
    """The same for many notes of one office, with two statements."""
    flat = [(note, item, cents) for note, rows in notes for item, _, cents in rows]
    if not flat:
        return
    last, _, _ = take_numbers(flat[0][0].office_id, entries=len(flat))
    first = last - len(flat) + 1
    JournalEntry.objects.bulk_create(
        JournalEntry(
            office_id=note.office_id,
            number=first + index,
            kind=EntryKind.CREDIT_NOTE,
            at=now,
            day=now.astimezone(ZONE).date(),
            note=note,
            charge_id=note.charge_id,
            household_id=note.household_id,
            **item._asdict(),
            means=Means.CREDIT,
            cents=-cents,
            by=by,
        )
        for index, (note, item, cents) in enumerate(flat)
    )


def note_refund(refund: RefundFile, rows: Rows, *, now: datetime, by: StaffMember) -> None:
    """The credit is spent, and the money goes."""
    spent: list[tuple[AccountItem, str, int]] = [(item, Means.CREDIT, cents) for item, _, cents in rows]
    gone: list[tuple[AccountItem, str, int]] = [(item, Means.TRANSFER, -cents) for item, _, cents in rows]
    _write(refund.note.charge, [*spent, *gone], EntryKind.REFUND, now, by, refund=refund, note=refund.note)


def reverse(entries: Sequence[JournalEntry], *, now: datetime, by: StaffMember) -> list[JournalEntry]:
    """The opposite of each, naming it. The database lets each be reversed once."""
    if not entries:
        return []
    last, _, _ = take_numbers(entries[0].office_id, entries=len(entries))
    first = last - len(entries) + 1
    same = (
        "office_id", "receipt_id", "note_id", "refund_id", "charge_id", "household_id", "service", "tariff_code",
        "account", "vat_rate", "means", "numauto", "refdet",
    )  # fmt: skip
    return JournalEntry.objects.bulk_create(
        JournalEntry(
            **{name: getattr(entry, name) for name in same},
            number=first + index,
            kind=EntryKind.REVERSAL,
            reverses=entry,
            cents=-entry.cents,
            at=now,
            day=now.astimezone(ZONE).date(),
            by=by,
        )
        for index, entry in enumerate(entries)
    )


def _write(
    charge: Charge,
    rows: Rows,
    kind: EntryKind,
    now: datetime,
    by: StaffMember | None,
    *,
    receipt: Receipt | None = None,
    note: CreditNote | None = None,
    refund: RefundFile | None = None,
    online: dict[str, Any] | None = None,
) -> None:
    if not rows:
        return
    last, _, _ = take_numbers(charge.office_id, entries=len(rows))
    first = last - len(rows) + 1
    JournalEntry.objects.bulk_create(
        JournalEntry(
            office_id=charge.office_id,
            number=first + index,
            kind=kind,
            at=now,
            day=now.astimezone(ZONE).date(),
            receipt=receipt,
            note=note,
            refund=refund,
            charge=charge,
            household_id=charge.household_id,
            **item._asdict(),
            means=means,
            cents=cents,
            by=by,
            **((online or {}) if means != Means.CREDIT else {}),
        )
        for index, (item, means, cents) in enumerate(rows)
    )
