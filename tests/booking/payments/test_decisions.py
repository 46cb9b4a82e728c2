"""What PayFiP confirms otherwise is ended by an accountant: what came is in the journal, and nothing hangs for ever."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.payments import charges, counter, decisions, online, refunds
from booking.payments.enums import ChargeState, Means, PaymentState
from booking.payments.exceptions import NotToCloseByHand, WrongSum
from booking.payments.models import CashOffice, Charge, CreditNote, Payment, PaymentAlert, Receipt
from municipalities.models import AuditEntry, StaffMember
from tests import people
from tests.booking.payments.conftest import Clock
from tests.booking.payments.test_office_pages import page, said, working
from tests.booking.payments.till import ask, go_to_pay, journal_money, right
from tests.booth import selling
from tests.rights.money import IBAN
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accountant(office: CashOffice) -> StaffMember:
    return working(people.accountant(office.operator), office)


@pytest.fixture
def doubtful(bank: PayfipSimulator, office: CashOffice) -> Payment:
    """Paid, says PayFiP, but another sum."""
    charge = selling.hold(office, show=1, number=1)
    assert charge
    payment = go_to_pay(charge)
    bank.operations[payment.idop or ""]["montant"] = "1350"
    bank.act(payment.idop or "", "P", notify="0")
    return ask(payment)


def decide(payment: Payment, received: int, by: StaffMember) -> Charge:
    decisions.decide(
        payment_id=payment.pk, received=received, means=Means.CARD_ONLINE, reason="Relevé du 9 février", by=by
    )
    payment.refresh_from_db()
    return Charge.objects.get(pk=payment.charge_id)


def test_the_right_sum_settles_what_is_owed(doubtful: Payment, office: CashOffice, accountant: StaffMember) -> None:
    charge = decide(doubtful, 1200, accountant)
    assert charge.state == ChargeState.SETTLED and doubtful.state == PaymentState.PAID
    assert journal_money(office) == 1200 and right() == []
    assert (doubtful.closed_by, doubtful.closed_reason) == (accountant, "Relevé du 9 février")
    assert not PaymentAlert.objects.filter(seen_at__isnull=True).exists()
    traced = AuditEntry.objects.filter(table="payments_payment", staff=accountant).latest("pk")
    assert traced.after["closed_reason"] == "Relevé du 9 février" and traced.after["received_cents"] == 1200


@pytest.mark.parametrize("received", [1350, 700, 1])
def test_another_sum_becomes_credit_which_pays_first(
    doubtful: Payment, office: CashOffice, accountant: StaffMember, received: int
) -> None:
    charge = decide(doubtful, received, accountant)
    note = CreditNote.objects.get()
    assert charge.state == ChargeState.OPEN and note.cents == received and Receipt.objects.get().is_surplus
    assert journal_money(office) == received and right() == []
    rest = counter.to_pay(charge)
    assert rest == max(0, 1200 - received)
    counter.take(charge_id=charge.pk, parts={Means.CASH: rest} if rest else {}, by=accountant)
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED
    assert journal_money(office) == max(1200, received) and right() == []


def test_who_comes_back_reads_the_sum_that_came(doubtful: Payment, accountant: StaffMember, client: Client) -> None:
    decide(doubtful, 700, accountant)
    shown = said(client.get(reverse("payfip:back", args=[doubtful.pk])))
    assert "7,00 € reçus" in shown and "12,00 €" not in shown
    assert "Paiement reçu d’un autre montant : un avoir" in shown


def test_another_sum_is_a_part_and_the_rest_is_paid_online(
    bank: PayfipSimulator, doubtful: Payment, office: CashOffice, accountant: StaffMember
) -> None:
    charge = decide(doubtful, 700, accountant)
    rest = go_to_pay(charge)
    assert rest.cents == 500
    bank.act(rest.idop or "", "P", notify="0")
    assert ask(rest).state == PaymentState.PAID
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and journal_money(office) == 1200 and right() == []


def test_another_sum_goes_back_to_the_family(
    doubtful: Payment, office: CashOffice, accountant: StaffMember, clock: Clock
) -> None:
    charge = decide(doubtful, 1350, accountant)
    refund = refunds.ask_refund(note_id=CreditNote.objects.get().pk, holder="Une Payeuse", iban=IBAN)
    assert right() == []
    refunds.pay_refund(refund_id=refund.pk, by=accountant)
    assert journal_money(office) == 0 and right() == []
    clock.pass_(hours=1)
    charges.release_due()
    charge.refresh_from_db()
    assert charge.state == ChargeState.RELEASED and right() == []


@pytest.fixture
def too_late(bank: PayfipSimulator, office: CashOffice, clock: Clock) -> Payment:
    """The place was let go before PayFiP said paid, and another sum."""
    charge = selling.hold(office, show=1, number=1)
    assert charge
    payment = go_to_pay(charge)
    told_late(bank, payment, clock)
    clock.pass_(minutes=20)
    charges.release_due()
    return ask(payment)


def told_late(bank: PayfipSimulator, payment: Payment, clock: Clock) -> None:
    """The treasury forgets a payment for so long that it is over, and then says paid, and another sum."""
    bank.act(payment.idop or "", "P", notify="0")
    operation = bank.operations.pop(payment.idop or "")
    clock.pass_(minutes=30)
    assert ask(payment).state == PaymentState.EXPIRED
    bank.operations[payment.idop or ""] = operation | {"montant": "1350"}


@pytest.mark.parametrize(
    ("received", "state", "seated"),
    [
        (1350, ChargeState.RELEASED, False),
        (700, ChargeState.RELEASED, False),
        (1200, ChargeState.SETTLED, True),
        (0, ChargeState.RELEASED, False),
    ],
)
def test_what_came_after_the_end_is_decided_too(
    too_late: Payment, office: CashOffice, accountant: StaffMember, received: int, state: str, seated: bool
) -> None:
    assert too_late.state == PaymentState.EXPIRED and journal_money(office) == 0
    charge = decide(too_late, received, accountant)
    assert charge.state == state and journal_money(office) == received and right() == []
    assert too_late.state == (PaymentState.PAID if received else PaymentState.EXPIRED)
    assert sum(note.cents for note in CreditNote.objects.all()) == (0 if seated else received)
    assert not PaymentAlert.objects.filter(seen_at__isnull=True).exists()
    with pytest.raises(NotToCloseByHand):
        decide(too_late, received, accountant)


@pytest.mark.parametrize("received", [1350, 0])
def test_another_attempt_that_is_under_way_goes_on(
    bank: PayfipSimulator, office: CashOffice, accountant: StaffMember, clock: Clock, received: int
) -> None:
    charge = selling.hold(office, show=1, number=1)
    assert charge
    first = go_to_pay(charge)
    told_late(bank, first, clock)
    again = go_to_pay(charge)
    ask(first)
    assert decide(first, received, accountant).state == ChargeState.PAYING and right() == []
    bank.act(again.idop or "", "P", notify="0")
    assert ask(again).state == PaymentState.PAID
    assert journal_money(office) == 1200 + received and right() == []


def test_what_may_have_come_cannot_be_put_away_unseen(
    too_late: Payment, office: CashOffice, accountant: StaffMember
) -> None:
    cashier = working(people.cashier(office.operator), office)
    alert = PaymentAlert.objects.get()
    shown = said(page(cashier, "pending", office.pk))
    assert "J’ai vu" not in shown and "Le comptable cherche ce qui a été reçu" in shown
    assert "Cette alerte reste" in said(page(cashier, "seen", alert.pk, go="1"))
    alert.refresh_from_db()
    assert alert.seen_at is None
    assert "Dire ce qui a été reçu" in said(page(accountant, "pending", office.pk))
    page(accountant, "decide", too_late.pk, received="13,50", means="card_online", reason="Relevé")
    assert "Dire ce qui a été reçu" not in said(page(accountant, "pending", office.pk))
    assert right() == []


def test_nothing_came_and_the_family_may_begin_again(
    bank: PayfipSimulator, doubtful: Payment, office: CashOffice, accountant: StaffMember
) -> None:
    charge = decide(doubtful, 0, accountant)
    assert (charge.state, doubtful.state, doubtful.means) == (ChargeState.OPEN, PaymentState.EXPIRED, "")
    assert journal_money(office) == 0 and right() == []
    again = go_to_pay(charge)
    bank.act(again.idop or "", "P", notify="0")
    assert ask(again).state == PaymentState.PAID
    # What is still said of the old one changes nothing, and calls nobody any more.
    ask(doubtful)
    assert PaymentAlert.objects.filter(seen_at__isnull=True).count() == 0 and right() == []
    # Unless it turns out to be what was asked: money that came is never lost.
    bank.operations[doubtful.idop or ""]["montant"] = "1200"
    assert ask(doubtful).state == PaymentState.PAID
    assert CreditNote.objects.get().cents == 1200 and right() == []


def test_only_what_is_doubtful_is_decided_and_once(
    bank: PayfipSimulator, doubtful: Payment, office: CashOffice, accountant: StaffMember
) -> None:
    other = selling.hold(office, show=1, number=2)
    assert other
    with pytest.raises(NotToCloseByHand):
        decide(go_to_pay(other), 1200, accountant)
    for received in (-1, 10_000_001):
        with pytest.raises(WrongSum):
            decide(doubtful, received, accountant)
    decide(doubtful, 1200, accountant)
    with pytest.raises(NotToCloseByHand):
        decide(doubtful, 0, accountant)
    assert right() == []


def test_what_is_kept_stays_kept_until_somebody_decides(
    doubtful: Payment, accountant: StaffMember, clock: Clock
) -> None:
    clock.pass_(days=3)
    charges.release_due()
    assert Charge.objects.get().state == ChargeState.PAYING
    assert online.offered_page(doubtful) == ""
    decide(doubtful, 0, accountant)
    clock.pass_(hours=1)
    charges.release_due()
    assert Charge.objects.get().state == ChargeState.RELEASED and right() == []


def test_the_accountant_decides_on_a_page(
    doubtful: Payment, office: CashOffice, accountant: StaffMember, clock: Any
) -> None:
    shown = said(page(accountant, "pending", office.pk))
    assert "Décider" in shown and f"P {doubtful.refdet} 1350" in shown
    cashier = working(people.cashier(office.operator), office)
    assert "Décider" not in said(page(cashier, "pending", office.pk))
    assert page(cashier, "decide", doubtful.pk).status_code == 404
    assert "1350" in said(page(accountant, "decide", doubtful.pk))
    wrong = said(page(accountant, "decide", doubtful.pk, received="-3", means="card_online", reason=""))
    assert Payment.objects.get().state == PaymentState.UNCERTAIN and "Erreur" in wrong
    done = said(page(accountant, "decide", doubtful.pk, received="13,50", means="card_online", reason="Relevé"))
    assert "La décision est enregistrée" in done
    assert "n’attend pas de décision" in said(page(accountant, "decide", doubtful.pk))
    assert "13,50" in said(page(accountant, "journal", office.pk))
    assert right() == []
