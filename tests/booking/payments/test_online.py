"""An attempt to pay online, rule by rule, against a PayFiP on loopback."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from booking.payments import charges, online, payfip, reconciliation
from booking.payments.enums import ChargeState, CreditReason, PaymentState
from booking.payments.exceptions import (
    NotOnlineHere,
    NotOnlineJustNow,
    NotPayable,
    PaymentUnderway,
    UnderOneEuro,
)
from booking.payments.models import CashOffice, CreditNote, Payment, PaymentAlert
from tests.booking.payments.conftest import Clock
from tests.booking.payments.till import MAIL, ask, bank_money, go_to_pay, journal_money, right
from tests.booking.residents.visitor import browser_of
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import GuardianFactory
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_place_is_paid_and_sold(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    assert payment.state == PaymentState.OPEN and len(payment.refdet) == 20
    assert online.offered_page(payment) == f"{bank.page}?idop={payment.idop}"
    assert ask(payment).state == PaymentState.OPEN
    assert bank.act(payment.idop or "", "P", notify="0") == ""
    assert ask(payment).state == PaymentState.PAID
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and Place.objects.get().state == "sold"
    assert journal_money(office) == bank_money(bank) == 1200
    assert right() == []


def test_the_row_is_there_before_payfip_is_asked(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = online.prepare(charge_id=charge.pk)
    assert payment and payment.state == PaymentState.PREPARED and bank.calls == []
    charge.refresh_from_db()
    assert charge.state == ChargeState.PAYING
    with transaction.atomic(), pytest.raises(RuntimeError, match="within a transaction"):
        online.open_operation(payment, mail=MAIL)


def test_what_is_being_paid_is_not_let_go(bank: PayfipSimulator, office: CashOffice, clock: Clock) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    clock.pass_(hours=1)
    assert charges.release_due() == 0
    with pytest.raises(PaymentUnderway):
        charges.release_charge(charge.pk)
    assert selling.hold(office, show=1, number=7) is None
    # Nobody came: from twenty minutes on "unknown" is the end of it, and a moment later the place is free.
    bank.late_reception = True
    assert ask(payment).state == PaymentState.EXPIRED
    clock.pass_(minutes=11)
    assert charges.release_due() == 1
    assert selling.hold(office, show=1, number=7) is not None


def test_trying_again_is_the_same_operation_while_it_is_young(
    bank: PayfipSimulator, office: CashOffice, clock: Clock
) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    first = go_to_pay(charge)
    bank.act(first.idop or "", "R", notify="0")
    assert ask(first).state == PaymentState.OPEN and first.result == "R"
    assert go_to_pay(charge) == first and online.offered_page(first)
    clock.pass_(minutes=14)
    assert online.offered_page(first) == ""
    assert go_to_pay(charge) == first
    clock.pass_(minutes=7)
    assert ask(first).state == PaymentState.REFUSED
    second = go_to_pay(charge)
    assert second != first and second.refdet != first.refdet
    bank.act(second.idop or "", "P", notify="0")
    assert ask(second).state == PaymentState.PAID
    assert right() == []


def test_the_database_refuses_a_second_live_payment(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    with pytest.raises(IntegrityError, match="one_payment_of_a_charge_that_may_still_be_paid"):
        Payment.objects.create(
            charge=charge, cents=1200, refdet="X" * 20, numcli="090909", capture="T", created_at=payment.created_at
        )


@pytest.mark.parametrize(
    "fault", ["lost", "cut", "html", "hang", "TechIndisponibiliteErreur", "TechProtocolaireErreur"]
)
def test_a_lost_creation_is_harmless(bank: PayfipSimulator, office: CashOffice, fault: str) -> None:
    bank.hang = 3
    charge = selling.hold(office, show=1, number=7)
    assert charge
    bank.faults.append(fault)
    if fault == "hang":
        payfip.result_of("warm")  # its turn is the fault's; the contract has been read
        bank.faults.append(fault)
    with pytest.raises(NotOnlineJustNow):
        go_to_pay(charge)
    assert Payment.objects.get().state == PaymentState.EXPIRED
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "P", notify="0")
    assert ask(payment).state == PaymentState.PAID
    assert journal_money(office) == 1200 and right() == []


def test_a_refused_request_is_our_fault_and_told_to_the_office(bank: PayfipSimulator, office: CashOffice) -> None:
    CashOffice.objects.update(numcli="777777")
    charge = selling.hold(office, show=1, number=7)
    assert charge
    with pytest.raises(NotOnlineJustNow) as refused:
        go_to_pay(charge)
    assert "T2" not in str(refused.value)
    alert = PaymentAlert.objects.get()
    assert (alert.kind, alert.code) == ("settings", "T2")
    charge.refresh_from_db()
    assert charge.state == ChargeState.OPEN


@pytest.mark.parametrize("fault", ["html", "cut", "TechDysfonctionnementErreur"])
def test_after_a_technical_fault_nothing_is_known(
    bank: PayfipSimulator, office: CashOffice, clock: Clock, fault: str
) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    bank.begin(payment.idop or "")
    for minutes in (1, 5, 30, 30):
        bank.faults.append(fault)
        before = ask(payment)
        assert before.state == PaymentState.UNCERTAIN and before.next_at and before.last_asked_at
        wait = before.next_at - before.last_asked_at
        assert abs(wait - timedelta(minutes=minutes)) < timedelta(seconds=9)
        clock.pass_(minutes=30)
    assert charges.release_due() == 0
    # Two hours after its beginning nobody is at the bank's page any more, and it answers again.
    bank.operations[payment.idop or ""]["result"] = None
    assert ask(payment).state == PaymentState.EXPIRED


def test_an_amount_that_differs_is_never_believed(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    bank.operations[payment.idop or ""]["montant"] = "1201"
    bank.act(payment.idop or "", "P", notify="0")
    assert ask(payment).state == PaymentState.UNCERTAIN
    assert ask(payment).state == PaymentState.UNCERTAIN
    assert PaymentAlert.objects.get().kind == "mismatch"
    assert journal_money(office) == 0 and right() == []


def test_a_late_payment_is_seated_again_or_credited(bank: PayfipSimulator, office: CashOffice, clock: Clock) -> None:
    paid = []
    for number in (1, 2):
        charge = selling.hold(office, show=1, number=number)
        assert charge
        payment = go_to_pay(charge)
        # The treasury forgets it, and remembers days later.
        operation = bank.operations.pop(payment.idop or "")
        paid.append((charge, payment, operation))
    clock.pass_(minutes=25)
    for _, payment, _ in paid:
        assert ask(payment).state == PaymentState.EXPIRED
    clock.pass_(minutes=11)
    assert charges.release_due() == 2
    assert selling.hold(office, show=1, number=2)
    clock.pass_(days=1)
    for _, payment, operation in paid:
        bank.operations[payment.idop or ""] = operation | {"made": bank.now()}
        bank.act(payment.idop or "", "P", notify="0")
    reconciliation.reconcile()
    for charge, payment, _ in paid:
        charge.refresh_from_db()
        payment.refresh_from_db()
    assert [payment.state for _, payment, _ in paid] == [PaymentState.PAID] * 2
    assert [charge.state for charge, _, _ in paid] == [ChargeState.SETTLED, ChargeState.RELEASED]
    note = CreditNote.objects.get()
    assert (note.cents, note.reason) == (1200, CreditReason.LATE_PAYMENT)
    assert PaymentAlert.objects.filter(kind="late_payment").count() == 2
    assert journal_money(office) == bank_money(bank) == 2400
    assert right() == []
    # Whoever finds no place any more reads that their money came, and where it is.
    late, receipt = paid[1][0], note.payment.receipt if note.payment else None
    assert receipt
    browser = browser_of(GuardianFactory.create(household=late.household))
    page = browser.get(reverse("payments:charge", args=[late.pk])).content.decode()
    assert "Rien n’a été encaissé" not in page and "un avoir de la même somme" in page
    link = reverse("payments:receipt", args=[receipt.pk])
    assert link in page and link in browser.get(reverse("payments:mine")).content.decode()


def test_a_second_payment_is_credited_and_told(bank: PayfipSimulator, office: CashOffice, clock: Clock) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    first = go_to_pay(charge)
    operation = bank.operations.pop(first.idop or "")
    clock.pass_(minutes=25)
    ask(first)
    second = go_to_pay(charge)
    bank.operations[first.idop or ""] = operation | {"made": bank.now()}
    for payment in (first, second):
        bank.act(payment.idop or "", "P", notify="0")
        assert ask(payment).state == PaymentState.PAID
    note = CreditNote.objects.get()
    assert (note.cents, note.left, note.reason) == (1200, 1200, CreditReason.SECOND_PAYMENT)
    assert PaymentAlert.objects.get().kind == "second_payment"
    assert journal_money(office) == 2400 and right() == []


def test_nothing_to_pay_asks_nobody(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7, cents=0)
    assert charge
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and Place.objects.get().state == "sold"
    with pytest.raises(NotPayable):
        online.prepare(charge_id=charge.pk)
    assert bank.calls == [] and right() == []


def test_under_one_euro_is_not_paid_online(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7, cents=99)
    assert charge
    with pytest.raises(UnderOneEuro):
        online.prepare(charge_id=charge.pk)
    charge.refresh_from_db()
    assert charge.state == ChargeState.OPEN


@pytest.mark.parametrize("why", ["office", "installation"])
def test_where_it_is_not_offered_it_is_said(bank: PayfipSimulator, office: CashOffice, settings: Any, why: str) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    if why == "office":
        CashOffice.objects.update(numcli="")
    else:
        settings.PAYFIP_SAISIE = ""
    with pytest.raises(NotOnlineHere):
        online.prepare(charge_id=charge.pk)


@pytest.mark.true_clock
def test_one_question_at_a_time(bank: PayfipSimulator, office: CashOffice) -> None:
    """Whoever finds it busy has sent nothing, and asks again with the same row."""
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = online.prepare(charge_id=charge.pk)
    assert payment
    with payfip._turn:
        assert online.open_operation(payment, mail=MAIL) == ""
    payment.refresh_from_db()
    assert payment.state == PaymentState.PREPARED and payment.asked_at is None and bank.calls == []
    assert online.open_operation(payment, mail=MAIL) == payment.idop != ""


def test_whatever_is_sent_as_notification_is_answered_with_nothing(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "P", notify="0")
    calls = len(bank.calls)
    url, client = reverse("payfip:notification"), Client(enforce_csrf_checks=True)
    for name, idop in (("idop", str(uuid4())), ("idop", "<script>"), ("other", payment.idop), ("idop", "x" * 99)):
        answer = client.post(url, {name: idop})
        assert (answer.status_code, answer.content) == (200, b"")
    assert len(bank.calls) == calls  # foreign ones are not asked about
    for _ in range(3):
        assert client.get(url, {"idOp": payment.idop}).content == b""
    payment.refresh_from_db()
    assert payment.state == PaymentState.PAID and len(bank.calls) == calls + 1
    assert journal_money(office) == 1200 and right() == []


def test_the_page_of_return_works_without_cookie_and_names_nobody(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    url, client = reverse("payfip:back", args=[payment.pk]), Client(enforce_csrf_checks=True)
    waiting = client.get(url).content.decode()
    assert "Nous attendons la réponse" in waiting and bank.page in waiting
    bank.act(payment.idop or "", "P", notify="0")
    Payment.objects.update(last_asked_at=None)
    page = client.post(url, {"idop": "of somebody else"}).content.decode()
    assert "Votre paiement est reçu" in page and payment.refdet in page
    assert "Léa" not in page
    assert client.get(reverse("payfip:back", args=[uuid4()])).status_code == 404


def test_the_accounts_of_a_household_need_no_worker(bank: PayfipSimulator, office: CashOffice) -> None:
    charge = selling.hold(office, show=1, number=7)
    assert charge
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "V", notify="0")
    reconciliation.refresh_household(charge.household)
    payment.refresh_from_db()
    assert payment.state == PaymentState.PAID and payment.means == "debit_online"


def test_two_faults_in_a_row_end_a_run(bank: PayfipSimulator, office: CashOffice, clock: Clock) -> None:
    for number in range(5):
        charge = selling.hold(office, show=1, number=number)
        assert charge
        go_to_pay(charge)
    clock.pass_(minutes=2)
    bank.faults.extend(["cut"] * 5)
    before = len(bank.calls)
    assert reconciliation.reconcile() == 2
    assert len(bank.calls) == before and len(bank.faults) == 3
    bank.faults.clear()
    clock.pass_(minutes=2)
    assert reconciliation.reconcile() == 5
