"""The pages of a cash office: each by those who work for it, with what they may see and no more."""

import csv
import io
import re
from calendar import monthrange
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.payments import counter, credits, refunds
from booking.payments.enums import ChargeState, CreditReason, Means
from booking.payments.models import CashOffice, Charge, OfficePerson, PaymentAlert, Receipt, RefundFile
from booking.residents.models import Guardian
from municipalities.idempotency import FIELD, new_key
from municipalities.models import ReadTrace, StaffMember
from municipalities.wording import say_day
from tests import people
from tests.booking.payments.till import ask, go_to_pay
from tests.booth import selling
from tests.factories import CashOfficeFactory, GuardianFactory
from tests.rights.money import IBAN
from tests.rights.walk import signed_in
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cashier(office: CashOffice) -> StaffMember:
    return working(people.cashier(office.operator), office)


@pytest.fixture
def accountant(office: CashOffice) -> StaffMember:
    return working(people.accountant(office.operator), office)


def working(staff: StaffMember, office: CashOffice) -> StaffMember:
    OfficePerson.objects.create(office=office, staff=staff)
    return staff


def page(staff: StaffMember, name: str, /, *arguments: object, **sent: object) -> Any:
    client: Client = signed_in(staff)
    address = reverse(f"cash:{name}", args=arguments)
    return client.post(address, {FIELD: new_key(), **sent}, follow=True) if sent else client.get(address)


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def sold(office: CashOffice, by: StaffMember, number: int = 1, **parts: int) -> Charge:
    charge = selling.hold(office, show=1, number=number)
    assert charge
    counter.take(charge_id=charge.pk, parts={Means(name): cents for name, cents in parts.items()}, by=by)
    charge.refresh_from_db()
    return charge


def test_one_works_for_the_offices_whose_row_one_has(office: CashOffice, cashier: StaffMember) -> None:
    other = CashOfficeFactory.create(operator=office.operator, name="Régie d’à côté")
    shown = said(page(cashier, "offices"))
    assert office.name in shown and other.name not in shown
    assert page(cashier, "journal", other.pk).status_code == 404
    assert page(cashier, "closing", other.pk).status_code == 404
    assert page(cashier, "refunds", office.pk).status_code == 404  # the accountant's
    OfficePerson.objects.all().delete()
    assert page(cashier, "journal", office.pk).status_code == 404


def test_a_row_without_the_role_opens_nothing(office: CashOffice) -> None:
    staff = working(people.coach(office.operator), office)
    for name in ("journal", "closing", "refunds", "pending", "months", "journal_file"):
        assert page(staff, name, office.pk).status_code == 404


def test_the_journal_and_its_file(office: CashOffice, cashier: StaffMember, accountant: StaffMember) -> None:
    charge = sold(office, cashier, cash=500, cheque=700)
    shown = said(page(accountant, "journal", office.pk))
    assert "2 écritures" in shown and "70631" in shown and "5,00 €" in shown and "Léa" not in shown
    assert f'value="{timezone.localdate():%Y-%m-01}"' in shown and f'value="{timezone.localdate()}"' in shown
    assert page(cashier, "journal_file", office.pk).status_code == 404
    lines = list(csv.reader(io.StringIO(page(accountant, "journal_file", office.pk).content.decode()), delimiter=";"))
    assert lines[0][0] == "\ufeffnumero" and [line[-2] for line in lines[1:]] == ["5,00", "7,00"]
    assert [line[0] for line in lines[1:]] == ["1", "2"]
    assert f"{timezone.localdate():%d/%m/%Y}" == lines[1][1]
    assert "12,00 €" not in said(page(accountant, "months", office.pk))
    months = said(page(accountant, "months", office.pk))
    assert "7,00 €" in months
    # Each month leads to its journal, all of it: that is what is printed and filed.
    linked = re.findall(r'href="([^"]*journal/\?first=[^"]*)"', months)[0].replace("&amp;", "&")
    today = timezone.localdate()
    ends = today.replace(day=monthrange(today.year, today.month)[1])
    said_ends = say_day(ends, today=date.min).replace("\u00a0", " ")
    shown = said(signed_in(accountant).get(linked))
    assert "2 écritures du " in shown and f"au {said_ends}" in shown and str(today.year) in said_ends
    # An entry without a receipt says so, where a telephone has "Receipt:" before it.
    credits.issue_credit(charge=charge, cents=300, reason=CreditReason.CANCELLED, by=cashier)
    shown = said(page(accountant, "journal", office.pk))
    assert "3 écritures" in shown and not re.search(r'data-label="[^"]*">\s*</td>', shown)


