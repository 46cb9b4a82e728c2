"""Money at the counter, what the bank takes back, and what goes back to people."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from booking.payments import charges, counter, credits, online, refunds, retention
from booking.payments.enums import ChargeState, CreditReason, Means
from booking.payments.exceptions import (
    AlreadyReversed,
    MoreThanPaid,
    NothingLeft,
    NothingToClose,
    NotPayable,
    NotReversible,
    PaymentUnderway,
    RefundDone,
    StillOwed,
    WrongIban,
    WrongSum,
)
from booking.payments.models import CashOffice, Charge, CreditNote, JournalEntry, PaymentAlert, Receipt, RefundFile
from booking.residents.models import Household
from municipalities.database.transactions import refused_by
from municipalities.models import StaffMember
from municipalities.zone import ZONE
from tests.booking.payments.till import ask, bank_money, go_to_pay, journal_money, right
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import HouseholdFactory, StaffMemberFactory
from tests.rights.money import IBAN
from tests.simulators.payfip import PayfipSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cashier(office: CashOffice) -> StaffMember:
    return StaffMemberFactory.create(name="Cassandre Caisse")


def owed(office: CashOffice, number: int = 1, **fields: Any) -> Charge:
    charge = selling.hold(office, show=1, number=number, **fields)
    assert charge
    return charge


def test_one_receipt_over_mixed_means(office: CashOffice, cashier: StaffMember) -> None:
    charge = owed(office)
    parts = {Means.CASH: 500, Means.VOUCHERS: 700, Means.CHEQUE: 0}
    receipt = counter.take(charge_id=charge.pk, parts=parts, by=cashier)
    assert receipt and receipt.number == 1 and receipt.by == cashier
    taken = list(receipt.entries.order_by("number").values_list("number", "means", "cents", "account", "tariff_code"))
    assert taken == [(1, "cash", 500, "70631", "P1"), (2, "vouchers", 700, "70631", "P1")]
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and Place.objects.get().state == "sold"
    with pytest.raises(NotPayable):
        counter.take(charge_id=charge.pk, parts=parts, by=cashier)
    assert right() == []


@pytest.mark.parametrize("parts", [{Means.CASH: 1199}, {Means.CASH: 1201}, {}, {Means.CASH: 1300, Means.CHEQUE: -100}])
def test_a_wrong_sum_is_refused(office: CashOffice, cashier: StaffMember, parts: dict[Means, int]) -> None:
    with pytest.raises(WrongSum):
        counter.take(charge_id=owed(office).pk, parts=parts, by=cashier)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("means", [Means.CREDIT, Means.CARD_ONLINE, Means.TRANSFER])
def test_what_is_no_means_of_the_counter_is_refused(office: CashOffice, cashier: StaffMember, means: Means) -> None:
    with pytest.raises(WrongSum):
        counter.take(charge_id=owed(office).pk, parts={means: 1200}, by=cashier)


def test_nothing_is_taken_while_it_may_be_paid_online(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember
) -> None:
    charge = owed(office)
    go_to_pay(charge)
    with pytest.raises(PaymentUnderway):
        counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=cashier)


def _note(office: CashOffice, household: Household, cents: int, cashier: StaffMember, number: int = 90) -> CreditNote:
    """A credit note as one gets them: a place paid and called off."""
    charge = owed(office, number, household=household, cents=cents)
    counter.take(charge_id=charge.pk, parts={Means.CASH: cents}, by=cashier)
    charge.refresh_from_db()
    return credits.issue_credit(charge=charge, cents=cents, reason=CreditReason.CALLED_OFF, by=cashier)


def test_credit_is_used_first_and_leaves_a_euro_online(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember
) -> None:
    """The last line of the examples of prices: 12.00 with a note of 11.60 leaves 1.00 to pay, and 0.60 on the note."""
    household = HouseholdFactory.create()
    note = _note(office, household, 1160, cashier)
    charge = owed(office, household=household)
    payment = go_to_pay(charge)
    assert payment.cents == 100
    note.refresh_from_db()
    assert note.left == 60
    bank.act(payment.idop or "", "P", notify="0")
    ask(payment)
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED
    parts = dict(Receipt.objects.get(charge=charge).parts.values_list("means", "cents"))
    assert parts == {"card_online": 100, "credit": 1100}
    assert journal_money(office) == bank_money(bank) + 1160 and right() == []


def test_credit_that_pays_it_all_asks_nobody(office: CashOffice, cashier: StaffMember) -> None:
    household = HouseholdFactory.create()
    _note(office, household, 1200, cashier)
    charge = owed(office, household=household)
    assert counter.to_pay(charge) == 0
    assert online.prepare(charge_id=charge.pk) is None
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and right() == []


def test_credit_kept_for_what_is_let_go_is_free_again(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember, clock: Any
) -> None:
    household = HouseholdFactory.create()
    note = _note(office, household, 700, cashier)
    charge = owed(office, household=household)
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "A", notify="0")
    clock.pass_(minutes=25)
    assert ask(payment).state == "abandoned"
    charges.release_charge(charge.pk)
    note.refresh_from_db()
    assert note.left == 700 and right() == []


def test_credit_of_another_family_office_or_year_is_not_used(
    office: CashOffice, cashier: StaffMember, clock: Any
) -> None:
    household = HouseholdFactory.create()
    note = _note(office, household, 700, cashier)
    assert counter.to_pay(owed(office, 2)) == 1200
    charge = owed(office, 3, household=household)
    assert counter.to_pay(charge) == 500
    assert counter.to_pay(charge, now=timezone.now() + timedelta(days=366)) == 1200
    assert note.expires_on == timezone.localdate() + timedelta(days=365)


def test_no_more_is_given_back_than_was_paid(office: CashOffice, cashier: StaffMember) -> None:
    charge = owed(office)
    with pytest.raises(MoreThanPaid):
        credits.issue_credit(charge=charge, cents=1, reason=CreditReason.CANCELLED, by=cashier)
    counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=cashier)
    credits.issue_credit(charge=charge, cents=800, reason=CreditReason.CANCELLED, by=cashier)
    with pytest.raises(MoreThanPaid):
        credits.issue_credit(charge=charge, cents=401, reason=CreditReason.CANCELLED, by=cashier)
    assert right() == []


def test_a_bounced_debit_is_reversed_and_the_place_flagged(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember
) -> None:
    charge = owed(office)
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "V", notify="0")
    ask(payment)
    receipt = Receipt.objects.get()
    counter.take_back(receipt_id=receipt.pk, by=cashier)
    charge.refresh_from_db()
    place = Place.objects.get()
    assert (charge.state, place.state, place.is_flagged) == (ChargeState.UNPAID, "sold", True)
    assert journal_money(office) == 0 and PaymentAlert.objects.get().kind == "bounced" and right() == []
    with pytest.raises(AlreadyReversed):
        counter.take_back(receipt_id=receipt.pk, by=cashier)
    # It is owed again, and paid at the counter.
    counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=cashier)
    charge.refresh_from_db()
    assert charge.state == ChargeState.SETTLED and journal_money(office) == 1200 and right() == []


def by_account(office: CashOffice) -> dict[str, int]:
    sums = JournalEntry.objects.filter(office=office).values_list("account").annotate(sum=Sum("cents"))
    return dict(sums.order_by("account"))


#: A course of one account and a place of another.
TWO_ACCOUNTS = (selling.line(9000, account="70631"), selling.line(5000, account="70632", tariff_code="P2"))


def test_what_a_bank_took_back_is_paid_again_where_it_was_sold(office: CashOffice, cashier: StaffMember) -> None:
    charge = owed(office, lines=TWO_ACCOUNTS)
    receipt = counter.take(charge_id=charge.pk, parts={Means.CASH: 4000, Means.CHEQUE: 10000}, by=cashier)
    assert receipt
    counter.take_back(receipt_id=receipt.pk, by=cashier)
    assert by_account(office) == {"70631": 4000, "70632": 0}
    counter.take(charge_id=charge.pk, parts={Means.CASH: 10000}, by=cashier)
    assert by_account(office) == {"70631": 9000, "70632": 5000} and right() == []


def test_money_that_the_bank_took_back_is_not_sent_to_the_family(
    bank: PayfipSimulator, office: CashOffice, cashier: StaffMember
) -> None:
    """They give the place back, and the credit for it pays what they owe before it is money."""
    charge = owed(office)
    receipt = counter.take(charge_id=charge.pk, parts={Means.CHEQUE: 1200}, by=cashier)
    assert receipt
    note = credits.issue_credit(charge=charge, cents=1200, reason=CreditReason.CANCELLED, by=cashier)
    counter.take_back(receipt_id=receipt.pk, by=cashier)
    with pytest.raises(StillOwed):
        refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    assert online.prepare(charge_id=charge.pk) is None
    with pytest.raises(NothingLeft):
        refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    assert journal_money(office) == 0 and right() == []


def test_cash_does_not_bounce(office: CashOffice, cashier: StaffMember) -> None:
    receipt = counter.take(charge_id=owed(office).pk, parts={Means.CASH: 1200}, by=cashier)
    assert receipt
    with pytest.raises(NotReversible):
        counter.take_back(receipt_id=receipt.pk, by=cashier)


def test_a_closing_stands_beside_the_journal_and_begins_where_the_last_one_ended(
    office: CashOffice, cashier: StaffMember
) -> None:
    with pytest.raises(NothingToClose):
        counter.close(office=office, cashier=cashier, counted={})
    counter.take(charge_id=owed(office, 1).pk, parts={Means.CASH: 1000, Means.CHEQUE: 200}, by=cashier)
    counter.take(charge_id=owed(office, 2).pk, parts={Means.CASH: 1200}, by=StaffMemberFactory.create())
    closing = counter.close(office=office, cashier=cashier, counted={Means.CASH: 995, Means.CHEQUE: 200})
    lines = {line.means: (line.expected, line.counted, line.difference) for line in closing.lines.all()}
    assert lines["cash"] == (1000, 995, -5) and lines["cheque"] == (200, 200, 0)
    with pytest.raises(NothingToClose):
        counter.close(office=office, cashier=cashier, counted={})
    counter.take(charge_id=owed(office, 3).pk, parts={Means.CASH: 1200}, by=cashier)
    assert counter.close(office=office, cashier=cashier, counted={Means.CASH: 1200}).after == closing.up_to
    assert right() == []


def test_money_goes_back_through_the_accountant_and_the_account_is_forgotten(
    office: CashOffice, cashier: StaffMember
) -> None:
    note = _note(office, HouseholdFactory.create(), 1200, cashier)
    refund = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=f" {IBAN[:4]} {IBAN[4:]} ")
    assert refunds.iban_of(refund) == IBAN and IBAN.encode() not in bytes(refund.iban or b"")
    with pytest.raises(NothingLeft):
        refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    assert right() == []
    refunds.pay_refund(refund_id=refund.pk, by=cashier)
    refund.refresh_from_db()
    assert (refund.state, refund.iban, refund.holder) == ("paid", None, "")
    assert journal_money(office) == 0 and right() == []
    with pytest.raises(RefundDone):
        refunds.refuse_refund(refund_id=refund.pk, by=cashier)


def test_a_refused_refund_is_a_credit_again(office: CashOffice, cashier: StaffMember) -> None:
    note = _note(office, HouseholdFactory.create(), 1200, cashier)
    refund = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    refunds.refuse_refund(refund_id=refund.pk, by=cashier)
    note.refresh_from_db()
    assert note.left == 1200 and RefundFile.objects.get().iban is None and right() == []


def test_a_credit_does_not_run_out_while_its_refund_is_being_looked_at(
    office: CashOffice, cashier: StaffMember
) -> None:
    note = _note(office, HouseholdFactory.create(), 1200, cashier)
    last_day = datetime.combine(note.expires_on, time(12), ZONE)
    refund = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN, now=last_day)
    late = last_day + timedelta(days=9)
    refunds.refuse_refund(refund_id=refund.pk, by=cashier, now=late)
    note.refresh_from_db()
    assert note.left == 1200 and note.expires_on == late.date()
    refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN, now=late)


def test_a_credit_never_ends_earlier_than_it_was_told(office: CashOffice, cashier: StaffMember) -> None:
    note = _note(office, HouseholdFactory.create(), 1200, cashier)
    mine = CreditNote.objects.filter(pk=note.pk)
    mine.update(expires_on=note.expires_on)
    mine.update(expires_on=note.expires_on + timedelta(days=9))
    with pytest.raises(IntegrityError, match="a credit note does not end earlier") as refused, transaction.atomic():
        mine.update(expires_on=note.expires_on + timedelta(days=8))
    assert refused_by(refused.value, "a_credit_note_never_ends_earlier")
    note.refresh_from_db()
    assert note.expires_on == timezone.localdate() + timedelta(days=374)


def test_a_refund_that_nobody_looked_at_in_a_year_is_a_credit_that_can_be_used(
    office: CashOffice, cashier: StaffMember
) -> None:
    note = _note(office, HouseholdFactory.create(), 1200, cashier)
    refund = refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    later = timezone.now() + timedelta(days=370)
    assert retention.forget_accounts(later, dry_run=True) == retention.forget_accounts(later, dry_run=False) == 1
    note.refresh_from_db()
    refund.refresh_from_db()
    assert (note.left, refund.iban, refund.holder) == (1200, None, "") and right() == []
    assert note.expires_on >= timezone.localdate(later) + timedelta(days=364)


@pytest.mark.parametrize(
    "iban",
    [
        "",
        "FR",
        IBAN[:-1] + "7",
        IBAN + "0",
        "FR14",
        "GB33BUKB20201555555555X",
        "<script>",
        "FR1４20041010050500013M02606",
    ],
)
def test_an_iban_that_cannot_be_is_refused(iban: str) -> None:
    with pytest.raises(WrongIban):
        refunds.clean_iban(iban)


@pytest.mark.parametrize(
    "iban", [IBAN, "DE89 3704 0044 0532 0130 00", "ch9300762011623852957", "LU28-0019-4006-4475-0000"]
)
def test_an_iban_of_the_neighbours_is_taken(iban: str) -> None:
    assert refunds.clean_iban(iban)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_journalentry SET cents = 1",
        "DELETE FROM payments_journalentry",
        "DELETE FROM payments_receipt",
        "UPDATE payments_receiptpart SET cents = 1",
        "UPDATE payments_chargeline SET cents = 1",
        "UPDATE payments_chargeline SET about = 'Louis'",
        "UPDATE payments_charge SET cents = 1",
        "DELETE FROM payments_charge",
    ],
)
def test_the_database_keeps_what_is_written(office: CashOffice, cashier: StaffMember, statement: str) -> None:
    counter.take(charge_id=owed(office).pk, parts={Means.CASH: 1200}, by=cashier)
    refusals = (InternalError, ProgrammingError, IntegrityError)
    with pytest.raises(refusals, match="accounts are not"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert JournalEntry.objects.get().cents == 1200


def test_a_name_may_be_forgotten(office: CashOffice, cashier: StaffMember) -> None:
    charge = owed(office)
    charge.lines.update(about="")
    assert charge.lines.get().about == ""
