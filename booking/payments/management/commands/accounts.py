"""`manage.py accounts --check`: do charges, payments, places and the journal agree?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.payments import accounts


class Command(BaseCommand):
    help = "Compare charges, payments, credit notes, places and the journal of every cash office."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say what is wrong, and fail if anything is")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            raise CommandError("Say --check.")
        found = accounts.check()
        for fault in found[: accounts.TOLD]:
            self.stdout.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in the accounts.")
        self.stdout.write("The accounts are right.")
