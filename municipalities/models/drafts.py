"""What a municipality will look like once it is published."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from municipalities.models.places import Municipality
from municipalities.models.staff import StaffMember


class MunicipalityDraft(models.Model):
    """One draft per municipality: the fields of its form as `values`, and a logo of its own when `changes_logo`."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, related_name="draft", verbose_name=_("commune"))
    values = models.JSONField(_("textes et couleurs"), default=dict)
    changes_logo = models.BooleanField(_("change le logo"), default=False)
    logo = models.BinaryField(_("logo (PNG)"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("modifié le"), auto_now=True)
    changed_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, related_name="+", verbose_name=_("modifié par")
    )

    class Meta:
        verbose_name = _("brouillon")
        verbose_name_plural = _("brouillons")

    def __str__(self) -> str:
        return str(self.municipality)
