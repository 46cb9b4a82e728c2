"""Hours of a nursery in a month, as its operator reports them: attended, billed, and what they cost."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models.supply import Nursery

MOST_HOURS = 200_000


class NurseryHours(models.Model):
    """Of all children together: nobody can be told from them. `month` is its first day."""

    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="hours", verbose_name=_("crèche"))
    month = models.DateField(_("mois"))
    attended = models.PositiveIntegerField(
        _("heures de présence"), validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)]
    )
    billed = models.PositiveIntegerField(
        _("heures facturées"), validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)]
    )
    cost = models.PositiveIntegerField(
        _("coût du mois (euros)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(10_000_000)],
        help_text=_("Vide : il n’est pas dit."),
    )

    class Meta:
        verbose_name = _("heures d’une crèche")
        verbose_name_plural = _("heures des crèches")
        ordering = ("nursery", "month")
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "month"],
                name="hours_of_a_month_are_said_once",
                violation_error_message=_("Les heures de ce mois sont déjà dites : changez-les."),
            ),
            models.CheckConstraint(
                name="hours_are_of_a_whole_month",
                condition=Q(month__day=1),
                violation_error_message=_("Un mois se note par son premier jour."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
