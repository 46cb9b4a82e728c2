"""What two do at the same instant with one sum of money. Each guard has a twin that removes it and shows the damage."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking.payments import charges, counter, journal, online
from booking.payments.enums import ChargeState, Means, PaymentState
from booking.payments.models import CashOffice, Charge, JournalEntry, Payment, Receipt
from tests.booking.payments.till import go_to_pay, journal_money, right
from tests.booth import selling
from tests.booth.models import Place
from tests.concurrency.crowd import crowd
from tests.emptying import empty
from tests.factories import StaffMemberFactory
from tests.simulators.payfip import PayfipSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def read_without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody might write it who trusts what they read; and they meet at the same place."""
    meet = threading.Barrier(2)

    def lock(charge_id: Any) -> Charge:
        charge = Charge.objects.get(pk=charge_id)
        with suppress(threading.BrokenBarrierError):
            meet.wait(timeout=5)
        return charge

    monkeypatch.setattr(charges, "lock", lock)


def expiry_against_payment(office: CashOffice, number: int) -> Charge:
    charge = selling.hold(office, show=1, number=number)
    assert charge
    Charge.objects.filter(pk=charge.pk).update(expires_at=charge.created_at)
    crowd([partial(online.prepare, charge_id=charge.pk), charges.release_due])
    charge.refresh_from_db()
    return charge


def test_what_ends_is_either_let_go_or_being_paid(bank: PayfipSimulator, office: CashOffice) -> None:
    for number in range(10):
        charge = expiry_against_payment(office, number)
        is_live = charge.payments.live().exists()
        place = Place.objects.get(pk=charge.subject_id).state
        assert (charge.state, is_live, place) in (
            (ChargeState.PAYING, True, "held"),
            (ChargeState.RELEASED, False, "gone"),
        )
    assert right() == []


def test_twin_without_the_lock_it_is_let_go_while_somebody_pays(
    bank: PayfipSimulator, office: CashOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_without_lock(monkeypatch)
    charge = expiry_against_payment(office, 1)
    assert charge.payments.live().exists() and Place.objects.get().state == "gone"


def two_notifications(bank: PayfipSimulator, office: CashOffice) -> Payment:
    charge = selling.hold(office, show=1, number=1)
    assert charge
    payment = go_to_pay(charge)
    bank.act(payment.idop or "", "P", notify="0")
    url = reverse("payfip:notification")
    answers = crowd([lambda: Client().post(url, {"idop": payment.idop}).status_code] * 2)
    assert answers == [200, 200]
    return payment


def test_two_notifications_are_one_question_and_one_receipt(bank: PayfipSimulator, office: CashOffice) -> None:
    two_notifications(bank, office)
    assert bank.calls.count("recupererDetailPaiementSecurise") == 1
    assert Receipt.objects.count() == 1 and journal_money(office) == 1200 and right() == []


def test_two_answers_at_once_are_one_receipt(
    bank: PayfipSimulator, office: CashOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where both have asked: the lock of the charge decides who writes."""
    monkeypatch.setattr(online, "_claim_question", lambda pk, _now: Payment.objects.get(pk=pk).idop)
    monkeypatch.setattr(online.payfip, "SHORT_WAIT", 10)
    two_notifications(bank, office)
    assert Receipt.objects.count() == 1 and journal_money(office) == 1200 and right() == []


def test_twin_without_lock_and_constraint_two_answers_are_two_receipts(
    bank: PayfipSimulator, office: CashOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_without_lock(monkeypatch)
    charge = selling.hold(office, show=1, number=1)
    assert charge
    payment = Payment.objects.create(
        charge=charge, cents=1200, refdet="A" * 20, numcli="090909", capture="T", state=PaymentState.OPEN, idop="x",
        created_at=charge.created_at, asked_at=charge.created_at, opened_at=charge.created_at,
    )  # fmt: skip
    answer = online.payfip.Result("P", "x", "A" * 20, "090909", "1200", "T")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'payments_receipt'::regclass AND contype = 'u'"
            " AND pg_get_constraintdef(oid) = 'UNIQUE (payment_id)'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE payments_receipt DROP CONSTRAINT {name}")
    monkeypatch.setattr(selling, "settled", lambda _pk: None)
    try:
        note = partial(online.note, payment.pk, answer, asked_at=charge.created_at)
        crowd([note, note])
        assert Receipt.objects.count() == 2 and journal_money(office) == 2400
    finally:
        empty()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE payments_receipt ADD CONSTRAINT {name} UNIQUE (payment_id)")


def two_cashiers(office: CashOffice, each: int = 8) -> list[object]:
    cashiers = [StaffMemberFactory.create(), StaffMemberFactory.create()]
    calls: list[Callable[[], object]] = []
    for number in range(2 * each):
        charge = selling.hold(office, show=1, number=number)
        assert charge
        calls.append(
            partial(
                counter.take, charge_id=charge.pk, parts={Means.CASH: 700, Means.CHEQUE: 500}, by=cashiers[number % 2]
            )
        )
    return list(crowd(calls))


def numbers(office: CashOffice) -> list[int]:
    return sorted(JournalEntry.objects.filter(office=office).values_list("number", flat=True))


def test_two_cashiers_share_one_row_of_numbers(office: CashOffice) -> None:
    assert not [one for one in two_cashiers(office) if isinstance(one, Exception)]
    assert numbers(office) == list(range(1, 33)) and right() == []


def test_a_receipt_that_fails_gives_its_numbers_back(office: CashOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise RuntimeError

    charge = selling.hold(office, show=1, number=1)
    assert charge
    by = StaffMemberFactory.create()
    with monkeypatch.context() as patch:
        patch.setattr(counter.charges.journal, "_write", lambda *_a, **_k: refuse())
        with pytest.raises(RuntimeError):
            counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=by)
    counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=by)
    assert numbers(office) == [1] and right() == []


def test_twin_numbers_of_a_sequence_leave_holes(office: CashOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn outside of the transaction is not given back with it."""
    drawn = iter(range(1, 99))

    def take(_office: int, *, entries: int = 0, receipts: int = 0, credit_notes: int = 0) -> tuple[int, int, int]:
        last = 0
        for _ in range(max(entries, receipts, credit_notes)):
            last = next(drawn)
        return last, last, last

    monkeypatch.setattr(journal, "take_numbers", take)
    charge = selling.hold(office, show=1, number=1)
    assert charge
    by = StaffMemberFactory.create()
    with monkeypatch.context() as patch:
        patch.setattr(JournalEntry.objects, "bulk_create", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=by)
    counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=by)
    assert numbers(office) != [1]
    assert any("numbers of the journal" in fault for fault in right())
