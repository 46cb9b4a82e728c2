"""Nurseries, what they may take in, and who asks for a place in them."""

from booking.nurseries.models.supply import Nursery, NurseryQuerySet

__all__ = [
    "Nursery",
    "NurseryQuerySet",
]
