"""How long what the services keep of people stays, and the one purge of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Kept:
    """What is kept of people: the fields by model, until when, and why. Read by purge, the legal page and the tests.

    `months` names a setting, `days` is a number; with neither it stays for as long as `since` says.
    """

    what: str | Promise
    fields: Mapping[str, Sequence[str]]
    since: str | Promise
    reason: str | Promise
    months: str = ""
    days: int = 0

    def before(self, now: datetime) -> datetime:
        """What ended before this instant is due."""
        return months_before(now, getattr(settings, self.months)) if self.months else now - timedelta(days=self.days)

    @property
    def period(self) -> str:
        """« 3 mois après le rendez-vous »."""
        if self.months:
            number = getattr(settings, self.months)
            length = ngettext("%(number)s mois", "%(number)s mois", number) % {"number": number}
        elif self.days:
            length = ngettext("%(number)s jour", "%(number)s jours", self.days) % {"number": self.days}
        else:
            return str(self.since)
        return _("%(length)s %(since)s") % {"length": length, "since": self.since}


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of the month some months earlier, or the last day of that month where it is shorter."""
    local = timezone.localtime(moment)
    count = local.year * 12 + local.month - 1 - months
    year, month = divmod(count, 12)
    first_of_next = local.replace(year=year + (month + 1) // 12, month=(month + 1) % 12 + 1, day=1)
    last_day = (first_of_next - timedelta(days=1)).day
    return local.replace(year=year, month=month + 1, day=min(local.day, last_day))
