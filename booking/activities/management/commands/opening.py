"""manage.py opening --verify ID, or --rehearse N [--opening ID]: the draw counted again, and the minute tried out."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.activities.models import Opening
from booking.activities.opening.draw import verify
from booking.activities.opening.rehearsal import NothingToRehearse, Report, rehearse


class Command(BaseCommand):
    help = (
        "Refait le tirage d’une ouverture et compare, ou envoie des familles inventées dans une copie des tables "
        "et dit ce que la machine supporte."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--verify", type=int, metavar="ID", help="le numéro de l’ouverture dont on refait le tirage")
        what.add_argument("--rehearse", type=int, metavar="N", help="le nombre de familles inventées")
        parser.add_argument("--opening", type=int, metavar="ID", help="l’ouverture à répéter, sinon la prochaine")
        parser.add_argument("--within", type=float, default=60.0, help="secondes où arrivent les retardataires (60)")
        parser.add_argument("--every", type=float, default=10.0, help="secondes entre deux regards d’une famille (10)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"] is not None:
            self._verify(options["verify"])
        else:
            self._rehearse(options)

    def _verify(self, pk: int) -> None:
        opening = _opening(pk)
        self.stdout.write(f"{opening}\nSHA-256 {opening.seed_hash}")
        if opening.drawn_at is None:
            raise CommandError(_("Les rangs ne sont pas encore tirés : la graine reste secrète jusque-là."))
        found = verify(opening)
        self.stdout.write(f"{opening.drawn_at.isoformat(timespec='seconds')} {opening.seed}")
        said = _("%(drawn)s tickets tirés au sort, %(later)s venus ensuite.")
        self.stdout.write(said % {"drawn": found.drawn, "later": found.later})
        if not found.hash_is_right:
            raise CommandError(_("L’empreinte publiée n’est pas celle de la graine."))
        if found.wrong:
            raise CommandError(_("%(n)s tickets n’ont pas le rang que leur donne la graine.") % {"n": found.wrong})
        if found.gone:
            raise CommandError(_("%(n)s tickets tirés au sort ne sont plus là.") % {"n": found.gone})
        self.stdout.write(self.style.SUCCESS(_("Tirage refait : chaque rang est le même.")))

    def _rehearse(self, options: dict[str, Any]) -> None:
        if settings.DATABASES["default"].get("DISABLE_SERVER_SIDE_CURSORS"):
            raise CommandError(_("Derrière PgBouncer on ne répète pas : donnez l’adresse de PostgreSQL lui-même."))
        if options["opening"] is None:
            ahead = Opening.objects.filter(opens_at__gt=timezone.now(), moved_to=None, season__is_public=True)
            opening = ahead.order_by("opens_at", "pk").first()
            if opening is None:
                raise CommandError(_("Aucune ouverture n’est annoncée : nommez-en une avec --opening."))
        else:
            opening = _opening(options["opening"])
        try:
            report = rehearse(opening, options["rehearse"], within=options["within"], every=options["every"])
        except NothingToRehearse as error:
            raise CommandError(_("Rien n’ouvre à cette minute qu’un enfant inventé puisse choisir.")) from error
        for line in _said(report):
            self.stdout.write(line)
        if report.oversold or report.wrongly_full:
            raise CommandError(_("Des places ont été vendues deux fois, ou refusées à tort."))


def _opening(pk: int) -> Opening:
    found = Opening.objects.filter(pk=pk).first()
    if found is None:
        raise CommandError(_("Il n’y a pas d’ouverture %(pk)s.") % {"pk": pk})
    return found


def _said(report: Report) -> list[str]:
    rate = settings.OPENING_RATE
    bears = report.held_each_second
    lines = [
        _("%(n)s familles inventées, %(rate)s admises par seconde au plus (OPENING_RATE)")
        % {"n": report.families, "rate": rate},
        _("prendre un ticket : p95 %(ms).0f ms") % {"ms": report.p95(report.tickets)},
        _("regarder son rang : p95 %(ms).0f ms, %(n)s fois") % {"ms": report.p95(report.polls), "n": len(report.polls)},
        _("retenir une place : p95 %(ms).0f ms, %(n)s fois") % {"ms": report.p95(report.holds), "n": len(report.holds)},
        _("dernière famille admise après %(s).0f s ; %(n)s abandons")
        % {"s": report.last_admitted, "n": report.given_up},
        _("%(sold)s places retenues, %(over)s groupes survendus, %(full)s fois « complet » dont %(wrong)s à tort")
        % {
            "sold": report.sold,
            "over": report.oversold,
            "full": report.told_full,
            "wrong": report.wrongly_full,
        },
        _("cette machine retient %(n).0f places par seconde : OPENING_RATE au plus %(most)s")
        % {"n": bears, "most": max(1, int(bears / 2))},
    ]
    return lines
