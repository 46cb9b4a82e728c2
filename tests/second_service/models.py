import uuid
from typing import Self

from django.db import models

from municipalities.models import Facility, StaffMember


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.visible_to(staff))


class Visit(models.Model):
    """Somebody comes to look at a nursery."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    name = models.CharField(max_length=80)
    email = models.EmailField()
    is_called_off = models.BooleanField(default=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "id")

    def __str__(self) -> str:
        return str(self.pk)
