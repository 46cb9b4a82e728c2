"""`accounts --check`: right accounts are right, and one row tampered with turns it red."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from booking.payments import accounts, counter, credits, refunds
from booking.payments.enums import CreditReason, Means
from booking.payments.models import AccountsCheck, CashOffice, Charge
from booking.payments.tasks import check_accounts
from tests.booking.payments.till import ask, go_to_pay, right
from tests.booth import selling
from tests.factories import HouseholdFactory, StaffMemberFactory
from tests.rights.money import IBAN
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ledger(bank: PayfipSimulator, office: CashOffice) -> Charge:
    """A bit of everything: online, at the counter with credit, called off, wanted back, bounced."""
    cashier, household = StaffMemberFactory.create(), HouseholdFactory.create()
    sold = [selling.hold(office, show=1, number=number, household=household) for number in range(5)]
    first, second, third, fourth, fifth = (charge for charge in sold if charge)
    payment = go_to_pay(first)
    bank.act(payment.idop or "", "V", notify="0")
    ask(payment)
    counter.take(charge_id=second.pk, parts={Means.CASH: 1000, Means.CHEQUE: 200}, by=cashier)
    credits.issue_credit(charge=second, cents=500, reason=CreditReason.CALLED_OFF, by=cashier)
    counter.take(charge_id=third.pk, parts={Means.CARD_TERMINAL: 700}, by=cashier)
    note = credits.issue_credit(charge=third, cents=300, reason=CreditReason.CANCELLED, by=cashier)
    refund = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    refunds.pay_refund(refund_id=refund.pk, by=cashier)
    cheque = counter.take(charge_id=fourth.pk, parts={Means.CHEQUE: 1200}, by=cashier)
    assert cheque
    counter.take_back(receipt_id=cheque.pk, by=cashier)
    go_to_pay(fifth)
    return first


def tamper(statement: str) -> None:
    """As a hand in the database would that has switched the guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_right_accounts_are_right(ledger: Charge) -> None:
    out = StringIO()
    call_command("accounts", "--check", stdout=out)
    assert "right" in out.getvalue() and AccountsCheck.objects.get().faults == 0
    assert accounts.state()["accounts_faults"] == 0


TAMPERED = [
    ("UPDATE payments_journalentry SET cents = cents + 1 WHERE number = 1", "receipt and the journal"),
    ("DELETE FROM payments_journalentry WHERE number = 1", "numbers of the journal"),
    ("UPDATE payments_chargeline SET cents = cents + 1 WHERE id = (SELECT min(id) FROM payments_chargeline)", "add up"),
    ("UPDATE payments_charge SET state = 'released', settled_at = NULL WHERE state = 'settled'", "not settled"),
    ("UPDATE payments_charge SET state = 'open' WHERE state = 'paying'", "let go while"),
    ("DELETE FROM payments_payment WHERE state = 'open'", "paid by nothing"),
    ("UPDATE payments_charge SET state = 'settled' WHERE state = 'unpaid'", "not paid in full"),
    ("UPDATE payments_receiptpart SET cents = cents + 1 WHERE means = 'debit_online'", "online payment"),
    ("UPDATE payments_payment SET cents = cents + 1 WHERE state = 'paid'", "online payment"),
    ('UPDATE payments_creditnote SET "left" = "left" + 1 WHERE "left" < cents', "left of a credit note"),
    ("UPDATE payments_credituse SET cents = cents - 1", "credit spent"),
    ("UPDATE payments_refundfile SET cents = cents - 1", "refund and the journal"),
    ("DELETE FROM payments_receipt WHERE number = 2", "numbers of receipts"),
    ("DELETE FROM payments_creditnote WHERE number = 1", "numbers of credit notes"),
    ("UPDATE payments_journalentry SET cents = cents - 1 WHERE kind = 'reversal'", "not the opposite"),
    ("UPDATE payments_journalentry SET cents = cents - 1 WHERE kind = 'credit_note'", "credit note and the journal"),
    ("UPDATE payments_journalentry SET account = '70632' WHERE kind = 'collection'", "booked where it was sold"),
    ("UPDATE payments_journalentry SET account = '70632' WHERE kind = 'credit_note'", "more was given back"),
    ("UPDATE booth_place SET state = 'gone' WHERE state = 'sold'", "paid without a place"),
    ("UPDATE booth_place SET state = 'sold' WHERE state = 'held'", "nobody paid"),
    ("UPDATE payments_charge SET subject_type = 'unheard'", "no service sells"),
]


@pytest.mark.parametrize(("statement", "said"), TAMPERED, ids=[said for _, said in TAMPERED])
def test_twin_one_row_tampered_with_turns_it_red(ledger: Charge, statement: str, said: str) -> None:
    assert right() == []
    tamper(statement)
    assert any(said in fault for fault in right())
    with pytest.raises(CommandError, match="faults"):
        call_command("accounts", "--check", stdout=StringIO())
    assert AccountsCheck.objects.latest("checked_at").faults > 0


def test_the_state_of_the_service_tells_the_last_look(ledger: Charge, client: Any) -> None:
    assert accounts.state()["accounts_faults"] is None
    tamper("UPDATE payments_journalentry SET cents = cents + 1 WHERE number = 1")
    check_accounts()
    answer = client.get("/sante/etat").json()
    assert answer["accounts_faults"] > 0 and answer["accounts_checked_hours"] == 0
    assert answer["payment_alerts"] == 1  # the cheque that bounced
