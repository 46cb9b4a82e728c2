from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from booking.activities.models import TariffGrid
from booking.activities.pricing import Unit
from booking.activities.tariffs.queries import GRID_PARTS, holes_of
from booking.activities.tariffs.wording import say_case, say_unit


class Command(BaseCommand):
    help = "Liste les grilles tarifaires ; avec --holes, les cas qu’elles laissent sans prix."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--holes", action="store_true", help="les cas sans prix, et un code de sortie s’il y en a")

    def handle(self, *args: Any, holes: bool, **options: Any) -> None:
        missing = 0
        grids = TariffGrid.objects.select_related("operator").prefetch_related(*GRID_PARTS)
        for grid in grids.order_by("operator__name", "valid_from", "pk"):
            state = _("publiée") if grid.is_published else _("brouillon")
            self.stdout.write(f"{grid.operator}, {grid.name}, {grid.valid_from:%Y-%m-%d}, {state}")
            if not holes:
                continue
            for hole in holes_of(grid):
                missing += 1
                self.stdout.write(f"  {hole.code}, {say_unit(Unit(hole.unit))} : {say_case(hole)}")
        if missing:
            raise CommandError(_("%(n)d cas sans prix.") % {"n": missing})
