"""`manage.py outbox`: what it holds; what was given up or ended uncertain, and a person's decision to send it again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from notifications.delivery import sweep_lapsed
from notifications.models import Message, MessageState
from notifications.outbox import put_back
from notifications.queries import counts_by_state, oldest_unsent_age


class Command(BaseCommand):
    help = (
        "Shows the outbox. --ambiguous lists what may or may not have been sent, --failed what was given up; "
        "--resend and --all owe it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ambiguous", action="store_true", help="list uncertain messages, without addresses")
        parser.add_argument("--failed", action="store_true", help="list messages given up, without addresses")
        parser.add_argument(
            "--resend", type=int, nargs="*", metavar="ID", help="send these again, or all that are listed"
        )
        parser.add_argument("--all", action="store_true", help="with --ambiguous or --failed: send all of them again")

    def handle(self, *args: Any, **options: Any) -> None:
        sweep_lapsed()
        states = [
            state
            for name, state in (("ambiguous", MessageState.AMBIGUOUS), ("failed", MessageState.FAILED))
            if options[name]
        ]
        ids, listed = options["resend"], Message.objects.filter(state__in=states)
        sends_all = options["all"] or ids == []
        if sends_all and not states:
            raise CommandError("To send all again, say which: --ambiguous or --failed.")
        if ids or sends_all:
            number = put_back(Message.objects.filter(pk__in=ids) if ids else listed)
            self.stdout.write(f"{number} message(s) queued again.")
        elif states:
            self._list(listed)
        else:
            for state, number in counts_by_state().items():
                self.stdout.write(f"{state:10} {number}")
            self.stdout.write(f"oldest unsent, in seconds: {oldest_unsent_age().total_seconds():.0f}")

    def _list(self, messages: QuerySet[Message]) -> None:
        for message in messages.order_by("id"):
            self.stdout.write(
                f"{message.pk}\t{message.kind}\t{message.channel}\t{message.subject_id or '-'}\t"
                f"{message.due_at:%Y-%m-%d %H:%M}\t{message.last_error}"
            )
