import uuid

from django.db import models
from django.db.models import Q


class Place(models.Model):
    """A numbered place of a show: held, sold, or let go, when its number is free again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    show = models.IntegerField()
    number = models.IntegerField()
    state = models.CharField(max_length=8, choices=[("held", "held"), ("sold", "sold"), ("gone", "gone")])
    is_flagged = models.BooleanField(default=False)

    class Meta:
        ordering = ("show", "number", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["show", "number"],
                condition=~Q(state="gone"),
                name="one_taker_per_number_of_a_show",
                violation_error_message="Ce numéro est pris.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.show}/{self.number}"
