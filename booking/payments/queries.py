"""What pages read of the accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from booking.payments import charges, online
from booking.payments.enums import ChargeState, EntryKind, PaymentState
from booking.payments.models import Charge, CreditNote, Payment, Receipt
from booking.residents.models import Household

#: So long a page says of an attempt that PayFiP did not answer.
TOLD_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Standing:
    """How it stands with a charge now, for the page of whoever pays it.

    `payment` is the attempt that may still be paid; `pay_page` its address at PayFiP while it takes it.
    """

    charge: Charge
    payment: Payment | None
    pay_page: str
    has_failed: bool
    is_refused: bool
    credit: int
    rest: int
    is_online: bool

    @property
    def is_preparing(self) -> bool:
        return self.payment is not None and self.payment.state == PaymentState.PREPARED


def standing_of(charge: Charge, now: datetime | None = None) -> Standing:
    now = now or timezone.now()
    payments = list(charge.payments.order_by("-created_at", "-pk")[:2])
    live = next((payment for payment in payments if payment.is_live), None)
    last = payments[0] if payments else None
    has_failed = bool(
        live is None and last and last.opened_at is None and last.ended_at and now - last.ended_at < TOLD_FOR
    )
    open_cents = charges.open_cents(charge) if charge.state in OWED else 0
    rest = live.cents if live else charges.left_to_pay(charge, open_cents, now)
    return Standing(
        charge=charge,
        payment=live,
        pay_page=online.offered_page(live, now) if live else "",
        has_failed=has_failed,
        is_refused=bool(live and live.result in ("A", "R", "Z")),
        credit=max(0, open_cents - rest),
        rest=rest if open_cents else 0,
        is_online=online.is_online(charge.office),
    )


OWED = (ChargeState.OPEN, ChargeState.PAYING, ChargeState.UNPAID)


def payments_of(household: Household) -> list[Charge]:
    """« Mes paiements »: everything this family owes or has paid, the newest first. For later pages too."""
    found = Charge.objects.of_household(household).exclude(state=ChargeState.RELEASED)
    return list(found.select_related("office").prefetch_related("lines", "receipts").order_by("-created_at", "-pk"))


def credit_notes_of(household: Household) -> list[CreditNote]:
    """Notes with something left that can be used today."""
    valid = CreditNote.objects.of_household(household).filter(left__gt=0, expires_on__gte=timezone.localdate())
    return list(valid.select_related("office").order_by("expires_on", "number"))


def receipt_parts(receipt: Receipt) -> Sequence[tuple[str, int]]:
    return [(part.get_means_display(), part.cents) for part in receipt.parts.order_by("pk")]


def reversed_receipts(receipts: Sequence[Receipt]) -> set[object]:
    """The ids of those the bank has taken back."""
    found = Receipt.objects.filter(pk__in=[receipt.pk for receipt in receipts], entries__kind=EntryKind.REVERSAL)
    return set(found.values_list("pk", flat=True))
