"""What staff answer of a child's criteria: a referral, points with their reason, a proof that was shown."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.nurseries.models.requests import ApplicationChild
from booking.nurseries.models.supply import Nursery
from municipalities.models import StaffMember


class CriterionClaim(models.Model):
    """One answer to one criterion, by its code. What the request itself says is not written again here."""

    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="claims", verbose_name=_("enfant"))
    code = models.SlugField(_("critère"), max_length=40)
    nursery = models.ForeignKey(
        Nursery, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("crèche")
    )
    value = models.SlugField(_("réponse"), max_length=40)
    reason = models.CharField(pgettext_lazy("pourquoi", "motif"), max_length=200, blank=True)
    is_sensitive = models.BooleanField(_("sensible"), default=False)
    proven_at = models.DateTimeField(_("prouvé le"), null=True, blank=True)
    by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("saisi par")
    )
    at = models.DateTimeField(_("saisi le"))

    class Meta:
        verbose_name = _("réponse à un critère")
        verbose_name_plural = _("réponses aux critères")
        ordering = ("child", "code", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["child", "code", "nursery"],
                nulls_distinct=False,
                name="criterion_is_answered_once_for_a_child",
                violation_error_message=_("Ce critère a déjà une réponse : changez-la."),
            ),
            models.CheckConstraint(
                name="answer_by_staff_says_why",
                condition=Q(by__isnull=True) | ~Q(reason=""),
                violation_error_message=_("Écrivez le motif : il reste au dossier."),
            ),
        ]

    def __str__(self) -> str:
        return self.code
