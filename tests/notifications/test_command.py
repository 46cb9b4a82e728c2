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


@pytest.mark.parametrize("arguments", [["--all"], ["--resend"]])
def test_all_alone_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_what_was_given_up_over_a_weekend_is_sent_again() -> None:
    failed = MessageFactory.create_batch(3, state="failed", recipient="odile@mail.example")
    uncertain = MessageFactory.create(state="ambiguous")
    listed = run("--failed")
    assert all(str(message.pk) in listed for message in failed)
    assert "odile" not in listed
    assert run("--failed", "--resend").startswith("3 ")
    uncertain.refresh_from_db()
    assert uncertain.state == "ambiguous"
    assert set(Message.objects.exclude(pk=uncertain.pk).values_list("state", flat=True)) == {"queued"}


def test_counts() -> None:
    MessageFactory.create(state="bounced")
    assert "bounced    1" in run()
