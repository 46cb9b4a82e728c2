"""What calendars tell at the door."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.feeds.actions import over_feeds, tidy_up
from booking.feeds.leaving import revoke_feeds_of
from municipalities import rules
from municipalities.feeds import KEPT
from municipalities.retention import Kept
from municipalities.services import Link, Service

SUBSCRIPTIONS = Kept(
    what=_lazy("Calendriers auxquels des usagers se sont abonnés : l’empreinte de leurs coordonnées"),
    fields={"feeds.CalendarFeed": ("contact_hash",)},
    days=2 * KEPT.days,
    since=_lazy("après le rendez-vous"),
    reason=_lazy("Mission d’intérêt public : qui s’est abonné voit les changements de son rendez-vous."),
)


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    return {_("calendriers"): over_feeds(now).count() if dry_run else tidy_up(now=now)}


DOOR = Service(
    name="feeds",
    menu=(Link("feeds:mine", _lazy("Mes calendriers"), rules.sees_something, frozenset({"feeds:new", "feeds:reset"})),),
    on_leaving=revoke_feeds_of,
    purge=purge,
    retention=(SUBSCRIPTIONS,),
    impersonal={
        # What it is about, by key; digests of a whole calendar, and the secret of an address as its digest.
        "feeds.CalendarFeed": ("kind", "subject_id", "mark", "version"),
        "feeds.FeedToken": ("token_hash",),
        # Openings and closures, as anybody may read them.
        "feeds.PublicEntry": ("key", "facts_hash", "texts"),
    },
)
