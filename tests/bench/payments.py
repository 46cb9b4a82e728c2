"""Money: five hundred payments asked about, the check of ten seasons, and a treasury that hangs beside everybody else.

The simulator of PayFiP runs in a process of its own, over HTTP, as everywhere.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

from django.db import connections
from django.test.utils import override_settings
from django.utils import timezone

from booking.activities.models import Basket, BasketState
from booking.payments import accounts, payfip, reconciliation
from booking.payments.charges import Line
from booking.payments.enums import ChargeState, PaymentState
from booking.payments.models import CashOffice, Charge, ChargeLine, JournalEntry, Payment
from booking.payments.online import is_online, open_operation
from booking.residents.models import Household
from config.demo.cash import NUMCLI, Sale, paid_by, write
from municipalities.enums import OperatorKind
from municipalities.languages import Translated
from municipalities.models import Operator, StaffMember
from tests.bench import database
from tests.bench.measure import Row, Size, percentile
from tests.simulators.service import ROOT, Service, free_port

DATABASE = "bench_payments"
BASKET = "activities.basket"
#: Calls that hang: more than two processes make in the time, each of eight seconds.
HANGING = 20
LINE = Line(Translated(fr="Place"), 1200, "activities", "P1", "70631")


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE), _treasury() as treasury:
        try:
            with override_settings(**treasury.settings, PAYFIP_TIMEOUT=8, PUBLIC_URL="http://127.0.0.1:9"):
                payfip._clients.clear()
                office = _office()
                yield from _reconciled(size, treasury, office)
                yield from _checked(size, office)
                yield from _hanging(size, treasury, office)
        finally:
            payfip._clients.clear()


class Treasury:
    """The simulator in its own process, told by HTTP what to do."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {
            "PAYFIP_SAISIE": "T",
            "PAYFIP_WSDL": f"{self.url}/tpa/services/securite?wsdl",
            "PAYFIP_PAGE_URL": f"{self.url}/tpa/paiementws.web",
        }

    def tell(self, path: str, **fields: object) -> None:
        address = f"{self.url}/sim/{path}?{urllib.parse.urlencode(fields)}"
        urllib.request.urlopen(address, data=b"", timeout=10).read()


@contextmanager
def _treasury() -> Iterator[Treasury]:
    port = free_port()
    program = [sys.executable, "-m", "tests.simulators.payfip", str(port)]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield Treasury(port)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _office() -> CashOffice:
    operator = Operator.objects.create(name="Agglomération", kind=OperatorKind.AGGLOMERATION)
    return CashOffice.objects.create(operator=operator, name="Régie", numcli=NUMCLI)


def _basket(office: CashOffice, household: Household, state: BasketState) -> Basket:
    return Basket(office=office, household=household, state=state)


def _pending(office: CashOffice, count: int) -> list[Payment]:
    """So many payments that somebody was sent to make."""
    household = Household.objects.create()
    now = timezone.now()
    baskets = Basket.objects.bulk_create([_basket(office, household, BasketState.PAYING) for _ in range(count)])
    charges = Charge.objects.bulk_create(
        [
            Charge(
                office=office,
                household=household,
                subject_type=BASKET,
                subject_id=basket.pk,
                cents=LINE.cents,
                state=ChargeState.PAYING,
                created_at=now,
                expires_at=now + timedelta(minutes=20),
            )
            for basket in baskets
        ]
    )
    ChargeLine.objects.bulk_create([ChargeLine(charge=charge, position=0, **vars(LINE)) for charge in charges])
    payments = Payment.objects.bulk_create(
        [
            Payment(
                charge=charge,
                cents=LINE.cents,
                refdet=uuid4().hex[:20].upper(),
                numcli=NUMCLI,
                capture="T",
                created_at=now,
            )
            for charge in charges
        ]
    )
    assert is_online(office)
    for payment in payments:
        open_operation(payment, mail="payeuse@mail.example", wait=10.0)
        payment.refresh_from_db()
    return payments


