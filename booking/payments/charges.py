"""What is owed: asked, settled, let go. The lock on the charge's row decides between all who want it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from booking.payments import credits, journal, messages
from booking.payments.door import seller_of
from booking.payments.enums import SOLD, AlertKind, ChargeState, CreditReason, EntryKind, Means
from booking.payments.exceptions import NotPayable, PaymentUnderway
from booking.payments.models import CashOffice, Charge, ChargeLine, JournalEntry, Payment, Receipt, ReceiptPart
from booking.payments.models.charges import net
from booking.payments.sums import credits_to_use, not_taken
from booking.residents.models import Household
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from municipalities.models import StaffMember

#: After an attempt that came to nothing the household has so long to begin another.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True)
class Line:
    """One line as the service says it, in every language: `cents` below nought for a reduction, `about` whom it is for.

    Lines of one service, tariff, account and VAT rate together are never below nought.
    """

    label: Translated
    cents: int
    service: str
    tariff_code: str
    account: str
    vat_rate: int = 0
    about: str = ""


def create_charge(
    *,
    office: CashOffice,
    household: Household,
    subject_type: str,
    subject_id: UUID,
    lines: Sequence[Line],
    expires_at: datetime | None,
    language: str = "fr",
    now: datetime | None = None,
) -> Charge:
    """Freeze what is owed for a subject, from the transaction that holds it. What costs nothing is settled at once.

    `expires_at` is when the hold ends; None for what is never let go by a clock. Raises ValueError for lines that fall
    below nought.
    """
    now = now or timezone.now()
    with patient_transaction():
        charge = Charge.objects.create(
            office=office,
            household=household,
            subject_type=subject_type,
            subject_id=subject_id,
            cents=sum(line.cents for line in lines),
            language=language,
            created_at=now,
            expires_at=expires_at,
        )
        written = ChargeLine.objects.bulk_create(
            ChargeLine(
                charge=charge,
                position=position,
                label=line.label,
                about=line.about,
                service=line.service,
                tariff_code=line.tariff_code,
                account=line.account,
                vat_rate=line.vat_rate,
                cents=line.cents,
            )
            for position, line in enumerate(lines)
        )
        if any(cents < 0 for _, cents in net(written)):
            raise ValueError("the lines of one tariff fall below nought")
        if not charge.cents:
            settle(charge, [], now=now)
    return charge


def lock(charge_id: UUID) -> Charge:
    """The charge as it is now, ours to the end of the transaction."""
    return Charge.objects.select_for_update().get(pk=charge_id)


def settle(
    charge: Charge,
    money: Sequence[tuple[Means, int]],
    *,
    now: datetime,
    payment: Payment | None = None,
    by: StaffMember | None = None,
    tell: bool = True,
) -> Receipt | None:
    """The locked charge is paid by this money and the credit kept for it; its service is told once.

    `tell=False` where the service has just seated people by itself. The receipt; None for a charge of nothing.
    """
    credit = credits.spend(charge, now)
    parts = [*money, *([(Means.CREDIT, credit)] if credit else [])]
    first_time = charge.settled_at is None
    Charge.objects.filter(pk=charge.pk).update(state=ChargeState.SETTLED, settled_at=now, expires_at=None)
    charge.refresh_from_db()
    if first_time and tell:
        seller_of(charge.subject_type).settled(charge.subject_id)
    if not parts:
        return None
    receipt = journal.issue_receipt(charge=charge, parts=parts, now=now, payment=payment, by=by)
    messages.owe_receipt(receipt)
    return receipt


def put_back(charge: Charge, now: datetime) -> None:
    """An attempt came to nothing: the locked charge may be paid again, for a while at least."""
    if charge.state != ChargeState.PAYING:
        return
    if charge.settled_at is not None:
        Charge.objects.filter(pk=charge.pk).update(state=ChargeState.UNPAID)
        return
    until = None if charge.expires_at is None else max(charge.expires_at, now + GRACE)
    Charge.objects.filter(pk=charge.pk).update(state=ChargeState.OPEN, expires_at=until)


def release_charge(charge_id: UUID) -> None:
    """Let go what is not paid, with what it held. Raises PaymentUnderway while it may still be paid, NotPayable once
    it is.
    """
    with patient_transaction():
        charge = lock(charge_id)
        if charge.state == ChargeState.PAYING:
            raise PaymentUnderway
        if charge.state in SOLD:
            raise NotPayable
        if charge.state == ChargeState.OPEN:
            _let_go(charge)


def release_due(now: datetime | None = None, *, at_most: int = 500) -> int:
    """Let go every charge whose time is over and that nobody is paying; how many."""
    now = now or timezone.now()
    due = Charge.objects.filter(state=ChargeState.OPEN, expires_at__lte=now).order_by("expires_at", "pk")
    released = 0
    for pk in list(due.values_list("pk", flat=True)[:at_most]):
        with patient_transaction():
            charge = lock(pk)
            if charge.state == ChargeState.OPEN and charge.expires_at and charge.expires_at <= now:
                _let_go(charge)
                released += 1
    return released


def _let_go(charge: Charge) -> None:
    credits.give_back(charge)
    Charge.objects.filter(pk=charge.pk).update(state=ChargeState.RELEASED, expires_at=None)
    seller_of(charge.subject_type).released(charge.subject_id)


def open_cents(charge: Charge) -> int:
    """What no receipt has paid of it, or one that the bank took back. Credit that is only kept counts as unpaid."""
    paid = ReceiptPart.objects.filter(receipt__charge=charge, receipt__is_surplus=False).aggregate(sum=Sum("cents"))
    taken_back = JournalEntry.objects.filter(
        kind=EntryKind.REVERSAL, receipt__charge=charge, receipt__is_surplus=False
    ).aggregate(sum=Sum("cents"))
    return charge.cents - (paid["sum"] or 0) - (taken_back["sum"] or 0)


def left_to_pay(charge: Charge, cents: int, now: datetime) -> int:
    """What of these cents is left to pay online once the household's credit is used; writes nothing."""
    usable = credits.usable_cents(charge, now)
    return cents - sum(credits_to_use(cents, [usable], online=True))


