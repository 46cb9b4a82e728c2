"""Forgetting entries that no calendar shows any more."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import CANCELLED
from booking.appointments.models import Departure, FeedEntry
from municipalities.feeds import KEPT, Privacy, first_moment
from municipalities.retention import Kept

ENTRIES = Kept(
    what=_("Calendriers des rendez-vous, tels que les agendas des agents les lisent"),
    fields={"appointments.FeedEntry": ("text",)},
    days=KEPT.days,
    since=_("après le rendez-vous"),
    reason=_("Mission d’intérêt public : l’agenda d’un agent montre ses rendez-vous."),
)


def untidy_entries(now: datetime) -> QuerySet[FeedEntry]:
    """Those of appointments out of the window, and those that name people whose identity was let go."""
    since = first_moment(now)
    return FeedEntry.objects.filter(
        Q(appointment__starts_at__lt=since)
        | Q(appointment__state__in=CANCELLED, appointment__cancelled_at__lt=since)
        | Q(appointment__purged_at__isnull=False) & ~Q(level=Privacy.BUSY)
    )


def tidy_up(now: datetime) -> int:
    """Returns how many entries went."""
    gone = untidy_entries(now).delete()[0]
    Departure.objects.filter(left_at__lt=now - timedelta(days=1)).delete()
    return gone
