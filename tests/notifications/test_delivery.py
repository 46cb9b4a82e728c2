"""Against a real SMTP server on loopback: everything once, nothing twice, the doubtful reported."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from notifications.delivery import deliver_due, relay, sweep_lapsed
from notifications.delivery.relay import ATTEMPTS, pause_after
from notifications.kinds import Urgency
from notifications.models import Message, MessageState
from notifications.outbox import withdraw
from notifications.sms import MemoryBackend
from tests.factories import MessageFactory
from tests.simulators.smtp_sink import SmtpSink, smtp_sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    with smtp_sink() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        yield server


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_due_messages_are_sent_once_over_one_connection(sink: SmtpSink) -> None:
    messages = MessageFactory.create_batch(25)
    later = MessageFactory.create(due_at=timezone.now() + timedelta(hours=1))
    report = deliver_due()
    assert report.sent == 25
    assert Counter(sink.recipients) == Counter(message.recipient for message in messages)
    assert sink.connections == 1
    assert set(Message.objects.filter(state="sent").values_list("attempts", flat=True)) == {1}
    assert fresh(later).state == MessageState.QUEUED
    assert deliver_due().sent == 0


def test_a_mail_says_who_it_is(sink: SmtpSink) -> None:
    message = MessageFactory.create()
    deliver_due()
    mail = sink.mails()[0]
    assert fresh(message).provider_id == mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert fresh(message).sent_at is not None


def test_message_id_is_the_same_when_a_person_sends_it_again(sink: SmtpSink) -> None:
    message = MessageFactory.create()
    deliver_due()
    Message.objects.update(state=MessageState.QUEUED)
    deliver_due()
    first, second = sink.mails()
    assert first["Message-ID"] == second["Message-ID"] == fresh(message).provider_id


def test_sms_leave_too() -> None:
    MessageFactory.create(channel="sms", recipient="+33612345678")
    assert deliver_due().sent == 1
    assert [sms.to for sms in MemoryBackend.outbox] == ["+33612345678"]


def test_overtaken_and_withdrawn_messages_are_not_sent(sink: SmtpSink) -> None:
    overtaken = MessageFactory.create(context={"overtaken": True})
    MessageFactory.create(state=MessageState.WITHDRAWN)
    deliver_due()
    assert sink.recipients == []
    assert fresh(overtaken).state == MessageState.WITHDRAWN


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("450 greylisted", "queued", "SMTP 450"),
        ("550 no such user", "failed", "SMTP 550"),
        ("data 452 full", "queued", "SMTP 452"),
        ("data 554 spam", "failed", "SMTP 554"),
        ("cut before", "queued", "SMTPServerDisconnected"),
        ("cut after", "ambiguous", "SMTPServerDisconnected"),
        ("slow", "ambiguous", "SMTPServerDisconnected"),
    ],
)
def test_each_failure_is_what_it_is_and_others_go_on(
    sink: SmtpSink, settings: Any, answer: str, state: str, reason: str
) -> None:
    sink.answers["bad@x.example"] = answer
    if answer == "slow":
        settings.EMAIL_TIMEOUT = 1
    bad = MessageFactory.create(recipient="bad@x.example", due_at=timezone.now() - timedelta(hours=1))
    good = MessageFactory.create_batch(3)
    deliver_due()
    deliver_due()
    bad.refresh_from_db()
    assert (bad.state, bad.last_error, bad.attempts) == (state, reason, 1)
    assert [fresh(message).state for message in good] == ["sent"] * 3
    assert sink.recipients.count("bad@x.example") == (1 if state == "ambiguous" else 0)


@pytest.mark.parametrize("recipient", ["no address", "a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example", ""])
def test_an_address_that_is_none_is_refused(sink: SmtpSink, recipient: str) -> None:
    message = MessageFactory.create(recipient=recipient)
    deliver_due()
    assert fresh(message).state == MessageState.FAILED
    assert sink.recipients == []


def test_temporary_errors_pause_longer_each_time_then_give_up(sink: SmtpSink) -> None:
    sink.answers["bad@x.example"] = "450 later"
    message = MessageFactory.create(recipient="bad@x.example")
    now, pauses = timezone.now(), []
    for attempt in range(1, ATTEMPTS + 1):
        deliver_due(now=now)
        message.refresh_from_db()
        assert message.attempts == attempt
        if message.claimed_until is not None:
            pauses.append(message.claimed_until - now)
            now = message.claimed_until + timedelta(seconds=1)
    assert message.state == MessageState.FAILED
    assert len(pauses) == ATTEMPTS - 1
    assert timedelta(seconds=20) < pauses[0] < timedelta(seconds=40)
    assert pauses[1] > timedelta(seconds=80)
    deliver_due(now=now + timedelta(days=9))
    assert fresh(message).attempts == ATTEMPTS


def test_pauses_have_jitter_and_an_end() -> None:
    assert len({pause_after(3) for _ in range(10)}) > 1
    assert pause_after(50) <= timedelta(hours=7, minutes=30)


def test_an_outage_costs_no_attempts_and_is_soon_over(settings: Any) -> None:
    with smtp_sink() as server:
        closed = server.settings()
    for name, value in closed.items():
        setattr(settings, name, value)
    messages = MessageFactory.create_batch(12)
    assert deliver_due().is_cut_short
    for message in map(fresh, messages):
        assert (message.state, message.attempts) == ("queued", 0)
    assert deliver_due().sent == 0
    with smtp_sink() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        assert deliver_due(now=timezone.now() + timedelta(seconds=50)).sent == 12


def test_a_renderer_that_breaks_delays_only_its_own_message(sink: SmtpSink, caplog: Any) -> None:
    broken = MessageFactory.create(context={"broken": True}, recipient="secret@x.example")
    unknown = MessageFactory.create(kind="test.of-a-newer-version")
    good = MessageFactory.create()
    deliver_due()
    assert fresh(good).state == "sent"
    for message in map(fresh, (broken, unknown)):
        assert (message.state, message.attempts) == ("queued", 1)
        assert message.claimed_until is not None
    assert "secret" not in caplog.text
    assert fresh(broken).last_error == "not rendered: ZeroDivisionError"


# --- Crashes --------------------------------------------------------------------------------------------------------


def test_silence_after_handing_over_is_reported_and_not_repeated(sink: SmtpSink) -> None:
    now = timezone.now()
    cut = MessageFactory.create(state="sending", claimed_until=now - timedelta(seconds=1), attempts=1)
    busy = MessageFactory.create(state="sending", claimed_until=now + timedelta(seconds=60), attempts=1)
    assert sweep_lapsed() == 1
    deliver_due()
    assert fresh(cut).state == MessageState.AMBIGUOUS
    assert fresh(busy).state == MessageState.SENDING
    assert sink.recipients == []


def test_a_lapsed_claim_is_taken_again_because_nothing_had_left(sink: SmtpSink) -> None:
    now = timezone.now()
    lapsed = MessageFactory.create(claimed_until=now - timedelta(seconds=1))
    held = MessageFactory.create(claimed_until=now + timedelta(seconds=60))
    deliver_due()
    assert (fresh(lapsed).state, fresh(held).state) == ("sent", "queued")


def test_withdrawn_between_claim_and_mark_is_not_sent(sink: SmtpSink) -> None:
    message = MessageFactory.create(subject_id="7b1f6a3e-0000-4000-8000-000000000001")
    batch = relay._Batch(relay.Lane(Urgency.SOON, message.channel), timezone.now())
    assert message.subject_id
    withdraw(subject_id=Message.objects.get().subject_id)  # type: ignore[arg-type]
    batch.deliver()
    assert fresh(message).state == MessageState.WITHDRAWN
    assert sink.recipients == []


def test_provider_slower_than_the_lease_ends_as_sent(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    message = MessageFactory.create()
    batch = relay._Batch(relay.Lane(Urgency.SOON, message.channel), timezone.now())
    as_written = batch._sent

    def slow(*arguments: Any) -> Any:
        outcomes = as_written(*arguments)
        sweep_lapsed(now=timezone.now() + timedelta(hours=1))
        assert fresh(message).state == MessageState.AMBIGUOUS
        # The sending thread has no business with the database; this test has.
        connection.close()
        return outcomes

    monkeypatch.setattr(batch, "_sent", slow)
    batch.deliver()
    assert fresh(message).state == MessageState.SENT


# --- Races ----------------------------------------------------------------------------------------------------------


def _race(workers: int) -> None:
    start = threading.Barrier(workers)

    def work() -> None:
        try:
            connection.ensure_connection()  # nobody is done before the last has begun
            start.wait()
            deliver_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.race
def test_workers_share_the_messages_and_send_none_twice(sink: SmtpSink) -> None:
    messages = MessageFactory.create_batch(250)
    _race(4)
    assert Counter(sink.recipients) == Counter(message.recipient for message in messages)
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.race
def test_without_lock_and_guards_messages_are_sent_twice(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what the claim and the guard on the state are for."""
    monkeypatch.setattr(relay, "CLAIM_SQL", relay.CLAIM_SQL.replace("FOR UPDATE SKIP LOCKED", "").replace(
        "AND (claimed_until IS NULL OR claimed_until < %(now)s)", ""))  # fmt: skip
    monkeypatch.setattr(relay, "NOTE_AND_MARK_SQL", relay.NOTE_AND_MARK_SQL.replace(
        "AND state = 'queued' AND claimed_until = %(claim)s\nRETURNING", "\nRETURNING"))  # fmt: skip
    MessageFactory.create_batch(250)
    _race(4)
    assert max(Counter(sink.recipients).values()) > 1