def receive(
    charge: Charge, payment: Payment, now: datetime, *, otherwise: CreditReason = CreditReason.SECOND_PAYMENT
) -> AlertKind | None:
    """Money has come for the locked charge, whatever became of it meanwhile. What somebody must look at, if anything.

    It settles the charge where it is what is open; where that was let go, whoever can be is seated again; else it is
    receipted as a surplus and a credit note stands for it, with `otherwise` as its reason.
    """
    money = [(Means(payment.means), payment.received)]
    if charge.state == ChargeState.RELEASED:
        if not _seat_again(charge, payment, now):
            _receive_surplus(charge, payment, CreditReason.LATE_PAYMENT, now)
        return AlertKind.LATE_PAYMENT
    if charge.state != ChargeState.SETTLED and _with_credit(charge, payment.received, now):
        settle(charge, money, now=now, payment=payment)
        return None
    _receive_surplus(charge, payment, otherwise, now)
    return AlertKind.SECOND_PAYMENT


def _with_credit(charge: Charge, cents: int, now: datetime) -> bool:
    """Whether so much money settles the charge, with the credit it was meant to be paid with."""
    missing = open_cents(charge) - cents
    if credits.kept_for(charge) != missing:
        credits.give_back(charge)
        if missing < 0 or credits.keep_exactly(charge, missing, now=now) != missing:
            credits.give_back(charge)
            return False
    return True


def _seat_again(charge: Charge, payment: Payment, now: datetime) -> bool:
    """Nothing is seated where the credit that was part of it is gone, or the subject has been charged anew."""
    again = Charge.objects.filter(subject_type=charge.subject_type, subject_id=charge.subject_id)
    if again.exclude(state=ChargeState.RELEASED).exists() or not _with_credit(charge, payment.received, now):
        return False
    seated = seller_of(charge.subject_type).paid_late(charge.subject_id)
    if not seated:
        credits.give_back(charge)
        return False
    settle(charge, [(Means(payment.means), payment.received)], now=now, payment=payment, tell=False)
    rest = not_taken(charge.items, seated)
    if rest:
        cents, reason = sum(part for _, part in rest), CreditReason.LATE_PAYMENT
        credits.issue_in_transaction(charge=charge, cents=cents, reason=reason, now=now, sold_as=rest)
    return True


def _receive_surplus(charge: Charge, payment: Payment, reason: CreditReason, now: datetime) -> None:
    money = [(Means(payment.means), payment.received)]
    journal.issue_receipt(charge=charge, parts=money, now=now, payment=payment, is_surplus=True)
    credits.issue_in_transaction(charge=charge, cents=payment.received, reason=reason, now=now, payment=payment)
