"""What to bring and what it costs: data, with each municipality's own wording where it has one."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import AgeGroup, Situation
from booking.appointments.models.offer import AppointmentType
from municipalities.languages import TranslatedField
from municipalities.models import Municipality


class RequiredDocument(models.Model):
    """One line of the list. A municipality's row of the same code replaces the territory's; `is_dropped` removes it."""

    code = models.SlugField(_("code"), max_length=60)
    municipality = models.ForeignKey(
        Municipality, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    types = models.ManyToManyField(AppointmentType, related_name="documents", verbose_name=_("motifs"))
    situations = ArrayField(
        models.CharField(max_length=20, choices=Situation.choices),
        default=list,
        blank=True,
        verbose_name=_("situations (vide : toutes)"),
    )
    ages = models.CharField(_("âges"), max_length=10, choices=AgeGroup.choices, default=AgeGroup.ANY)
    label = TranslatedField(_("pièce"))
    detail = TranslatedField(_("précision"), blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_dropped = models.BooleanField(_("non demandée ici"), default=False)

    class Meta:
        verbose_name = _("pièce à apporter")
        verbose_name_plural = _("pièces à apporter")
        ordering = ("position", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "municipality"],
                name="one_document_per_code_and_municipality",
                nulls_distinct=False,
                violation_error_message=_("Cette pièce est déjà dans la liste."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label)


class Fee(models.Model):
    """A fiscal stamp that may be due. Stated, never sold."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    types = models.ManyToManyField(AppointmentType, related_name="fees", verbose_name=_("motifs"))
    situations = ArrayField(
        models.CharField(max_length=20, choices=Situation.choices),
        default=list,
        blank=True,
        verbose_name=_("situations (vide : toutes)"),
    )
    ages = models.CharField(_("âges"), max_length=10, choices=AgeGroup.choices, default=AgeGroup.ANY)
    cents = models.PositiveIntegerField(_("montant (centimes)"))
    label = TranslatedField(_("libellé"))
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("timbre fiscal")
        verbose_name_plural = _("timbres fiscaux")
        ordering = ("position", "code")
        constraints = [
            models.CheckConstraint(name="fee_is_not_absurd", condition=Q(cents__lte=100_000)),
        ]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def euros(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)
