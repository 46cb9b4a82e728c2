"""The private link to a family's half-days: what it opens, asking for it again."""

from uuid import UUID

from django.db.models import Q

from booking.nurseries.models import NurseryApplication, OccasionalAdmission
from booking.nurseries.models.requests import LIVE
from booking.nurseries.occasional import messages


def find(pk: UUID) -> NurseryApplication | None:
    """A request of which some child was admitted; one that is over still says so on its page."""
    if not OccasionalAdmission.objects.filter(child__application=pk).exists():
        return None
    return NurseryApplication.objects.filter(pk=pk, erased_at__isnull=True).first()


def send_links(contact: str) -> None:
    """A fresh link for each request with a child who is admitted, in the caller's transaction."""
    mine = Q(child__application__email__iexact=contact) | Q(child__application__phone=contact)
    found = OccasionalAdmission.objects.standing().filter(mine, child__application__state__in=LIVE)
    told: set[UUID] = set()
    for admission in found.select_related("child__application").order_by("admitted_at")[:12]:
        if admission.child.application_id not in told:
            told.add(admission.child.application_id)
            messages.owe(admission.child.application, messages.ADMITTED, admission=str(admission.pk))
