"""A payment killed -9 once at every step of ours, before it and after it; then somebody comes by, as they would.

The payer pays what they were shown, the worker asks about what is due, the family comes back to what is still open. At
rest each place is paid once, and money, places and journal agree.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from django.test.utils import override_settings

from booking.payments import payfip, reconciliation
from booking.payments.enums import ChargeState
from booking.payments.models import CashOffice, Charge, Payment, Receipt
from tests.booking.payments.till import ask, bank_money, go_to_pay, journal_money, right
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import CashOfficeFactory
from tests.simulators.payfip import PayfipSimulator, payfip_simulator
from tests.simulators.service import ROOT, database_url

#: Every step that commits, asks or writes by itself, in the order of a payment that goes well.
STEPS = (
    ("online", "prepare"),
    ("online", "_claim"),
    ("payfip", "create"),
    ("online", "_opened"),
    ("online", "_claim_question"),
    ("payfip", "result_of"),
    ("online", "note"),
    ("charges", "receive"),
    ("charges", "settle"),
    ("credits", "spend"),
    ("journal", "issue_receipt"),
    ("journal", "take_numbers"),
    ("messages", "owe_receipt"),
)
CENTS = 1200
#: Later than anything that is waited for after a stop.
LATER = timedelta(seconds=90)


@dataclass
class Report:
    kills: Counter[str] = field(default_factory=Counter)
    begun_anew: int = 0
    asked_by_worker: int = 0
    money: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.kills.total()} kills -9 of payments, at {len(self.kills)} steps before and after",
            f"at rest: {self.asked_by_worker} found by the worker, {self.begun_anew} begun anew by the family, "
            f"{self.money / 100:.2f} € at the treasury and in the journal",
        ]
        wrong = [f"WRONG: {one}" for one in self.wrong[:20]]
        return "\n".join([*lines, *(wrong or ["0 lost, 0 paid twice, 0 places without money, the accounts are right"])])


def kill_payments(
    steps: Sequence[tuple[str, str]] = STEPS,
    *,
    comes_by: bool = True,
    say: Callable[[str], None] = lambda _word: None,
) -> Report:
    """In the database of the tests, committed. `comes_by=False`: nobody does anything after the kills."""
    report, office = Report(), CashOfficeFactory.create()
    with payfip_simulator() as bank, override_settings(**bank.settings(), PUBLIC_URL="http://127.0.0.1:9"):
        payfip._clients.clear()
        try:
            for number, (module, name) in enumerate(steps):
                for when in ("before", "after"):
                    say(f"{when} {module}.{name}")
                    _one(report, bank, office, 2 * number + (when == "after"), (module, name, when), comes_by)
        finally:
            payfip._clients.clear()
        report.money = bank_money(bank)
        if report.money != journal_money(office):
            report.wrong.append(f"the treasury has {report.money}, the journal {journal_money(office)}")
    report.wrong += right()
    return report


def _one(
    report: Report, bank: PayfipSimulator, office: CashOffice, number: int, step: tuple[str, str, str], comes_by: bool
) -> None:
    charge = selling.hold(office, show=number, number=1, cents=CENTS)
    assert charge is not None
    where = " ".join(step)
    shown = _killed(bank, charge, step)
    if shown is None:
        report.wrong.append(f"not killed: {where}")
        return
    report.kills[f"{step[0]}.{step[1]}"] += 1
    if comes_by:
        with time_machine.travel(datetime.now(UTC) + LATER):
            _come_by(report, bank, charge, shown)
    charge.refresh_from_db()
    receipts = Receipt.objects.filter(charge=charge).count()
    is_sold = Place.objects.filter(pk=charge.subject_id, state="sold").exists()
    if (charge.state, receipts, is_sold) != (ChargeState.SETTLED, 1, True):
        report.wrong.append(f"{where}: {charge.state}, {receipts} receipts, place {'' if is_sold else 'not '}sold")


def _killed(bank: PayfipSimulator, charge: Charge, step: tuple[str, str, str]) -> str | None:
    """The operation whose page was shown before the end, "" for none; None for a process that was not killed."""
    env = {
        **os.environ,
        **{name: str(value) for name, value in bank.settings().items()},
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url(connection.settings_dict),
        "PYTHONPATH": str(ROOT),
    }
    program = [sys.executable, "-m", "tests.siege.payer", str(charge.pk), *step]
    done = subprocess.run(program, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout.strip() if done.returncode == -signal.SIGKILL else None


def _come_by(report: Report, bank: PayfipSimulator, charge: Charge, shown: str) -> None:
    if shown and not bank.operations[shown]["result"]:
        bank.act(shown, "P", notify="0")
    reconciliation.reconcile()
    charge.refresh_from_db()
    if charge.state == ChargeState.SETTLED:
        report.asked_by_worker += 1
        return
    payment = go_to_pay(charge)
    report.begun_anew += Payment.objects.filter(charge=charge).count() > 1 or not shown
    bank.act(payment.idop or "", "P", notify="0")
    ask(payment)