def _reconciled(size: Size, treasury: Treasury, office: CashOffice) -> Iterator[Row]:
    count = size.pick(500, 10)
    payments = _pending(office, count)
    for payment in payments[::2]:
        treasury.tell(str(payment.idop), do="P", notify=0)
    Payment.objects.update(next_at=timezone.now())
    floor = time.perf_counter()
    for payment in payments[: size.pick(100, 10)]:
        payfip.result_of(str(payment.idop), wait=10.0)
    asked_bare = (time.perf_counter() - floor) * count / size.pick(100, 10)
    began = time.perf_counter()
    asked = reconciliation.reconcile()
    seconds = time.perf_counter() - began
    paid = Payment.objects.filter(state=PaymentState.PAID).count()
    assert (asked, paid) == (count, (count + 1) // 2), (asked, paid)
    yield Row(
        f"{count} pending payments reconciled, half of them paid",
        f"{seconds:.1f} s",
        f"{asked_bare:.1f} s (the questions alone)",
        f"{seconds / asked_bare:.1f}×",
        "≤ 60 s",
        seconds <= 60,
    )


def _checked(size: Size, office: CashOffice) -> Iterator[Row]:
    """Ten seasons of four thousand enrolments, each paid by itself."""
    number = size.pick(40_000, 400)
    chance = random.Random(1)
    cashier = StaffMember.objects.create_user("caisse@banc.example", name="Caisse")
    households = Household.objects.bulk_create([Household() for _ in range(number // 20)])
    baskets = Basket.objects.bulk_create(
        [_basket(office, chance.choice(households), BasketState.PAID) for _ in range(number)], batch_size=2000
    )
    first, length = timezone.now() - timedelta(days=3650), timedelta(days=3640)
    sales = []
    for place, basket in enumerate(baskets):
        means, by = paid_by(chance, LINE.cents, cashier)
        at = first + length * place / number
        sales.append(Sale(BASKET, basket.pk, basket.household_id, [LINE], at, means, by))
    other = CashOffice.objects.create(operator=office.operator, name="Dix saisons", numcli=NUMCLI)
    entries = write(other, sales, seed=1, today=timezone.localdate())
    with connections["default"].cursor() as cursor:
        cursor.execute("ANALYZE")
    times, found = [], [""]
    for _ in range(size.pick(3, 1)):
        began = time.perf_counter()
        found = list(accounts.faults())
        times.append(time.perf_counter() - began)
    seconds = statistics.median(times)
    assert found == [], found[:3]
    assert JournalEntry.objects.filter(office=other).count() == entries
    yield Row(
        f"accounts --check, {number:,} sales, {entries:,} entries",
        f"{seconds:.1f} s",
        goal="≤ 10 s",
        met=seconds <= 10,
    )


def _hanging(size: Size, treasury: Treasury, office: CashOffice) -> Iterator[Row]:
    """Notifications make every web worker ask, twice a second, while people look at another page."""
    payments = _pending(office, size.pick(200, 8))
    env = {
        "DATABASE_URL": database.address_of(DATABASE),
        "WEB_THREADS": "4",
        **treasury.settings,
        "PAYFIP_TIMEOUT": "8",
    }
    seconds = size.pick(25, 2)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Service(Path(folder), env) as service:
        service.start("valkey", "web")
        hints = iter([str(payment.idop) for payment in payments])
        _look(service.port, size.pick(5, 1), hints)
        well = _look(service.port, seconds, hints)
        treasury.tell("set", hang=30)
        treasury.tell("fault", next="hang", times=HANGING)
        ill = _look(service.port, seconds, hints)
        p95_well, p95_ill = percentile(well, 95), percentile(ill, 95)
        ratio = p95_ill / p95_well
        yield Row(
            "another page while PayFiP hangs and is asked twice a second / while it answers",
            f"p50 {statistics.median(ill):.0f} ms, p95 {p95_ill:.0f} ms",
            f"p50 {statistics.median(well):.0f} ms, p95 {p95_well:.0f} ms",
            f"{ratio:.2f}×",
            "p95 ≤ 1.2×",
            ratio <= 1.2,
        )
        web = service.megabytes("web")
        yield Row(
            "memory: web worker with the SOAP client, after it all", f"{web:.0f} MB", goal="≤ 180 MB", met=web <= 180
        )
        treasury.tell("set", hang=0)
        for _ in range(HANGING):  # what nobody has met of it
            payfip.result_of(str(payments[0].idop), wait=10.0)
        Payment.objects.filter(state__in=(PaymentState.OPEN, PaymentState.UNCERTAIN)).update(
            next_at=timezone.now(), last_asked_at=None
        )
        service.start("worker", "beat")
        _until_asked(size.pick(150, 90))
        worker = service.megabytes("worker")
        yield Row(
            "memory: Celery worker after it has reconciled",
            f"{worker:.0f} MB",
            goal="≤ 200 MB",
            met=worker <= 200,
        )


def _until_asked(seconds: float) -> None:
    """The beat asks every minute."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if not Payment.objects.filter(state=PaymentState.OPEN, last_asked_at__isnull=True).exists():
            return
        time.sleep(1)


def _look(port: int, seconds: float, hints: Iterator[str]) -> list[float]:
    """Milliseconds of each look at the towns' page, one person after the other, with hints about payments beside."""
    over = threading.Event()
    lock = threading.Lock()

    def hint() -> None:
        while not over.wait(0.5):
            with lock:
                idop = next(hints, "")
            threading.Thread(target=_notify, args=(port, idop), daemon=True).start()

    notifying = threading.Thread(target=hint, daemon=True)
    notifying.start()
    times: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        connection.close()
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    over.set()
    notifying.join()
    return times


def _notify(port: int, idop: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(
            "POST", "/payfip/notification", f"idop={idop}", {"Content-Type": "application/x-www-form-urlencoded"}
        )
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()
