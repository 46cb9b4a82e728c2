from typing import Any

from django.core.management.base import BaseCommand, CommandError

from municipalities import secrets_at_rest


class Command(BaseCommand):
    help = (
        "Encrypts every secret in the database anew with the first key of SECRETS_KEYS. Afterwards the others may go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = secrets_at_rest.rotate_all()
        except secrets_at_rest.Unreadable as problem:
            raise CommandError(
                "A secret is encrypted with a key that is not in SECRETS_KEYS: put the former key back behind the new."
            ) from problem
        for name, number in written.items():
            self.stdout.write(f"{name}: {number}")
