"""Where a family goes on from the page of payment."""

from uuid import UUID

from django.urls import reverse

from booking.activities.models import Basket, BasketState


def page_of(pk: UUID) -> str:
    """Of a basket that is paid, what was bought; else the basket."""
    is_paid = Basket.objects.filter(pk=pk, state=BasketState.PAID).exists()
    return reverse("enrol:thanks", args=[pk]) if is_paid else reverse("enrol:basket")
