"""`manage.py outbox`: what it holds; what ended uncertain, and a person's decision to send it again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications.delivery import sweep_lapsed
from notifications.models import Message, MessageState
from notifications.outbox import put_back
from notifications.queries import counts_by_state, oldest_unsent_age


class Command(BaseCommand):
    help = "Shows the outbox. --ambiguous lists what may or may not have been sent; --resend and --all owe it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ambiguous", action="store_true", help="list uncertain messages, without addresses")
        parser.add_argument("--resend", type=int, nargs="+", metavar="ID", help="send these uncertain messages again")
        parser.add_argument("--all", action="store_true", help="with --ambiguous: send all of them again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"] and not options["ambiguous"]:
            raise CommandError("--all goes with --ambiguous.")
        sweep_lapsed()
        if options["resend"] or options["all"]:
            number = put_back(ids=None if options["all"] else options["resend"])
            self.stdout.write(f"{number} message(s) queued again.")
        elif options["ambiguous"]:
            self._list()
        else:
            for state, number in counts_by_state().items():
                self.stdout.write(f"{state:10} {number}")
            self.stdout.write(f"oldest unsent, in seconds: {oldest_unsent_age().total_seconds():.0f}")

    def _list(self) -> None:
        for message in Message.objects.filter(state=MessageState.AMBIGUOUS).order_by("id"):
            self.stdout.write(
                f"{message.pk}\t{message.kind}\t{message.channel}\t{message.subject_id or '-'}\t"
                f"{message.due_at:%Y-%m-%d %H:%M}\t{message.last_error}"
            )
