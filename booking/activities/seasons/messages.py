"""Who asked, or waits with a ticket, is told once the minute changes from which they may enrol."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking.activities.models import Activity, Window, WindowWatch
from booking.activities.seasons.openings import waiting_for
from booking.residents.addresses import absolute
from booking.residents.models import Guardian
from municipalities.database.transactions import patient_transaction
from municipalities.wording import say_moment
from notifications.kinds import Mail
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue, take_back

CHANGED = "activities.windows_changed"
#: The subject of what is said of an activity: no private link opens it.
ACTIVITY = "activities.activity"


def register() -> None:
    register_kind(CHANGED, render, gather)


def watch(*, activity: Activity, guardian: Guardian) -> None:
    """Asking again changes nothing."""
    with patient_transaction():
        language = (get_language() or "fr")[:2]
        WindowWatch.objects.get_or_create(activity=activity, guardian=guardian, defaults={"language": language})


def owe_changes(activity: Activity, *, before: Collection[datetime] = ()) -> int:
    """A mail to each who asked, or waits for a minute of this activity as it was `before` or is now; in the transaction
    that changes them. How many.
    """
    asked = dict(WindowWatch.objects.filter(activity=activity).values_list("guardian", "language"))
    now = set(Window.objects.filter(activity=activity).values_list("opens_at", flat=True))
    # Whoever waits for a minute of the season at which it did not open waits for something else.
    waiting = {one.household_id: one.language for one in waiting_for(activity, now | set(before))} if before else {}
    still = {one.household_id for one in waiting_for(activity, now)}
    adults = Guardian.objects.filter(Q(pk__in=asked) | Q(household__in=waiting), confirmed_at__isnull=False)
    reached = list(adults.exclude(email="").select_related("household").order_by("pk"))
    # Of a change that nobody has read of yet, one letter says all.
    take_back(kind=CHANGED, context__activity=activity.pk, recipient__in=[one.email for one in reached])
    return enqueue(
        [
            Owed(
                kind=CHANGED,
                channel=Channel.MAIL,
                recipient=one.email,
                due_at=timezone.now(),
                language=asked.get(one.pk) or waiting[one.household_id],
                municipality_id=one.household.home_municipality_id,
                subject_type=ACTIVITY,
                subject_id=one.household_id,
                context={
                    "activity": activity.pk,
                    "waits": one.household_id in still,
                    "asked": one.pk in asked,
                },
            )
            for one in reached
        ]
    )


def gather(messages: Sequence[Message]) -> Mapping[int, Any]:
    ids = {int(one.context["activity"]) for one in messages}
    known = Activity.objects.select_related("season__operator__municipality").in_bulk(ids)
    return {one.pk: known.get(int(one.context["activity"])) for one in messages}


def render(message: Message, activity: Activity | None) -> Mail | None:
    """None for an activity that is no more."""
    if activity is None:
        return None
    windows = Window.objects.filter(activity=activity).order_by("opens_at")
    with translation.override(message.language):
        context = {
            "name": str(activity.name),
            "openings": [(window.get_audience_display(), say_moment(window.opens_at)) for window in windows],
            "waits": message.context.get("waits", False),
            "asked": message.context.get("asked", True),
            "link": absolute("catalogue:offer", through=None),
        }
        changed = _("Les inscriptions changent d’heure : %(name)s")
        over = _("Les inscriptions n’ouvrent plus : %(name)s")
        subject = (changed if context["openings"] else over) % {"name": activity.name}
    sender = Sender.of(activity.season.operator.identity)
    return letter("mail/windows_changed", context, subject=subject, sender=sender, language=message.language)
