"""What a nursery may take in from month to month, what it holds back, and the children who are there.

A month is stored as its first day; the last month is included, and none means no end.
"""

from datetime import date
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.nurseries.capacity import LEAST_OVERSHOOT, MOST_OVERSHOOT
from booking.nurseries.enums import HALF_DAYS, Purpose, Section
from booking.nurseries.models.supply import Nursery
from municipalities.wording import say_month


class _Months(Func):
    """The months of a row, both ends included, as the database compares them."""

    function = "daterange"
    output_field = DateRangeField()

    def __init__(self, **extra: Any) -> None:
        super().__init__(F("first_month"), F("last_month"), Value("[]"), **extra)


def _begins_with_a_month(of: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"months_of_{of}_are_whole",
        condition=Q(first_month__day=1) & (Q(last_month__isnull=True) | Q(last_month__day=1)),
        violation_error_message=_("Un mois se note par son premier jour."),
    )


def _ends_after(of: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"last_month_of_{of}_follows_its_first",
        condition=Q(last_month__isnull=True) | Q(last_month__gte=F("first_month")),
        violation_error_message=_("Le dernier mois doit suivre le premier."),
    )


def _said(first: date, last: date | None) -> str:
    """« septembre 2026 – août 2027 »; without an end « depuis septembre 2026 »."""
    if last is None:
        return gettext("depuis %(month)s") % {"month": say_month(first)}
    return f"{say_month(first)} – {say_month(last)}"


class NurseryOpening(models.Model):
    """From month to month: children at once by half-day, of which sections, with how many adults.

    `authorised` {half-day: children}, as the Department's authorisation modulates it; a half-day that is missing or 0
    is closed. `sections` {section: children}: one that is missing has no limit of its own, 0 takes none of that age.
    `adults` {half-day: adults}: missing, nobody counts them.
    """

    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="openings", verbose_name=_("crèche"))
    first_month = models.DateField(_("à partir du mois"))
    last_month = models.DateField(_("jusqu’au mois (compris)"), null=True, blank=True)
    authorised = models.JSONField(_("enfants autorisés par demi-journée"), default=dict)
    sections = models.JSONField(_("places par section"), default=dict, blank=True)
    adults = models.JSONField(_("adultes par demi-journée"), default=dict, blank=True)
    overshoot = models.PositiveSmallIntegerField(
        _("dépassement (%)"),
        default=LEAST_OVERSHOOT,
        validators=[MinValueValidator(LEAST_OVERSHOOT), MaxValueValidator(MOST_OVERSHOOT)],
    )

    class Meta:
        verbose_name = _("capacité d’une crèche")
        verbose_name_plural = _("capacités des crèches")
        ordering = ("nursery", "first_month")
        constraints = [
            _begins_with_a_month("an_opening"),
            _ends_after("an_opening"),
            models.CheckConstraint(
                name="overshoot_of_an_opening_is_what_the_law_allows",
                condition=Q(overshoot__range=(LEAST_OVERSHOOT, MOST_OVERSHOOT)),
                violation_error_message=_("Le dépassement va de 100 à 115 %."),
            ),
            ExclusionConstraint(
                name="a_nursery_has_one_capacity_at_a_time",
                expressions=[(F("nursery"), RangeOperators.EQUAL), (_Months(), RangeOperators.OVERLAPS)],
                violation_error_message=_("Une autre ligne de capacité vaut déjà pour une partie de ces mois."),
            ),
        ]

    def __str__(self) -> str:
        return _said(self.first_month, self.last_month)


class HeldBack(models.Model):
    """Places kept for a purpose from month to month; after the last one they are free. No half-days: all of them."""

    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="held_back", verbose_name=_("crèche"))
    purpose = models.CharField(_("pour"), max_length=12, choices=Purpose.choices)
    places = models.PositiveSmallIntegerField(_("places"), validators=[MinValueValidator(1), MaxValueValidator(200)])
    first_month = models.DateField(_("à partir du mois"))
    last_month = models.DateField(_("jusqu’au mois (compris)"))
    half_days = ArrayField(
        models.CharField(max_length=6), default=list, blank=True, verbose_name=_("demi-journées"), size=len(HALF_DAYS)
    )

    class Meta:
        verbose_name = _("réserve de places")
        verbose_name_plural = _("réserves de places")
        ordering = ("nursery", "first_month", "pk")
        constraints = [
            _begins_with_a_month("held_back_places"),
            _ends_after("held_back_places"),
            models.CheckConstraint(
                name="places_held_back_are_at_least_one",
                condition=Q(places__gte=1),
                violation_error_message=_("Une réserve compte au moins une place."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {_said(self.first_month, self.last_month)}"


class PresentChild(models.Model):
    """A child who is there, as its operator counts it: a number, no name.

    `section` is where the operator has put it; empty, its age says. `last_month` is its last, if its exit is known.
    """

    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="children", verbose_name=_("crèche"))
    number = models.CharField(_("numéro chez le gestionnaire"), max_length=20)
    born = models.DateField(_("mois de naissance"))
    section = models.CharField(_("section"), max_length=8, choices=Section.choices, blank=True)
    half_days = ArrayField(models.CharField(max_length=6), verbose_name=_("demi-journées"), size=len(HALF_DAYS))
    week_hours = models.DecimalField(_("heures par semaine"), max_digits=4, decimal_places=1, null=True, blank=True)
    last_month = models.DateField(_("dernier mois"), null=True, blank=True)
    is_guaranteed = models.BooleanField(_("place garantie"), default=False)

    class Meta:
        verbose_name = _("enfant présent")
        verbose_name_plural = _("enfants présents")
        ordering = ("nursery", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "number"],
                name="a_child_is_counted_once_in_a_nursery",
                violation_error_message=_("Cet enfant est déjà dans la liste."),
            ),
            models.CheckConstraint(
                name="months_of_a_present_child_are_whole",
                condition=Q(born__day=1) & (Q(last_month__isnull=True) | Q(last_month__day=1)),
                violation_error_message=_("Un mois se note par son premier jour."),
            ),
            models.CheckConstraint(
                name="a_present_child_comes_at_some_half_day",
                condition=~Q(half_days=[]),
                violation_error_message=_("Un enfant présent vient au moins une demi-journée par semaine."),
            ),
        ]

    def __str__(self) -> str:
        return self.number
