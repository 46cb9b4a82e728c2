from datetime import UTC, datetime, timedelta

import pytest

from notifications.door import purge
from notifications.models import Message, MessageState
from tests.factories import MessageFactory

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_messages_about_nothing_a_service_keeps_lose_their_recipient() -> None:
    long_ago = NOW - timedelta(days=100)
    MessageFactory.create(due_at=long_ago, state=MessageState.SENT)
    MessageFactory.create(due_at=long_ago, state=MessageState.QUEUED)
    MessageFactory.create(due_at=NOW - timedelta(days=80), state=MessageState.SENT)
    assert purge(NOW, True) == purge(NOW, False) == {"messages": 1}
    assert Message.objects.filter(recipient="").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("subject_type", ["appointment", "waiting", "visit"])
def test_those_of_a_service_are_that_services_to_forget(subject_type: str) -> None:
    MessageFactory.create(due_at=NOW - timedelta(days=400), state=MessageState.SENT, subject_type=subject_type)
    assert purge(NOW, False) == {"messages": 0}
    assert Message.objects.exclude(recipient="").exists()
