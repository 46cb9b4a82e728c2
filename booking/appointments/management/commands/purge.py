from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from booking.appointments import retention


class Command(BaseCommand):
    help = "Efface les identités dont le délai de conservation est passé et garde les chiffres."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compte sans rien effacer")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        done = retention.purge(dry_run=dry_run)
        title = _("À effacer") if dry_run else _("Effacé")
        self.stdout.write(
            _(
                "%(title)s : %(appointments)d rendez-vous, %(people)d personnes, %(messages)d messages, "
                "%(links)d liens, %(waiting)d inscriptions en liste d’attente."
            )
            % {"title": title, **vars(done)}
        )
