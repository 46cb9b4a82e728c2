"""A slow provider slows itself only; one that refuses everybody costs time, no message."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from notifications import kinds
from notifications.delivery import breaker, deliver_due
from notifications.delivery.lanes import LANES
from notifications.delivery.relay import HANDFUL, Lane, deliver_lane
from notifications.kinds import Urgency
from notifications.models import Channel, Message
from notifications.sms import MemoryBackend
from tests.factories import MessageFactory
from tests.notifications.kinds import hello
from tests.simulators.smtp_sink import SmtpSink, smtp_sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    with smtp_sink() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        yield server


@pytest.fixture(autouse=True)
def kinds_of_every_urgency() -> Iterator[None]:
    kinds.register("test.offer", hello, urgency=Urgency.NOW)
    kinds.register("test.reminder", hello, urgency=Urgency.LATER)
    yield
    kinds._kinds.pop("test.offer")
    kinds._kinds.pop("test.reminder")


class Run(threading.Thread):
    """Delivers beside the test, and leaves no connection behind."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options
        self.report: Any = None

    def run(self) -> None:
        try:
            self.report = deliver_due(**self.options)
        finally:
            connection.close()


def until(found: Any, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not (is_there := found()) and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(is_there)


def behind_230_slow_mails(sink: SmtpSink, *, at_once: bool) -> tuple[bool, bool]:
    """Whether an offer owed while they leave has left within five seconds, and an SMS within ten."""
    sink.seconds = 3.0
    MessageFactory.create_batch(230, due_at=timezone.now() - timedelta(minutes=1))
    run = Run(seconds=8.0, at_once=at_once)
    run.start()
    assert until(lambda: Message.objects.filter(state="sending").exists(), 5)
    MessageFactory.create(kind="test.offer", recipient="odile@mail.example")
    MessageFactory.create(channel="sms", recipient="+33612345678")
    offer = until(lambda: "odile@mail.example" in sink.recipients, 5)
    sms = until(lambda: MemoryBackend.outbox, 5)
    run.join()
    assert len(sink.accepted) < 20
    return offer, sms


@pytest.mark.race
def test_an_offer_does_not_wait_for_slow_mails(sink: SmtpSink) -> None:
    assert behind_230_slow_mails(sink, at_once=True) == (True, True)


@pytest.mark.race
def test_twin_without_lanes_it_waits(sink: SmtpSink) -> None:
    assert behind_230_slow_mails(sink, at_once=False) == (False, False)


@pytest.mark.parametrize("at_once", [True, False])
def test_time_is_up_in_the_middle_of_a_batch_too(sink: SmtpSink, at_once: bool) -> None:
    sink.seconds = 0.4
    MessageFactory.create_batch(40)
    began = time.monotonic()
    report = deliver_due(seconds=1.5, at_once=at_once)
    assert time.monotonic() - began < 4
    assert report.is_cut_short
    assert report.sent == len(sink.accepted) < 20
    left = Message.objects.filter(state="queued")
    assert set(left.values_list("attempts", "claimed_until")) == {(0, None)}
    sink.seconds = 0.0
    deliver_due(at_once=at_once)
    assert Counter(sink.recipients) == Counter(Message.objects.values_list("recipient", flat=True))


def test_only_one_worker_empties_the_outbox(sink: SmtpSink) -> None:
    """The others have other things to do than wait for the same provider."""
    sink.seconds = 1.0
    MessageFactory.create_batch(4)
    first = Run(at_once=True)
    first.start()
    assert until(lambda: Message.objects.filter(state="sending").exists(), 5)
    began = time.monotonic()
    assert deliver_due(at_once=True).states == {}
    assert time.monotonic() - began < 1
    first.join()
    assert first.report.sent == 4


def test_every_message_is_in_one_lane_and_those_of_unknown_kinds_in_the_last(sink: SmtpSink) -> None:
    for kind in ("test.offer", "test.hello", "test.reminder", "test.of-a-newer-version"):
        MessageFactory.create(kind=kind)
    found = {}
    for lane in LANES:
        deliver_lane(lane, None, float("inf"))
        for kind in Message.objects.exclude(state="queued", attempts=0).values_list("kind", flat=True):
            found.setdefault(kind, lane)
    later = Lane(Urgency.LATER, Channel.MAIL)
    assert found == {
        "test.offer": Lane(Urgency.NOW, Channel.MAIL), "test.hello": Lane(Urgency.SOON, Channel.MAIL),
        "test.reminder": later, "test.of-a-newer-version": later,
    }  # fmt: skip


# --- Who refuses everybody ------------------------------------------------------------------------------------------


def test_refusing_everybody_costs_no_message(sink: SmtpSink) -> None:
    """A suspended account, over a weekend: every run asks once, and on Monday everything leaves."""
    sink.everybody = "550 account suspended"
    messages = MessageFactory.create_batch(40)
    now = timezone.now()
    assert deliver_due(now=now).is_cut_short
    assert sink.asked == HANDFUL
    for hour in range(1, 50, 7):
        deliver_due(now=now + timedelta(hours=hour))
    assert sink.asked == HANDFUL + 7
    assert set(Message.objects.values_list("state", "attempts")) == {("queued", 0)}
    sink.everybody = ""
    assert deliver_due(now=now + timedelta(hours=60)).sent == len(messages)


def test_twin_without_the_breaker_all_are_given_up(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "MANY", 1000)
    sink.everybody = "550 account suspended"
    MessageFactory.create_batch(40)
    deliver_due()
    assert set(Message.objects.values_list("state", flat=True)) == {"failed"}


def test_dead_addresses_are_believed_where_others_have_just_been_taken(sink: SmtpSink) -> None:
    MessageFactory.create(due_at=timezone.now() - timedelta(hours=1))
    dead = [f"mort{number}@x.example" for number in range(20)]
    sink.answers.update(dict.fromkeys(dead, "550 no such user"))
    for address in dead:
        MessageFactory.create(recipient=address)
    deliver_due()
    assert set(Message.objects.filter(recipient__in=dead).values_list("state", flat=True)) == {"failed"}
