"""What tests ask about money, places and the journal."""

from django.db.models import Sum

from booking.payments import accounts, online
from booking.payments.enums import COUNTER_MEANS, ONLINE_MEANS, Means
from booking.payments.models import CashOffice, Charge, JournalEntry, Payment
from tests.simulators.payfip import PayfipSimulator

MAIL = "payeuse@mail.example"


def go_to_pay(charge: Charge) -> Payment:
    """As the page does it: a row, an operation, a link."""
    payment = online.prepare(charge_id=charge.pk)
    assert payment is not None
    online.open_operation(payment, mail=MAIL)
    payment.refresh_from_db()
    return payment


def ask(payment: Payment) -> Payment:
    """Ask, whatever was asked a moment ago."""
    Payment.objects.filter(pk=payment.pk).update(last_asked_at=None)
    online.ask_about(payment.pk)
    payment.refresh_from_db()
    return payment


#: What moves money. A credit note used or given moves none.
MONEY = (*ONLINE_MEANS, *COUNTER_MEANS, Means.TRANSFER)


def journal_money(office: CashOffice) -> int:
    found = JournalEntry.objects.filter(office=office, means__in=MONEY).aggregate(sum=Sum("cents"))
    return found["sum"] or 0


def bank_money(bank: PayfipSimulator) -> int:
    return sum(int(one["montant"]) for one in bank.operations.values() if one["result"] in ("P", "V"))


def right() -> list[str]:
    return list(accounts.faults())
