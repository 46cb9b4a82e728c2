from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.models import Message, MessageState
from notifications.outbox import Owed, enqueue, put_back, withdraw
from notifications.queries import counts_by_state, oldest_unsent_age, stuck, unreachable
from tests.factories import MessageFactory, MunicipalityFactory

pytestmark = pytest.mark.django_db


def owed(**fields: Any) -> Owed:
    return Owed(
        **({"kind": "test.hello", "channel": "mail", "recipient": "a@x.example", "due_at": timezone.now()} | fields)
    )


@pytest.mark.parametrize("number", [1, 3])
def test_any_number_of_messages_is_one_statement(number: int, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert enqueue([owed(recipient=f"{n}@x.example") for n in range(number)]) == number
    assert Message.objects.filter(state=MessageState.QUEUED).count() == number


def test_nothing_owed_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert enqueue([]) == 0


def test_every_field_arrives() -> None:
    subject, town, due = uuid4(), MunicipalityFactory.create(), timezone.now() + timedelta(days=3)
    enqueue([
        owed(
            language="de", municipality_id=town.pk, subject_type="appointment", subject_id=subject, due_at=due,
            context={"reason": "Panne « grave »", "n": 1},
        ),
        owed(),
    ])  # fmt: skip
    first, second = Message.objects.order_by("id")
    assert (first.language, first.municipality, first.subject_id, first.due_at) == ("de", town, subject, due)
    assert first.context == {"reason": "Panne « grave »", "n": 1}
    assert (second.municipality, second.subject_id, second.context, second.attempts) == (None, None, {}, 0)
    assert abs(first.created_at - timezone.now()) < timedelta(minutes=1)


def test_rolled_back_transaction_owes_nothing() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue([owed()])
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_withdraw_takes_back_what_is_queued_for_the_subject_only() -> None:
    subject = uuid4()
    kept = MessageFactory.create(subject_id=uuid4())
    sent = MessageFactory.create(subject_id=subject, state=MessageState.SENT)
    reminder = MessageFactory.create(subject_id=subject, kind="test.reminder")
    hello = MessageFactory.create(subject_id=subject)
    assert withdraw(subject_id=subject, kinds=["test.reminder"]) == 1
    assert withdraw(subject_id=subject) == 1
    states = {m.pk: m.state for m in Message.objects.all()}
    assert states == {kept.pk: "queued", sent.pk: "sent", reminder.pk: "withdrawn", hello.pk: "withdrawn"}


def test_put_back_concerns_what_is_stuck_and_still_names_somebody() -> None:
    stuck = [MessageFactory.create(state=state, attempts=3) for state in (MessageState.AMBIGUOUS, MessageState.FAILED)]
    for state in set(MessageState) - {MessageState.AMBIGUOUS, MessageState.FAILED}:
        MessageFactory.create(state=state)
    MessageFactory.create(state=MessageState.FAILED, recipient="")
    assert put_back(Message.objects.filter(pk=stuck[0].pk)) == 1
    assert put_back(Message.objects.all()) == 1
    for message in stuck:
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("queued", 0)
    assert Message.objects.filter(state=MessageState.QUEUED).count() == 3


def test_stuck_is_what_nothing_later_has_made_good() -> None:
    subject = uuid4()
    made_good = MessageFactory.create(subject_id=subject, state=MessageState.FAILED)
    MessageFactory.create(subject_id=subject, state=MessageState.SENT)
    by_sms = MessageFactory.create(subject_id=subject, channel="sms", state=MessageState.AMBIGUOUS)
    again = MessageFactory.create(subject_id=subject, state=MessageState.FAILED)
    MessageFactory.create(subject_id=subject, state=MessageState.BOUNCED)
    assert set(stuck()) == {by_sms, again}
    assert made_good not in stuck()


def test_unreachable_names_the_channels_of_the_present_address() -> None:
    bounced, moved_on, arrived, fine = (uuid4() for _ in range(4))
    MessageFactory.create(subject_id=bounced, recipient="a@x", state="bounced")
    MessageFactory.create(subject_id=bounced, recipient="a@x", state="sent")
    MessageFactory.create(subject_id=bounced, recipient="+33", channel="sms", state="failed")
    MessageFactory.create(subject_id=moved_on, recipient="old@x", state="bounced")
    MessageFactory.create(subject_id=moved_on, recipient="new@x", state="sent")
    MessageFactory.create(subject_id=arrived, recipient="a@x", state="failed")
    MessageFactory.create(subject_id=arrived, recipient="a@x", state="sent")
    MessageFactory.create(subject_id=fine, recipient="a@x", state="delivered")
    assert unreachable([bounced, moved_on, arrived, fine]) == {bounced: ["mail", "sms"]}
    assert unreachable([]) == {}


def test_age_of_the_oldest_unsent_counts_from_when_it_was_due() -> None:
    now = timezone.now()
    assert oldest_unsent_age(now) == timedelta(0)
    MessageFactory.create(due_at=now + timedelta(days=1))
    MessageFactory.create(due_at=now - timedelta(days=9), state=MessageState.SENT)
    MessageFactory.create(due_at=now - timedelta(minutes=5), claimed_until=now + timedelta(hours=1))
    assert oldest_unsent_age(now) == timedelta(minutes=5)
    assert counts_by_state()["queued"] == 2
    assert counts_by_state()["failed"] == 0
