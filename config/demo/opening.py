"""An opening two minutes after the demonstration starts, for which three hundred invented families wait already."""

import random
from datetime import datetime, timedelta

from booking.activities.models import Activity, Opening, Ticket, Window
from booking.activities.seasons.openings import announce
from booking.residents.models import Household
from config.demo.families import MAILBOX
from municipalities.database.transactions import patient_transaction

PEOPLE = 300
#: The swimming school of beginners: what the family that signs in would want for its elder child.
ACTIVITY = "ecole-1"
AFTER = timedelta(minutes=2)
#: Families let in each second: slow enough to see the queue go on.
RATE = 3


def open_soon(now: datetime) -> Opening | None:
    """Anew at every start, at the full minute. None where nothing is offered."""
    minute = (now + AFTER + timedelta(seconds=59)).replace(second=0, microsecond=0)
    activity = Activity.objects.filter(code=ACTIVITY).order_by("pk").first()
    if activity is None:
        return None
    with patient_transaction():
        Window.objects.filter(activity=activity, audience__in=["residents", "everybody"]).update(opens_at=minute)
        announce(activity.season, now=now)
        opening = Opening.objects.get(season=activity.season, opens_at=minute)
        # The families that the demonstration enrols are invented; the one that signs in takes its ticket itself.
        invented = Household.objects.exclude(guardians__email=MAILBOX).order_by("pk").values_list("pk", flat=True)
        homes = random.Random(minute.timestamp()).sample(list(invented), min(PEOPLE, len(invented)))
        Ticket.objects.bulk_create(
            [Ticket(opening=opening, household_id=home, taken_at=now, called_at=now) for home in homes],
            ignore_conflicts=True,
        )
    return opening
