"""Histories of PayFiP as lists of events: what may happen to a payment, on one clock, and what must be true at rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st

from booking.payments import charges, door, online, payfip, reconciliation
from booking.payments.enums import LIVE, ChargeState, PaymentState
from booking.payments.models import Charge, JournalEntry, Payment
from municipalities.exceptions import Refusal
from tests.booking.payments.conftest import MORNING
from tests.booking.payments.till import MAIL, bank_money, journal_money, right
from tests.booth import selling
from tests.booth.models import Place
from tests.emptying import empty
from tests.factories import CashOfficeFactory
from tests.factories.residents import HouseholdFactory
from tests.simulators.payfip import PayfipSimulator, payfip_simulator


class Stopped(BaseException):
    """The process was killed here."""


#: Our own steps: everything that is committed, asked or noted by itself.
STEPS = (
    (online, "_claim"),
    (payfip, "create"),
    (online, "_opened"),
    (online, "_claim_question"),
    (payfip, "result_of"),
    (online, "note"),
    (online, "give_up"),
)


@contextmanager
def stopping(step: int | None, after: bool) -> Iterator[None]:
    """Inside, that step of ours is the last thing that happens, or the first that does not."""
    if step is None:
        yield
        return
    module, name = STEPS[step]
    as_written = getattr(module, name)

    def stops(*args: Any, **kwargs: Any) -> Any:
        if after:
            as_written(*args, **kwargs)
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, stops)
        try:
            yield
        except Stopped:
            return


class History:
    """Places to sell, households that pay them, and what each of them knows. Others sell other things."""

    seller = selling.SELLER

    def __init__(self, bank: PayfipSimulator, traveller: Any) -> None:
        self.bank, self.traveller = bank, traveller
        self.office = CashOfficeFactory.create()
        self.households = (HouseholdFactory.create(), HouseholdFactory.create())
        self.shown: list[str] = []  # operations whose page somebody was sent to
        self.let_go_too_early: list[str] = []
        self.show = uuid4().int % 10**9
        self.client = Client()

    @staticmethod
    def empty() -> None:
        empty()

    def judge_places(self) -> None:
        """What is sold is what was paid for."""
        sold = set(Place.objects.filter(state="sold").values_list("pk", flat=True))
        assert sold == set(Charge.objects.filter(state=ChargeState.SETTLED).values_list("subject_id", flat=True))

    # Each verb takes numbers, so that a history is a list of them.

    def hold(self, number: int, cents: int) -> None:
        selling.hold(self.office, show=self.show, number=number % 3, cents=(0, 50, 100, 1200, 2500)[cents % 5],
                     household=self.households[cents % 2])  # fmt: skip

    def pay(self, which: int, step: int | None, after: bool) -> None:
        charge = self._one(Charge.objects.filter(office=self.office), which)
        if charge is None:
            return
        with stopping(step, after):
            try:
                payment = online.prepare(charge_id=charge.pk)
                if payment:
                    online.open_operation(payment, mail=MAIL)
                    payment.refresh_from_db()
                    if online.offered_page(payment) and payment.idop:
                        self.shown.append(payment.idop)
            except Refusal:
                return

    def act(self, which: int, what: str, notify: str) -> None:
        """Somebody who was sent to the page does something there, or goes on with what they began."""
        if not self.shown:
            return
        idop = self.shown[which % len(self.shown)]
        if what == "open":
            self.bank.begin(idop)
            return
        begun = self.bank.operations[idop]["begun"] is not None
        if self.bank.act(idop, what, notify="0", begin=not begun) == "":
            self.notify(which, notify, None, False)

    def notify(self, which: int, how: str, step: int | None, after: bool) -> None:
        if not self.shown or how == "0":
            return
        idop = str(uuid4()) if how == "forged" else self.shown[which % len(self.shown)]
        for _ in range(2 if how == "2" else 1):
            with stopping(step, after):
                answer = self.client.post(reverse("payfip:notification"), {"idop": idop})
                assert (answer.status_code, answer.content) == (200, b"")

    def come_back(self, which: int, step: int | None, after: bool) -> None:
        payment = self._one(Payment.objects.filter(charge__office=self.office), which)
        if payment is not None:
            with stopping(step, after):
                assert self.client.get(reverse("payfip:back", args=[payment.pk])).status_code == 200

    def work(self, step: int | None, after: bool) -> None:
        with stopping(step, after):
            reconciliation.reconcile()

    def look(self, step: int | None, after: bool) -> None:
        """A page of a household's own, while the worker is away."""
        with stopping(step, after):
            for household in self.households:
                reconciliation.refresh_household(household)

    def drop(self, which: int) -> None:
        charge = self._one(Charge.objects.filter(office=self.office), which)
        if charge is not None:
            try:
                charges.release_charge(charge.pk)
            except Refusal:
                return

    def wait(self, minutes: float) -> None:
        self.traveller.shift(timedelta(minutes=minutes))

    def trouble(self, fault: str, times: int) -> None:
        self.bank.faults.extend([fault] * times)

    def mood(self, late_reception: bool, tries: bool) -> None:
        self.bank.late_reception, self.bank.tries = late_reception, tries

    def _one(self, rows: Any, which: int) -> Any:
        found = list(rows.order_by("created_at", "pk"))
        return found[which % len(found)] if found else None

    def watch(self) -> Callable[[Any], None]:
        """What is let go, and whether somebody who was sent there could still pay it."""

        def released(subject: Any) -> None:
            for payment in Payment.objects.filter(charge__subject_id=subject, idop__in=self.shown):
                if self.bank.may_be_paid(payment.idop or ""):
                    self.let_go_too_early.append(payment.idop or "")
            self.seller.released(subject)

        return released

    def come_to_rest(self) -> None:
        """Nobody does anything any more, PayFiP answers, the worker is back."""
        self.bank.faults.clear()
        self.bank.late_reception = False
        for minutes in (2, 15, 20, 60, 60, 60, 26 * 60, 26 * 60):
            self.wait(minutes)
            reconciliation.reconcile()


