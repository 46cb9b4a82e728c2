"""Money at the counter: taken, taken back by the bank, counted at the end of the day."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Sum
from django.utils import timezone

from booking.payments import charges, credits, journal, online
from booking.payments.door import seller_of
from booking.payments.enums import COUNTER_MEANS, AlertKind, ChargeState, EntryKind, Means
from booking.payments.exceptions import (
    AlreadyReversed,
    NothingToClose,
    NotPayable,
    NotReversible,
    PaymentUnderway,
    WrongSum,
)
from booking.payments.models import (
    CashierClosing,
    CashOffice,
    Charge,
    ClosingLine,
    CreditNote,
    JournalEntry,
    PaymentAlert,
    Receipt,
)
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember

#: What a bank may take back days later.
BOUNCING = (Means.DEBIT_ONLINE, Means.CHEQUE)


def to_pay(charge: Charge, *, now: datetime | None = None) -> int:
    """Cents to take at the counter once the household's credit is used; writes nothing."""
    usable = credits.usable_cents(charge, now or timezone.now())
    return max(0, charges.open_cents(charge) - usable)


def take(
    *, charge_id: UUID, parts: Mapping[Means, int], by: StaffMember, now: datetime | None = None
) -> Receipt | None:
    """Settle a charge at the counter: one receipt, whatever the means are, credit first.

    Raises PaymentUnderway while it may still be paid online, NotPayable, WrongSum.
    """
    now = now or timezone.now()
    with patient_transaction(by=by):
        charge = charges.lock(charge_id)
        if charge.state == ChargeState.PAYING:
            online.give_up_if_stopped(charge, now)
        if charge.state == ChargeState.PAYING or charge.payments.live().exists():
            raise PaymentUnderway
        if charge.state not in (ChargeState.OPEN, ChargeState.UNPAID):
            raise NotPayable
        rest = credits.keep_for(charge, charges.open_cents(charge), online=False, now=now)
        money = [(means, cents) for means, cents in parts.items() if cents]
        if any(means not in COUNTER_MEANS or cents < 0 for means, cents in money):
            raise WrongSum
        if sum(cents for _, cents in money) != rest:
            raise WrongSum
        return charges.settle(charge, money, now=now, by=by)


def take_back(*, receipt_id: UUID, by: StaffMember, now: datetime | None = None) -> None:
    """The bank has taken a debit or a cheque back: its entries are reversed, the charge is unpaid, places stay.

    Money that had come for nothing takes its credit note with it. Raises NotReversible, AlreadyReversed,
    PaymentUnderway.
    """
    now = now or timezone.now()
    charge_id = Receipt.objects.values_list("charge", flat=True).get(pk=receipt_id)
    with patient_transaction(by=by):
        charge = charges.lock(charge_id)
        receipt = Receipt.objects.get(pk=receipt_id)
        bounced = receipt.entries.filter(kind=EntryKind.COLLECTION, means__in=BOUNCING)
        entries = list(bounced.order_by("number"))
        if not entries:
            raise NotReversible
        if JournalEntry.objects.filter(reverses__in=[entry.pk for entry in entries]).exists():
            raise AlreadyReversed
        if receipt.is_surplus:
            entries += _void_credit_of(receipt)
        elif charge.state != ChargeState.PAYING and not charge.payments.live().exists():
            Charge.objects.filter(pk=charge.pk).update(state=ChargeState.UNPAID)
        else:
            raise PaymentUnderway
        journal.reverse(entries, now=now, by=by)
        if not receipt.is_surplus:
            seller_of(charge.subject_type).bounced(charge.subject_id)
        PaymentAlert.objects.create(
            office_id=charge.office_id,
            payment_id=receipt.payment_id,
            kind=AlertKind.BOUNCED,
            code=str(receipt.number),
            raised_at=now,
        )


def _void_credit_of(receipt: Receipt) -> list[JournalEntry]:
    note = CreditNote.objects.select_for_update().get(payment=receipt.payment_id)
    if note.left != note.cents:
        raise NotReversible(str(NotReversible.credit_used))
    CreditNote.objects.filter(pk=note.pk).update(left=0)
    return list(note.entries.filter(kind=EntryKind.CREDIT_NOTE).order_by("number"))


def expected_of(office: CashOffice, cashier: StaffMember) -> tuple[int, int, dict[Means, int]]:
    """What this cashier should have since their last closing: after and up to which entry, and cents by means."""
    after = _closed_up_to(office, cashier)
    mine = JournalEntry.objects.filter(office=office, by=cashier, number__gt=after, means__in=COUNTER_MEANS)
    taken = mine.filter(kind=EntryKind.COLLECTION).values("means").annotate(sum=Sum("cents")).order_by("means")
    up_to = mine.filter(kind=EntryKind.COLLECTION).aggregate(last=Max("number"))["last"] or after
    sums = {Means(row["means"]): int(row["sum"]) for row in taken}
    return after, up_to, {means: sums.get(means, 0) for means in COUNTER_MEANS}


def _closed_up_to(office: CashOffice, cashier: StaffMember) -> int:
    return CashierClosing.objects.filter(office=office, cashier=cashier).aggregate(last=Max("up_to"))["last"] or 0


def close(
    *, office: CashOffice, cashier: StaffMember, counted: Mapping[Means, int], now: datetime | None = None
) -> CashierClosing:
    """A cashier's end of the day: what was counted stands beside what the journal says, whatever the difference.

    Raises NothingToClose.
    """
    now = now or timezone.now()
    with patient_transaction(by=cashier):
        # No entry of this office comes in between.
        journal.take_numbers(office.pk)
        after, up_to, expected = expected_of(office, cashier)
        if up_to == after:
            raise NothingToClose
        closing = CashierClosing.objects.create(office=office, cashier=cashier, closed_at=now, after=after, up_to=up_to)
        ClosingLine.objects.bulk_create(
            ClosingLine(closing=closing, means=means, expected=expected[means], counted=counted.get(means, 0))
            for means in COUNTER_MEANS
        )
    return closing
