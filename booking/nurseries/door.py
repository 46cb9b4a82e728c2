"""What nurseries tell at the door. A round is a file, its children numbers; people stand in the families' requests."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from booking.nurseries.requests import retention
from municipalities.services import Service


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    done = retention.purge(now, dry_run=dry_run)
    return {_("brouillons de demandes de crèche"): done["drafts"], _("demandes de crèche"): done["applications"]}


DOOR = Service(
    name="nurseries",
    impersonal={
        "nurseries.Nursery": ("presentation",),
        **retention.IMPERSONAL,
    },
    retention=retention.KEPT,
    purge=purge,
    still_needs=retention.still_needs,
    tells_of=retention.tells_of,
)
