"""What pages read of the accounts."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from booking.payments import charges, online
from booking.payments.enums import LIVE, ChargeState, EntryKind, Means, PaymentState
from booking.payments.models import CashOffice, Charge, CreditNote, JournalEntry, Payment, Receipt, ReceiptPart
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


def standing_of(charge: Charge) -> Standing:
    now = timezone.now()
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
    """« Mes paiements »: everything this family owes or has paid, the newest first. For later pages too.

    Of what was let go only that for which money came all the same.
    """
    let_go = Q(state=ChargeState.RELEASED) & ~Exists(Receipt.objects.filter(charge=OuterRef("pk")))
    found = Charge.objects.of_household(household).exclude(let_go)
    return list(found.select_related("office").prefetch_related("lines", "receipts").order_by("-created_at", "-pk"))


def owed_by(household: UUID) -> int:
    """Cents that this family has to pay now: what no receipt has paid, or the bank has taken back."""
    owed = Charge.objects.filter(household=household, state__in=OWED)
    asked = owed.aggregate(sum=Sum("cents"))["sum"] or 0
    if not asked:
        return 0
    paid = ReceiptPart.objects.filter(receipt__charge__in=owed, receipt__is_surplus=False)
    back = JournalEntry.objects.filter(
        kind=EntryKind.REVERSAL, receipt__charge__in=owed, receipt__is_surplus=False
    ).aggregate(sum=Sum("cents"))
    return asked - (paid.aggregate(sum=Sum("cents"))["sum"] or 0) - (back["sum"] or 0)


def credit_of(household: UUID) -> int:
    """Cents of credit that this family may use today."""
    valid = CreditNote.objects.filter(household=household, left__gt=0, expires_on__gte=timezone.localdate())
    return valid.aggregate(sum=Sum("left"))["sum"] or 0


def credit_notes_of(household: Household) -> list[CreditNote]:
    """Notes with something left that can be used today."""
    valid = CreditNote.objects.of_household(household).filter(left__gt=0, expires_on__gte=timezone.localdate())
    return list(valid.select_related("office").order_by("expires_on", "number"))


def receipt_parts(receipt: Receipt) -> Sequence[tuple[str, int]]:
    return [(part.get_means_display(), part.cents) for part in receipt.parts.order_by("pk")]


@dataclass(frozen=True)
class Pending:
    """Payments of an office that are not over, by their age, and how PayFiP answers."""

    payments: list[Payment]
    uncertain: int
    last_answer_at: datetime | None
    mean_minutes: float | None


def pending_of(office: CashOffice) -> Pending:
    mine = Payment.objects.filter(charge__office=office)
    live = list(mine.filter(state__in=LIVE).select_related("charge").order_by("created_at", "pk"))
    month = timezone.now() - timedelta(days=30)
    paid = mine.filter(state=PaymentState.PAID, ended_at__gte=month)
    mean = paid.aggregate(mean=Avg(F("ended_at") - F("opened_at")))["mean"]
    return Pending(
        payments=live,
        uncertain=sum(payment.state == PaymentState.UNCERTAIN for payment in live),
        last_answer_at=mine.exclude(last_answer="").aggregate(last=Max("last_asked_at"))["last"],
        mean_minutes=mean.total_seconds() / 60 if mean else None,
    )


@dataclass(frozen=True)
class MonthRow:
    month: date
    account: str
    means: str
    cents: int

    @property
    def last_day(self) -> date:
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])


def months_of(office: CashOffice) -> list[MonthRow]:
    """What was collected and given back, by month, account and means: one row each, the newest month first."""
    rows = office.entries.values("day__year", "day__month", "account", "means").annotate(sum=Sum("cents"))
    return [
        MonthRow(
            month=date(row["day__year"], row["day__month"], 1),
            account=row["account"],
            means=str(Means(row["means"]).label),
            cents=row["sum"],
        )
        for row in rows.order_by("-day__year", "-day__month", "account", "means")
    ]


def taken_back(receipt: Receipt) -> int:
    """Cents of this receipt that the bank has taken back."""
    return -(receipt.entries.filter(kind=EntryKind.REVERSAL).aggregate(sum=Sum("cents"))["sum"] or 0)


#: Entries on one page, a busy month at least: it is printed from it. The file has them all.
SHOWN = 1_000


def journal_of(office: CashOffice, first: date, last: date) -> QuerySet[JournalEntry]:
    """The entries of these days, both included."""
    found = office.entries.filter(day__gte=first, day__lte=last).select_related("receipt", "reverses", "by")
    return found.order_by("number")


def totals_of(entries: QuerySet[JournalEntry]) -> list[tuple[str, int]]:
    """What the entries add up to by means."""
    sums = entries.order_by("means").values("means").annotate(sum=Sum("cents"))
    return [(str(Means(row["means"]).label), int(row["sum"])) for row in sums]
