"""`manage.py free_time`: are the rows what openings, closures and appointments say? `--rebuild` makes them so."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from booking.appointments.free_time import gaps, offerings


class Command(BaseCommand):
    help = "Compare the rows of free time with what they are derived from; --rebuild writes them anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="write offers and free time anew, all counters")

    def handle(self, *args: Any, **options: Any) -> None:
        counters = list(gaps.counters_with_place())
        if options["rebuild"]:
            offerings.rebuild_offers()
            gaps.rebuild_ahead(counters)
        wrong = 0
        for counter in counters:
            missing, surplus = gaps.differences(counter, timezone.localdate(), gaps.last_day())
            wrong += bool(missing or surplus)
            for sign, stretches in (("-", missing), ("+", surplus)):
                for stretch in stretches[:5]:
                    self.stdout.write(f"{counter.pk} {sign} {stretch.starts_at:%Y-%m-%d %H:%M} {stretch.ends_at:%H:%M}")
        if wrong:
            raise CommandError(f"{wrong} of {len(counters)} counters differ; --rebuild mends them.")
        self.stdout.write(f"{len(counters)} counters: free time is as it should be.")