def test_the_file_says_in_french_what_each_entry_is_and_of_which_receipt_or_credit_note(
    office: CashOffice, cashier: StaffMember, accountant: StaffMember
) -> None:
    charge = sold(office, cashier, cash=500, cheque=700)
    for name in ("=Éric Fictif", "Zoé Fictive"):
        GuardianFactory.create(household=charge.household, name=name)
    note = credits.issue_credit(charge=charge, cents=300, reason=CreditReason.CALLED_OFF, by=cashier)
    address = f"/en{reverse('cash:journal_file', args=[office.pk])}"
    answer = signed_in(accountant).get(address, follow=True)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff")), delimiter=";"))
    receipt = str(charge.receipts.get().number)
    assert [(row["nature"], row["moyen"], row["recu"], row["avoir"]) for row in rows] == [
        ("Encaissement", "Espèces", receipt, ""),
        ("Encaissement", "Chèque", receipt, ""),
        ("Avoir accordé", "Avoir", "", str(note.number)),
    ]
    # Whose money it was is today's name, held down in a spreadsheet; who had the file has read it.
    assert {row["payeur"] for row in rows} == {"'=Éric Fictif, Zoé Fictive"}
    read = ReadTrace.objects.get(staff=accountant, view="cash:journal_file")
    assert read.subject_id == charge.household_id
    Guardian.objects.update(name="")
    answer = signed_in(accountant).get(address, follow=True).content.decode()
    assert "Fictif" not in answer and "Encaissement" in answer


@pytest.mark.parametrize("query", ["?first=2020-01-01&last=2020-01-31", "?first=zzz&last=", "?first=2027-13-01"])
def test_days_of_a_journal(office: CashOffice, cashier: StaffMember, query: str) -> None:
    sold(office, cashier, cash=1200)
    answer = signed_in(cashier).get(reverse("cash:journal", args=[office.pk]) + query)
    assert answer.status_code == 200
    assert ("0 écriture" in answer.content.decode()) is ("2020" in query)


def test_a_drawer_is_counted_against_the_journal(office: CashOffice, cashier: StaffMember) -> None:
    empty = said(page(cashier, "closing", office.pk, cash="0", cheque="0", card_terminal="0", vouchers="0"))
    assert "Rien n’a été encaissé" in empty
    sold(office, cashier, cash=1200)
    shown = said(page(cashier, "closing", office.pk, cash="11,95", cheque="0", card_terminal="0", vouchers="0"))
    assert "La caisse est clôturée" in shown and "11,95 €" in shown and "−0,05 €" in shown
    wrong = said(page(cashier, "closing", office.pk, cash="-1", cheque="x", card_terminal="0", vouchers="0"))
    assert "clôturée" not in wrong.split("<main")[1].split("<table")[0]


def test_what_is_pending_and_what_must_be_looked_at(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember
) -> None:
    charge = selling.hold(office, show=1, number=1)
    assert charge
    payment = go_to_pay(charge)
    bank.operations[payment.idop or ""]["montant"] = "1"
    bank.act(payment.idop or "", "P", notify="0")
    ask(payment)
    shown = said(page(cashier, "pending", office.pk))
    assert payment.refdet in shown and "issue est incertaine : 1" in shown and "ne correspond pas" in shown
    alert = PaymentAlert.objects.get()
    manager = people.manager_of_operator(office.operator)
    assert "J’ai vu" not in said(page(manager, "pending", office.pk))
    assert page(manager, "seen", alert.pk, x=1).status_code == 404
    assert "J’ai vu" not in said(page(cashier, "seen", alert.pk, x=1))
    alert.refresh_from_db()
    assert alert.seen_by == cashier


