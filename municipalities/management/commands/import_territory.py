from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from municipalities import territory
from municipalities.lists import Problem

MAX_SHOWN = 50


class Command(BaseCommand):
    help = (
        "Charge les communes d’un territoire depuis un fichier CSV (colonnes : voir municipalities/territory.py). "
        "Sans --apply, dit seulement ce qui serait fait. Toutes les lignes ou aucune."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER")
        parser.add_argument("--apply", action="store_true", help="écrit dans la base")

    def handle(self, *args: Any, file: Path, apply: bool, **options: Any) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(
                _("Impossible de lire %(file)s : %(why)s") % {"file": file, "why": error.strerror}
            ) from error
        reading = territory.read_territory(content)
        for remark in reading.remarks:
            self.stdout.write(remark)
        if reading.problems:
            self._tell(reading.problems)
        outcome = territory.load_territory(reading, apply=apply)
        for label, names in (
            (_("Nouvelles"), outcome.created),
            (_("Modifiées"), outcome.changed),
            (_("Inchangées"), outcome.unchanged),
            (_("Absentes du fichier, gardées telles quelles"), outcome.absent),
        ):
            if names:
                shown = ", ".join(names[:MAX_SHOWN]) + ("…" if len(names) > MAX_SHOWN else "")
                self.stdout.write(f"{label} ({len(names)}) : {shown}")
        if apply:
            self.stdout.write(self.style.SUCCESS(_("C’est fait.")))
        else:
            self.stdout.write(_("Rien n’a été changé. Ajoutez --apply pour charger ce fichier."))

    def _tell(self, problems: list[Problem]) -> None:
        for problem in problems:
            self.stderr.write(str(problem))
        raise CommandError(
            ngettext(
                "%(count)d problème : rien n’a été chargé.",
                "%(count)d problèmes : rien n’a été chargé.",
                len(problems),
            )
            % {"count": len(problems)}
        )
