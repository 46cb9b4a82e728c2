"""What operators report of the children they admitted: when they came, the week as it is, when they left."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import HALF_DAYS
from booking.nurseries.models.offers import NurseryOffer
from booking.nurseries.models.supply import Nursery
from municipalities.models import StaffMember


class StayQuerySet(models.QuerySet["Stay"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Children in nurseries this person runs: no other operator's."""
        return self.filter(nursery__in=Nursery.objects.run_by(staff))

    def open(self) -> Self:
        return self.filter(left_on__isnull=True)


class Stay(models.Model):
    """A child who came by an accepted offer. `number` is the operator's own, under which its list counts the child.

    `half_days` and `week_hours` are the week as it was reported last, which may differ from what was offered.
    """

    offer = models.OneToOneField(NurseryOffer, models.CASCADE, related_name="stay", verbose_name=_("proposition"))
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="stays", verbose_name=_("crèche"))
    number = models.CharField(_("numéro chez le gestionnaire"), max_length=20)
    entered_on = models.DateField(_("entrée le"))
    half_days = ArrayField(models.CharField(max_length=6), verbose_name=_("demi-journées"), size=len(HALF_DAYS))
    week_hours = models.DecimalField(_("heures par semaine"), max_digits=4, decimal_places=1, null=True, blank=True)
    left_on = models.DateField(_("sortie le"), null=True, blank=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("accueil d’un enfant admis")
        verbose_name_plural = _("accueils des enfants admis")
        ordering = ("nursery", "entered_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "number"],
                condition=Q(left_on__isnull=True) & ~Q(number=""),
                name="number_is_one_childs_at_a_nursery",
                violation_error_message=_("Ce numéro est déjà celui d’un autre enfant de la crèche."),
            ),
            models.CheckConstraint(
                name="child_leaves_after_it_came",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("entered_on")),
                violation_error_message=_("La sortie suit l’entrée."),
            ),
            models.CheckConstraint(
                name="admitted_child_comes_at_some_half_day",
                condition=Q(half_days__len__gt=0),
                violation_error_message=_("Cochez au moins une demi-journée."),
            ),
        ]

    def __str__(self) -> str:
        return self.number
