from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import catalogues

MAX_SHOWN = 40


class Command(BaseCommand):
    help = "Met à jour et compile les catalogues de traduction ; --check dit ce qui manque sans rien changer."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="échoue si un catalogue n’est pas complet et compilé")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            for language, missing in catalogues.merge().items():
                self.stdout.write(f"{language} : {missing} phrases à traduire")
            return
        faults = catalogues.faults()
        for fault in faults[:MAX_SHOWN]:
            self.stderr.write(fault)
        if len(faults) > MAX_SHOWN:
            self.stderr.write(f"… {len(faults) - MAX_SHOWN} de plus")
        if faults:
            raise CommandError(f"{len(faults)} défauts dans les catalogues. python3 run.py messages les met à jour.")
        self.stdout.write("Les catalogues sont complets et compilés.")
