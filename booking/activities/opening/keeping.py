"""What is kept of those who waited for an opening, and for how long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.activities.models import Mark, Ticket
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept

#: The draw is verified for ever, by tickets that are nobody's; for as long as this by families that ask after theirs.
TICKETS = Kept(
    what=gettext_lazy("À quelles familles étaient les tickets des ouvertures, et groupes repérés"),
    fields={},
    days=60,
    since=gettext_lazy("après l’ouverture ou la fin du groupe"),
    reason=gettext_lazy("Mission d’intérêt public : répondre à qui doute du tirage."),
)


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    due = TICKETS.before(now)
    tickets = Ticket.objects.filter(opening__opens_at__lt=due, household__isnull=False)
    marks = Mark.objects.filter(group__last_day__lt=timezone.localdate(due))
    counts = {_("tickets d’ouvertures"): tickets.count(), _("groupes repérés"): marks.count()}
    if not dry_run:
        with patient_transaction():
            tickets.update(household=None, wants_sms=False)
            marks.delete()
    return counts


def tells_of(household: UUID) -> Mapping[str, Any]:
    """What a family waited for, and what it keeps an eye on."""
    tickets = Ticket.objects.filter(household=household).select_related("opening__season").order_by("taken_at")
    marks = Mark.objects.filter(household=household).select_related("group__activity").order_by("marked_at")
    return {
        "tickets": [
            {"opening": str(one.opening), "ticket": str(one.pk), "rank": one.rank, "taken_at": one.taken_at.isoformat()}
            for one in tickets
        ],
        "marks": [{"group": str(one.group), "marked_at": one.marked_at.isoformat()} for one in marks],
    }
