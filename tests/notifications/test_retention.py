from uuid import uuid4

import pytest

from notifications.models import Message, MessageState
from notifications.retention import forget, personal
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

#: What may be in the columns of a message about somebody.
ABOUT = {"recipient": "odile@mail.example", "context": {"reason": "x"}, "provider_id": "<a@b>", "last_error": "SMTP 5"}


def test_forgetting_takes_back_what_is_queued_and_empties_the_rest() -> None:
    subject, other = uuid4(), uuid4()
    states = [MessageState.QUEUED, MessageState.SENT, MessageState.BOUNCED, MessageState.AMBIGUOUS]
    for state in states:
        MessageFactory.create(subject_id=subject, state=state, **ABOUT)
    kept = MessageFactory.create(subject_id=other, state=MessageState.QUEUED, **ABOUT)
    assert personal([subject]).count() == 4
    assert forget([subject]) == 4
    assert not personal([subject]).exists()
    assert list(Message.objects.filter(subject_id=subject).values_list("state", flat=True)) == [
        MessageState.WITHDRAWN, *states[1:]
    ]  # fmt: skip
    for message in Message.objects.filter(subject_id=subject):
        assert {name: getattr(message, name) for name in ABOUT} == dict.fromkeys(ABOUT, "") | {"context": {}}
    kept.refresh_from_db()
    assert (kept.state, kept.recipient) == (MessageState.QUEUED, "odile@mail.example")
    assert forget([subject]) == 0
