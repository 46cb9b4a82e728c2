"""A family pays on its own pages: with a link to PayFiP, without it, twice, and not what is somebody else's."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from booking.payments import charges, counter, credits, payfip
from booking.payments.enums import ChargeState, CreditReason, Means
from booking.payments.models import (
    CashOffice,
    Charge,
    CreditNote,
    JournalEntry,
    Payment,
    PaymentAlert,
    Receipt,
    RefundFile,
)
from booking.payments.views.family import payer_mail
from booking.residents.access import is_household_page
from booking.residents.models import Guardian
from municipalities.idempotency import FIELD, new_key
from tests.booking.payments.till import right
from tests.booking.residents.visitor import browser_of
from tests.booth import selling
from tests.factories import GuardianFactory, StaffMemberFactory
from tests.rights.money import IBAN
from tests.rights.walk import _views
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guardian(transactional_db: None) -> Guardian:
    return GuardianFactory.create()


@pytest.fixture
def browser(guardian: Guardian, clock: Any) -> Client:
    return browser_of(guardian)


def owed(office: CashOffice, guardian: Guardian, number: int = 1, cents: int = 1200) -> Charge:
    charge = selling.hold(office, show=1, number=number, cents=cents, household=guardian.household)
    assert charge
    return charge


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


def press_pay(browser: Client, charge: Charge, key: str = "") -> Any:
    return browser.post(reverse("payments:pay", args=[charge.pk]), {FIELD: key or new_key()}, follow=True)


def test_from_the_price_to_the_receipt(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    page = said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "Payer 12,00 € en ligne" in page and "Léa Fictive" in page
    key = new_key()
    page = said(press_pay(browser, charge, key))
    payment = Payment.objects.get()
    assert f'href="{bank.page}?idop={payment.idop}"' in page and payment.refdet in page
    press_pay(browser, charge, key)
    assert Payment.objects.count() == 1
    bank.act(payment.idop or "", "P", notify="0")
    Payment.objects.update(last_asked_at=None)
    page = said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "C’est réglé" in page and "Reçu n° 1" in page
    receipt = said(browser.get(reverse("payments:receipt", args=[Receipt.objects.get().pk])))
    assert "Carte, en ligne : 12,00 €" in receipt and payment.refdet in receipt
    assert "Réglé" in said(browser.get(reverse("payments:mine")))
    assert right() == []


def test_pressing_twice_is_one_payment(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    for _ in range(3):
        press_pay(browser, charge)
    assert Payment.objects.count() == 1 and bank.calls.count("creerPaiementSecurise") == 1


def test_back_after_paying_or_from_another_tab_pays_nothing_again(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    press_pay(browser, charge)
    payment = Payment.objects.get()
    assert bank.page in said(press_pay(browser_of(guardian), charge))  # the other tab: the same operation
    bank.act(payment.idop or "", "P", notify="0")
    Payment.objects.update(last_asked_at=None)
    browser.get(reverse("payments:mine"))
    for tab in (browser, browser_of(guardian)):
        answer = press_pay(tab, charge)
        assert answer.status_code == 409 and "Rien ne vous a été demandé en trop" in said(answer)
    assert Payment.objects.count() == Receipt.objects.count() == 1 and right() == []


def test_another_sum_than_asked_is_waited_for_and_said_so(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    press_pay(browser, charge)
    payment = Payment.objects.get()
    bank.operations[payment.idop or ""]["montant"] = "1201"
    bank.act(payment.idop or "", "P", notify="0")
    Payment.objects.update(last_asked_at=None)
    page = said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "C’est réglé" not in page and "reste retenu" in page
    assert PaymentAlert.objects.get().get_kind_display().startswith("Réponse de PayFiP qui ne correspond pas")


@pytest.mark.parametrize("fault", ["html", "cut", "hang", "ZZ99"])
def test_when_payfip_is_away_it_is_said_and_nothing_is_lost(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client, settings: Any, fault: str
) -> None:
    settings.PAYFIP_TIMEOUT, bank.hang = 1, 1.5
    charge = owed(office, guardian)
    bank.faults.append(fault)
    page = said(press_pay(browser, charge))
    assert "ne répond pas pour le moment" in page and "Payer 12,00 € en ligne" in page and "ZZ99" not in page
    assert bank.page in said(press_pay(browser, charge))


@pytest.mark.true_clock
def test_a_busy_payfip_is_a_page_that_asks_again(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    with payfip._turn:
        page = said(press_pay(browser, charge))
    assert "Votre paiement se prépare" in page and "Regarder à nouveau" in page and "http-equiv" not in page
    assert bank.page in said(press_pay(browser, charge))
    assert Payment.objects.count() == 1


def test_a_refused_card_may_try_again_on_the_same_page(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client, clock: Any
) -> None:
    charge = owed(office, guardian)
    press_pay(browser, charge)
    payment = Payment.objects.get()
    bank.act(payment.idop or "", "R", notify="0")
    Payment.objects.update(last_asked_at=None)
    address = reverse("payments:charge", args=[charge.pk])
    page = said(browser.get(address))
    assert "n’a pas abouti" in page and f"{bank.page}?idop={payment.idop}" in page
    clock.pass_(minutes=15)
    page = said(browser.get(address))
    assert bank.page not in page and "Nous attendons" in page
    clock.pass_(minutes=6)
    assert "Payer 12,00 € en ligne" in said(browser.get(address))
    clock.pass_(hours=1)
    charges.release_due()
    assert "le temps pour payer est passé" in said(browser.get(address))
    answer = press_pay(browser, charge)
    assert answer.status_code == 409 and "plus à régler" in said(answer)


def test_where_it_is_not_offered_online_it_is_said(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    charge = owed(office, guardian)
    CashOffice.objects.update(numcli="")
    page = said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "n’est pas proposé ici" in page and "<form" not in page.split("</h1>")[1].split("</main>")[0]
    assert press_pay(browser, charge).status_code == 409


def credit(office: CashOffice, guardian: Guardian, cents: int) -> CreditNote:
    charge, by = owed(office, guardian, 90, cents), StaffMemberFactory.create()
    counter.take(charge_id=charge.pk, parts={Means.CASH: cents}, by=by)
    charge.refresh_from_db()
    return credits.issue_credit(charge=charge, cents=cents, reason=CreditReason.CALLED_OFF, by=by)


def test_credit_is_said_and_used(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    credit(office, guardian, 700)
    charge = owed(office, guardian)
    page = said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "Votre avoir est utilisé : 7,00 €. Il reste 5,00 € à régler." in page and "Payer 5,00 € en ligne" in page
    press_pay(browser, charge)
    assert Payment.objects.get().cents == 500


def test_credit_that_covers_it_all_settles_it(
    bank: PayfipSimulator, office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    credit(office, guardian, 1200)
    charge = owed(office, guardian)
    assert "Régler avec mon avoir" in said(browser.get(reverse("payments:charge", args=[charge.pk])))
    assert "C’est réglé" in said(press_pay(browser, charge))
    assert bank.calls == [] and right() == []


def test_the_family_s_page_says_what_is_open_and_leads_to_it(
    office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    page = said(browser.get(reverse("family:home")))
    assert "Rien n’est à régler." in page and f'href="{reverse("payments:mine")}"' in page
    by, taken = StaffMemberFactory.create(), owed(office, guardian, 3, 500)
    receipt = counter.take(charge_id=taken.pk, parts={Means.CHEQUE: 500}, by=by)
    credit(office, guardian, 700)
    owed(office, guardian, 2)
    assert "12,00 € à régler" in said(browser.get(reverse("family:home")))
    counter.take_back(receipt_id=receipt.pk if receipt else uuid4(), by=by)
    page = said(browser.get(reverse("family:home")))
    assert "17,00 € à régler" in page and "7,00 € d’avoir" in page
    assert "17,00" not in said(browser_of(GuardianFactory.create()).get(reverse("family:home")))


def test_before_it_is_erased_a_family_reads_that_accounts_stay(
    office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    address = reverse("family:erase")
    assert "Les comptes restent" not in said(browser.get(address))
    credit(office, guardian, 700)
    CreditNote.objects.update(left=0)
    page = said(browser.get(address))
    assert "Les comptes restent" in page and "sans votre nom" in page
    browser.post(address, {"sure": "on", FIELD: new_key()})
    guardian.household.refresh_from_db()
    assert guardian.household.erased_at is not None
    assert JournalEntry.objects.count() == 2
    assert "Les comptes restent" not in said(browser_of(GuardianFactory.create()).get(address))


def test_credit_is_asked_back_with_an_iban_that_can_be(office: CashOffice, guardian: Guardian, browser: Client) -> None:
    note = credit(office, guardian, 700)
    assert "7,00 € à utiliser" in said(browser.get(reverse("payments:mine")))
    address = reverse("payments:refund", args=[note.pk])
    assert "7,00 €" in said(browser.get(address))
    for typed in ("FR00", IBAN[:-1] + "7", "<script>alert(1)</script>"):
        page = said(browser.post(address, {"holder": "Camille", "iban": typed, FIELD: new_key()}))
        assert "ne peut pas exister" in page and "<script>alert" not in page
    answer = browser.post(address, {"holder": "Camille Fictive", "iban": IBAN, FIELD: new_key()}, follow=True)
    assert "Votre demande est enregistrée" in said(answer)
    assert RefundFile.objects.get().cents == 700
    again = browser.post(address, {"holder": "Camille", "iban": IBAN, FIELD: new_key()})
    assert "déjà utilisé" in said(again)


@pytest.mark.parametrize(
    ("mail", "sent"),
    [
        ("camille@famille.example", "camille@famille.example"),
        ("zoé@famille.example", ""),
        ("x" * 75 + "@a.example", ""),
    ],
)
def test_an_address_that_payfip_cannot_take_is_replaced_by_ours(mail: str, sent: str) -> None:
    assert payer_mail(mail) == (sent or "rendez-vous@guichet.example")


def test_every_page_asks_who_comes_and_meets_its_own_only(
    office: CashOffice, guardian: Guardian, browser: Client
) -> None:
    """Signed out: the sign-in. Signed in elsewhere: not found, and nothing changed."""
    note = credit(office, guardian, 700)
    charge, receipt = owed(office, guardian, 2), Receipt.objects.get()
    stranger = browser_of(GuardianFactory.create())
    samples = {
        "payments:charge": [charge.pk],
        "payments:pay": [charge.pk],
        "payments:receipt": [receipt.pk],
        "payments:receipt_file": [receipt.pk],
        "payments:refund": [note.pk],
    }
    pages = [
        name for name, _path, _module, view in _views(get_resolver())
        if is_household_page(view) and name.startswith("payments:")
    ]  # fmt: skip
    assert {*pages} == {*samples, "payments:mine"}
    for name in pages:
        for method in ("get", "post"):
            address = reverse(name, args=samples.get(name, []))
            answer = getattr(Client(), method)(address)
            assert answer.status_code == 405 or answer["Location"].startswith(reverse("family:sign_in"))
            if name in samples:
                sent = {"holder": "Intrus", "iban": IBAN, FIELD: new_key()}
                assert getattr(stranger, method)(address, sent).status_code in (404, 405), name
                assert browser.get(reverse(name, args=[uuid4()])).status_code in (404, 405)
    charge.refresh_from_db()
    assert charge.state == ChargeState.OPEN and not RefundFile.objects.exists()
    assert "Léa" not in said(stranger.get(reverse("payments:mine")))