def test_an_account_is_shown_to_the_accountant_alone(
    office: CashOffice, cashier: StaffMember, accountant: StaffMember
) -> None:
    charge = sold(office, cashier, cash=1200)
    note = credits.issue_credit(charge=charge, cents=700, reason=CreditReason.CALLED_OFF, by=cashier)
    file = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    assert IBAN in said(page(accountant, "refunds", office.pk))
    for staff in (people.territory_manager(), people.superuser()):
        shown = said(page(staff, "refunds", office.pk))
        assert IBAN not in shown and "Odile" not in shown and "7,00 €" in shown
    for staff in (cashier, people.manager_of_operator(office.operator), people.auditor()):
        assert page(staff, "refunds", office.pk).status_code == 404
        assert page(staff, "finish_refund", file.pk, x=1).status_code == 404
    assert "Aucun." in said(page(accountant, "finish_refund", file.pk, x=1))
    assert RefundFile.objects.get().state == "paid"


def test_the_accountant_reads_what_the_bank_has_taken_back_since(
    office: CashOffice, cashier: StaffMember, accountant: StaffMember
) -> None:
    charge = sold(office, cashier, cheque=1200)
    note = credits.issue_credit(charge=charge, cents=1200, reason=CreditReason.CANCELLED, by=cashier)
    refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    sentence = "La banque a repris depuis un paiement de cette famille"
    assert sentence not in said(page(accountant, "refunds", office.pk))
    page(accountant, "bounced", office.pk, number=Receipt.objects.get().number)
    assert sentence in said(page(accountant, "refunds", office.pk))


def test_a_refund_is_refused_by_its_button(office: CashOffice, cashier: StaffMember, accountant: StaffMember) -> None:
    charge = sold(office, cashier, cash=1200)
    note = credits.issue_credit(charge=charge, cents=700, reason=CreditReason.CALLED_OFF, by=cashier)
    file = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    page(accountant, "finish_refund", file.pk, refuser="1")
    note.refresh_from_db()
    assert note.left == 700


def test_a_bounced_cheque_is_entered_by_its_receipt(
    office: CashOffice, cashier: StaffMember, accountant: StaffMember
) -> None:
    charge = sold(office, cashier, cheque=1200)
    assert "Aucun reçu" in said(page(accountant, "bounced", office.pk, number=99))
    number = Receipt.objects.get().number
    assert "Le rejet est enregistré" in said(page(accountant, "bounced", office.pk, number=number))
    charge.refresh_from_db()
    assert charge.state == ChargeState.UNPAID
    assert f"Reçu n° {number}" in said(page(accountant, "pending", office.pk))
    assert "La banque a repris 12,00 € de ce paiement." in said(page(accountant, "receipt", Receipt.objects.get().pk))
    assert "déjà été contre-passé" in said(page(accountant, "bounced", office.pk, number=number))


def test_who_manages_an_operator_opens_its_offices_and_says_who_works_there(office: CashOffice) -> None:
    manager, cashier = people.manager_of_operator(office.operator), people.cashier(office.operator)
    twin = {"operator": office.operator.pk, "name": office.name, "numcli": ""}
    assert "existe déjà" in said(page(manager, "new_office", **twin))
    assert "six chiffres" in said(page(manager, "new_office", **twin | {"name": "Neuve", "numcli": "12a"}))
    assert "La régie est créée" in said(page(manager, "new_office", **twin | {"name": "Neuve", "numcli": "080808"}))
    made = CashOffice.objects.get(name="Neuve")
    shown = said(page(manager, "office", made.pk))
    assert cashier.name in shown
    sent = {"name": "Neuve", "numcli": "", "credit_days": 30, "is_active": "on", "people": [cashier.pk]}
    assert "enregistrés" in said(page(manager, "office", made.pk, **sent))
    made.refresh_from_db()
    assert (made.numcli, made.credit_days, made.people.get().staff) == ("", 30, cashier)
    stranger = people.manager_of_operator(CashOfficeFactory.create(operator__name="Autre société").operator)
    assert page(stranger, "office", made.pk).status_code == 404
