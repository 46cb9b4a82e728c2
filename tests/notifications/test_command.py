from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from notifications.models import Message
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("outbox", *arguments, stdout=out)
    return out.getvalue()


def test_uncertain_messages_are_listed_without_addresses() -> None:
    message = MessageFactory.create(
        recipient="odile@mail.example", state="sending", claimed_until=timezone.now() - timedelta(seconds=1)
    )
    listed = run("--ambiguous")
    assert str(message.pk) in listed
    assert "odile" not in listed


def test_a_person_may_send_them_again() -> None:
    one, other = MessageFactory.create_batch(2, state="ambiguous")
    assert run("--resend", str(one.pk)).startswith("1 ")
    assert dict(Message.objects.values_list("pk", "state")) == {one.pk: "queued", other.pk: "ambiguous"}
    assert run("--ambiguous", "--all").startswith("1 ")
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}


def test_all_alone_is_refused() -> None:
    with pytest.raises(CommandError):
        run("--all")


def test_counts() -> None:
    MessageFactory.create(state="bounced")
    assert "bounced    1" in run()
