"""Nurseries and what they may take in."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.capacity import HOURS, LEAST_OVERSHOOT, MOST_OVERSHOOT
from booking.nurseries.enums import CountedBy
from municipalities.enums import CHILDCARE_ROLES, FacilityKind, OperatorKind
from municipalities.languages import TranslatedField
from municipalities.models import Facility, Operator, StaffMember


class NurseryQuerySet(models.QuerySet["Nursery"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Nurseries whose places this person reads: those they run, and all of the authority they work for."""
        authorities = staff.current_roles().authorities_with(*CHILDCARE_ROLES)
        return self.filter(Q(facility__in=Facility.objects.nurseries_run_by(staff)) | Q(authority__in=authorities))

    def run_by(self, staff: StaffMember) -> Self:
        """Nurseries whose places, weeks and children this person keeps."""
        return self.filter(facility__in=Facility.objects.nurseries_run_by(staff))

    def active(self) -> Self:
        return self.filter(facility__is_active=True)


class Nursery(models.Model):
    """What a facility that is a nursery has besides. Rights follow the operator of its facility.

    `authority` is who organises its places (CASF L.214-1-3) and whose commission shares them out: the agglomeration, or
    a municipality that kept the competence. `guaranteed_places` are those the operator owes to families on a path of
    insertion, fixed each year (D.214-7).
    """

    facility = models.OneToOneField(
        Facility,
        models.PROTECT,
        related_name="nursery",
        limit_choices_to={"kind": FacilityKind.NURSERY},
        verbose_name=_("établissement"),
    )
    authority = models.ForeignKey(
        Operator,
        models.PROTECT,
        related_name="+",
        limit_choices_to=~Q(kind=OperatorKind.CONTRACT_HOLDER),
        verbose_name=_("autorité organisatrice"),
    )
    presentation = TranslatedField(_("présentation"), blank=True)
    accepts_occasional = models.BooleanField(_("accueille à l’occasion"), default=False)
    waives_being_asked = models.BooleanField(
        _("renonce à être consultée"),
        default=False,
        help_text=_("Les propositions partent aux familles sans attendre la réponse du gestionnaire."),
    )
    most_overshoot = models.PositiveSmallIntegerField(
        _("dépassement prévu par le règlement de fonctionnement (%)"),
        default=LEAST_OVERSHOOT,
        validators=[MinValueValidator(LEAST_OVERSHOOT), MaxValueValidator(MOST_OVERSHOOT)],
        help_text=_("100 : le règlement n’en prévoit pas. 115 au plus (CSP R.2324-27)."),
    )
    guaranteed_places = models.PositiveSmallIntegerField(
        _("places garanties"),
        default=0,
        validators=[MaxValueValidator(200)],
        help_text=_("Pour les familles en parcours d’insertion, une pour vingt places au moins."),
    )
    guaranteed_counted_by = models.CharField(
        _("places garanties comptées"), max_length=8, choices=CountedBy.choices, default=CountedBy.NURSERY
    )

    morning_hours = models.DecimalField(
        _("heures d’une matinée"),
        max_digits=3,
        decimal_places=1,
        default=HOURS["am"],
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    afternoon_hours = models.DecimalField(
        _("heures d’une après-midi"),
        max_digits=3,
        decimal_places=1,
        default=HOURS["pm"],
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )

    #: When its operator last said which children are there; the list itself is not traced, this is.
    children_listed_at = models.DateTimeField(_("liste des enfants reçue le"), null=True, blank=True, editable=False)

    objects = NurseryQuerySet.as_manager()

    class Meta:
        verbose_name = _("crèche")
        verbose_name_plural = _("crèches")
        ordering = ("facility__slug",)
        constraints = [
            models.CheckConstraint(
                name="overshoot_of_a_nursery_is_what_the_law_allows",
                condition=Q(most_overshoot__range=(LEAST_OVERSHOOT, MOST_OVERSHOOT)),
                violation_error_message=_("Le dépassement va de 100 à 115 %."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.facility)
