"""What the outbox tells at the door: what messages hold of people, and those that no service forgets."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from municipalities.retention import Kept
from municipalities.services import Service
from notifications.retention import PERSONAL, stray

MESSAGES = Kept(
    what=_lazy("Messages envoyés : destinataire et ce qu’ils disent de lui"),
    fields={"notifications.Message": tuple(PERSONAL)},
    months="RETENTION_MONTHS",
    since=_lazy("après l’envoi, et au plus tard avec ce dont ils parlent"),
    reason=_lazy("Mission d’intérêt public : prévenir les personnes, et savoir si un message est arrivé."),
)


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    due = stray(MESSAGES.before(now))
    return {_("messages"): due.count() if dry_run else due.update(**PERSONAL)}


DOOR = Service(
    name="notifications",
    retention=(MESSAGES,),
    impersonal={"notifications.Message": ("kind", "subject_type")},
    purge=purge,
)
