"""`manage.py allocate ROUND.json`: the answer to a round, for whoever wants to compute it again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.nurseries.allocation.answers import allocate, as_bytes
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.allocation.shapes import parse
from booking.nurseries.audit import findings

MAX_SHOWN = 40


class Command(BaseCommand):
    help = (
        "Répartit les places d’une session (format : contracts/allocation.md, section 2) et écrit la réponse en JSON. "
        "Avec --audit, recompte la réponse par un code qui ne partage rien avec le premier et dit si elle est juste."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="SESSION.json")
        parser.add_argument("--audit", action="store_true", help="recompte la réponse au lieu de l’écrire")
        parser.add_argument(
            "--answer",
            type=Path,
            metavar="REPONSE.json",
            help="avec --audit : la réponse à juger, au lieu d’une nouvelle",
        )

    def handle(self, *args: Any, file: Path, audit: bool, answer: Path | None, **options: Any) -> None:
        try:
            round = parse(_content(file))
            read_round(round)
            given = allocate(round) if answer is None else parse(_content(answer))
        except RoundRefused as refusal:
            raise CommandError(str(refusal)) from None
        if not audit:
            self.stdout.write(as_bytes(given).decode(), ending="")
            return
        wrong = findings(round, given)
        for finding in wrong[:MAX_SHOWN]:
            self.stdout.write(finding)
        if len(wrong) > MAX_SHOWN:
            self.stdout.write(f"… {len(wrong) - MAX_SHOWN} de plus")
        if wrong:
            raise CommandError(f"La réponse est fausse en {len(wrong)} point{'s' if len(wrong) > 1 else ''}.")
        self.stdout.write("La réponse est juste : limites, droits, couples contestés et motifs ont été recomptés.")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"Impossible de lire {file} : {error.strerror}.") from None
