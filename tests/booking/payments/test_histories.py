"""Every history of PayFiP that we can think of, drawn by Hypothesis over the simulator on one clock.

Payers pay, give up, are refused, sit at the bank's page, pay twice, come late; notifications are lost, doubled, delayed
or forged; answers are lost, cut, late or HTML; the treasury receives late and cleans at night; ours stops between any
two of its steps, and the worker is away with Redis. At rest: money = places = journal, no number is missing, and
nothing was let go that could still be paid.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.payments import charges, online, payfip, reconciliation, verdicts
from booking.payments.enums import LIVE, ChargeState, Means, PaymentState
from booking.payments.models import Charge, JournalEntry, Payment
from municipalities.exceptions import Refusal
from tests.booking.payments.conftest import MORNING
from tests.booking.payments.emptying import wipe
from tests.booking.payments.till import MAIL, bank_money, journal_money, right
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import CashOfficeFactory
from tests.factories.residents import HouseholdFactory
from tests.simulators.payfip import PayfipSimulator, payfip_simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


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
    """Places to sell, households that pay them, and what each of them knows."""

    def __init__(self, bank: PayfipSimulator, traveller: Any) -> None:
        self.bank, self.traveller = bank, traveller
        self.office = CashOfficeFactory.create()
        self.households = (HouseholdFactory.create(), HouseholdFactory.create())
        self.shown: list[str] = []  # operations whose page somebody was sent to
        self.let_go_too_early: list[str] = []
        self.show = uuid4().int % 10**9
        self.client = Client()

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
            selling.released(subject)

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


def live(bank: PayfipSimulator, traveller: Any, events: list[tuple[Any, ...]]) -> History:
    wipe()
    bank.operations.clear()
    bank.faults.clear()
    bank.late_reception, bank.tries = False, True
    history = History(bank, traveller)
    history.hold(0, 3)
    with pytest.MonkeyPatch.context() as patch:
        watched = type(selling.SELLER)(**{**selling.SELLER.__dict__, "released": history.watch()})
        patch.setitem(charges.seller_of.__globals__["_sellers"], selling.SUBJECT, watched)
        for verb, *arguments in events:
            getattr(history, verb)(*arguments)
        history.come_to_rest()
    return history


def judge_rest(history: History) -> None:
    payments = Payment.objects.filter(charge__office=history.office)
    assert history.let_go_too_early == []
    assert not payments.filter(state__in=LIVE, alerts__isnull=True).exists(), "something is never known"
    paid = payments.filter(state=PaymentState.PAID)
    assert sum(paid.values_list("cents", flat=True)) == bank_money(history.bank) == journal_money(history.office)
    sold = set(Place.objects.filter(state="sold").values_list("pk", flat=True))
    assert sold == set(Charge.objects.filter(state=ChargeState.SETTLED).values_list("subject_id", flat=True))
    numbers = JournalEntry.objects.filter(office=history.office).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert right() == []


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[tuple[PayfipSimulator, Any]]:
    with time_machine.travel(MORNING) as traveller, payfip_simulator() as bank:
        for name, value in {**bank.settings(), "PAYFIP_TIMEOUT": 2, "PUBLIC_URL": "http://127.0.0.1:9"}.items():
            setattr(settings, name, value)
        payfip._clients.clear()
        yield bank, traveller
    payfip._clients.clear()


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, min_size=4, max_size=25))
def test_at_rest_money_places_and_journal_are_one(world: tuple[PayfipSimulator, Any], events: list[Any]) -> None:
    judge_rest(live(*world, events))


#: Somebody is sent to the page, and the treasury has not received it yet when we ask; they come and take their time.
QUICK = [
    ("pay", 0, None, False),
    ("mood", True, True),
    ("wait", 1.1),
    ("work", None, False),
    ("wait", 11),
    ("act", 0, "open", "0"),
    ("wait", 11),
    ("work", None, False),
    ("act", 0, "P", "0"),
]


def test_the_history_that_the_twin_breaks_is_right_as_it_is(world: tuple[PayfipSimulator, Any]) -> None:
    judge_rest(live(*world, QUICK))


def test_twin_p1_believed_at_once_lets_go_what_is_about_to_be_paid(
    world: tuple[PayfipSimulator, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "UNKNOWN_IS_EXPIRED", timedelta(0))
    history = live(*world, QUICK)
    assert len(history.let_go_too_early) == 1
    with pytest.raises(AssertionError):
        judge_rest(history)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("where", range(len(STEPS)), ids=[name for _, name in STEPS])
def test_a_stop_at_any_step_loses_nothing(world: tuple[PayfipSimulator, Any], where: int, after: bool) -> None:
    stop = (where, after)
    trouble = [("trouble", "html", 1)] if STEPS[where][1] == "give_up" else []
    events = [
        *trouble,
        ("pay", 0, *stop),
        ("wait", 1.1),
        ("pay", 0, None, False),
        ("act", 0, "P", "0"),
        ("wait", 1.1),
        ("come_back", 0, *stop),
        ("work", *stop),
    ]
    history = live(*world, events)
    judge_rest(history)
    assert Charge.objects.filter(office=history.office, state=ChargeState.SETTLED).count() == 1


def test_means_are_told_apart(world: tuple[PayfipSimulator, Any]) -> None:
    history = live(*world, [("pay", 0, None, False), ("act", 0, "V", "1")])
    judge_rest(history)
    assert set(JournalEntry.objects.values_list("means", flat=True)) == {Means.DEBIT_ONLINE}
    assert Place.objects.get().state == "sold" and timezone.now() > MORNING
