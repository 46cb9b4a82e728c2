"""Where a family would like a place: nurseries in order, and towns any nursery of which would do."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models.requests import MOST_WISHES, NurseryApplication
from municipalities.models import Municipality


class Wish(models.Model):
    """A nursery the family ranks, 1 the one it likes best."""

    application = models.ForeignKey(
        NurseryApplication, models.CASCADE, related_name="wishes", verbose_name=_("demande")
    )
    rank = models.PositiveSmallIntegerField(_("rang"))
    nursery = models.ForeignKey("nurseries.Nursery", models.PROTECT, related_name="wishes", verbose_name=_("crèche"))

    class Meta:
        verbose_name = _("vœu")
        verbose_name_plural = _("vœux")
        ordering = ("application", "rank")
        constraints = [
            models.CheckConstraint(
                name="wish_is_one_of_five",
                condition=Q(rank__gte=1, rank__lte=MOST_WISHES),
                violation_error_message=_("Cinq vœux au plus."),
            ),
            models.UniqueConstraint(
                fields=["application", "rank"],
                name="request_has_each_rank_once",
                violation_error_message=_("Deux vœux ne peuvent pas avoir le même rang."),
            ),
            models.UniqueConstraint(
                fields=["application", "nursery"],
                name="request_wishes_each_nursery_once",
                violation_error_message=_("Cette crèche est choisie deux fois."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.nursery_id}"


class WishedTown(models.Model):
    """A town any nursery of which would do, after the ranked ones."""

    application = models.ForeignKey(NurseryApplication, models.CASCADE, related_name="towns", verbose_name=_("demande"))
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+", verbose_name=_("commune"))

    class Meta:
        verbose_name = _("commune acceptée")
        verbose_name_plural = _("communes acceptées")
        ordering = ("application", "municipality")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "municipality"],
                name="request_accepts_each_town_once",
                violation_error_message=_("Cette commune est choisie deux fois."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.municipality_id)
