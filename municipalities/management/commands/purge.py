from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from municipalities import services


class Command(BaseCommand):
    help = (
        "Efface les identités dont le délai de conservation est passé, dans tous les services, et garde les chiffres."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compte sans rien effacer")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        done = services.purge(dry_run=dry_run)
        title = _("À effacer") if dry_run else _("Effacé")
        told = ", ".join(f"{number} {what}" for what, number in done.items())
        self.stdout.write(_("%(title)s : %(told)s.") % {"title": title, "told": told})
