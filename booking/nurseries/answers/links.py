"""The private link to a family's answers: what it opens, asking for it again."""

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from booking.nurseries.answers import messages
from booking.nurseries.models import Answer, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import OfferState


def find(pk: UUID) -> NurseryApplication | None:
    """A request that was answered."""
    answered = Answer.objects.filter(child__application=pk).exists()
    offered = NurseryOffer.objects.filter(child__application=pk).exists()
    if not (answered or offered):
        return None
    return NurseryApplication.objects.filter(pk=pk, erased_at__isnull=True).first()


def send_links(contact: str) -> None:
    """A fresh link to each open offer that is known under this contact, in the caller's transaction."""
    mine = Q(child__application__email__iexact=contact) | Q(child__application__phone=contact)
    now = timezone.now()
    for offer in NurseryOffer.objects.filter(mine, state=OfferState.TO_FAMILY, due_at__gt=now)[:3]:
        messages.owe_again(offer, now)