index = st.integers(0, 7)
step = st.one_of(st.none(), st.none(), st.integers(0, len(STEPS) - 1))
flag = st.booleans()
notifying = st.sampled_from(["0", "1", "2", "forged"])
EVENTS = st.one_of(
    st.tuples(st.just("hold"), index, index),
    st.tuples(st.just("pay"), index, step, flag),
    st.tuples(st.just("pay"), index, st.none(), flag),
    st.tuples(st.just("act"), index, st.sampled_from(["P", "P", "V", "A", "R", "Z", "open"]), notifying),
    st.tuples(st.just("notify"), index, notifying, step, flag),
    st.tuples(st.just("come_back"), index, step, flag),
    st.tuples(st.just("work"), step, flag),
    st.tuples(st.just("look"), step, flag),
    st.tuples(st.just("drop"), index),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 1.1, 4, 11, 16, 21, 45, 125, 15 * 60])),
    st.tuples(st.just("trouble"), st.sampled_from(["lost", "cut", "html", "TechDysfonctionnementErreur", "P3", "M1"]),
              st.integers(1, 2)),
    st.tuples(st.just("mood"), flag, flag),
)  # fmt: skip


def live(bank: PayfipSimulator, traveller: Any, events: list[tuple[Any, ...]], kind: type[History] = History) -> Any:
    """So many things happen, one after the other, and then nothing any more."""
    kind.empty()
    bank.operations.clear()
    bank.faults.clear()
    bank.late_reception, bank.tries = False, True
    history = kind(bank, traveller)
    history.hold(0, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(door._sellers, history.seller.subject_type, replace(history.seller, released=history.watch()))
        for verb, *arguments in events:
            getattr(history, verb)(*arguments)
        history.come_to_rest()
    return history


def judge_rest(history: History) -> None:
    """Money, places and journal are one."""
    payments = Payment.objects.filter(charge__office=history.office)
    assert history.let_go_too_early == []
    assert not payments.filter(state__in=LIVE, alerts__isnull=True).exists(), "something is never known"
    paid = payments.filter(state=PaymentState.PAID)
    assert sum(paid.values_list("cents", flat=True)) == bank_money(history.bank) == journal_money(history.office)
    numbers = JournalEntry.objects.filter(office=history.office).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    history.judge_places()
    assert right() == []


@contextmanager
def treasury(settings: Any) -> Iterator[tuple[PayfipSimulator, Any]]:
    """A simulator on the clock that we travel by, and the traveller."""
    with time_machine.travel(MORNING) as traveller, payfip_simulator() as bank:
        for name, value in {**bank.settings(), "PAYFIP_TIMEOUT": 2, "PUBLIC_URL": "http://127.0.0.1:9"}.items():
            setattr(settings, name, value)
        payfip._clients.clear()
        yield bank, traveller
    payfip._clients.clear()
