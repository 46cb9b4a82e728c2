"""Grids of prices as an operator decides them: drafted, then published for good.

The grid in force on a day is the published one that begins last before it, so that a new version ends the one before
without touching it: `guichet_published_grid_stays` refuses every change to what is published.
"""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.activities import pricing
from municipalities.database.ranges import OneOrAll, WholeNumbers
from municipalities.languages import TranslatedField
from municipalities.models import Facility, Operator, StaffMember

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: More than this is a slip of the finger, in cents.
MOST_CENTS = 500_000
#: A rate of one to one, in ten-thousandths.
WHOLE_RATE = 10_000


class Unit(models.TextChoices):
    """For how long a price holds."""

    YEAR = pricing.Unit.YEAR.value, _("une saison entière")
    TERM = pricing.Unit.TERM.value, _("un trimestre")
    SESSION = pricing.Unit.SESSION.value, _("une séance")


class Residence(models.TextChoices):
    ANY = pricing.Residence.ANY.value, _("où que l’on habite")
    TERRITORY = pricing.Residence.TERRITORY.value, _("habitants du territoire")
    OTHER = pricing.Residence.OTHER.value, _("autres communes")


class Status(models.TextChoices):
    ANY = pricing.Status.ANY.value, _("avec ou sans réduction")
    FULL = pricing.Status.FULL.value, _("plein tarif")
    REDUCED = pricing.Status.REDUCED.value, _("tarif réduit, sur justificatif")


class Because(models.TextChoices):
    SIBLING = pricing.Because.SIBLING.value, _("enfant d’une même famille")
    SECOND_ACTIVITY = pricing.Because.SECOND_ACTIVITY.value, _("activité d’une même personne")


class Step(models.IntegerChoices):
    """What totals are rounded to, in cents."""

    CENT = 1, _("au centime")
    FIVE = 5, _("aux 5 centimes")
    TEN = 10, _("aux 10 centimes")
    FIFTY = 50, _("aux 50 centimes")
    EURO = 100, _("à l’euro")


class TariffGridQuerySet(models.QuerySet["TariffGrid"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Grids of operators whose offer this person plans, drafts included."""
        return self.filter(operator__facilities__in=Facility.objects.offer_planned_by(staff)).distinct()

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)

    def in_force(self, day: date) -> Self:
        """One grid per operator: the one published that began last."""
        begun = self.published().filter(valid_from__lte=day)
        return begun.order_by("operator", "-valid_from").distinct("operator")


class TariffGrid(models.Model):
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("gestionnaire"))
    name = models.CharField(_("nom"), max_length=80, help_text=_("Par exemple : Saison 2026-2027."))
    valid_from = models.DateField(_("valable à partir du"))
    decision = models.CharField(
        _("décision"),
        max_length=200,
        blank=True,
        help_text=_("Référence de la délibération ou de l’arrêté. Nécessaire pour publier."),
    )
    step = models.PositiveSmallIntegerField(_("arrondi"), choices=Step.choices, default=Step.CENT)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("par")
    )

    objects = TariffGridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grille tarifaire")
        verbose_name_plural = _("grilles tarifaires")
        ordering = ("operator", "-valid_from", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "valid_from"],
                condition=Q(published_at__isnull=False),
                name="one_published_grid_begins_on_a_day",
                violation_error_message=_("Une autre grille publiée commence déjà ce jour-là."),
            ),
            models.CheckConstraint(
                name="published_grid_names_its_decision",
                condition=Q(published_at__isnull=True) | ~Q(decision=""),
                violation_error_message=_("Une grille publiée dit quelle décision l’a fixée."),
            ),
            models.CheckConstraint(
                name="grid_rounds_to_a_known_step",
                condition=Q(step__in=Step.values),
                violation_error_message=_("Cet arrondi n’est pas prévu."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


def _starting(label: "StrOrPromise", first: int) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(label, default=first)


def _below(label: "StrOrPromise") -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(label, null=True, blank=True)


class Tariff(models.Model):
    """What groups are sold under, and prices stand under: « École de natation »."""

    grid = models.ForeignKey(TariffGrid, models.CASCADE, related_name="tariffs", verbose_name=_("grille"))
    code = models.SlugField(_("code"), max_length=40)
    label = TranslatedField(_("nom affiché"))

    class Meta:
        verbose_name = _("tarif")
        verbose_name_plural = _("tarifs")
        ordering = ("grid", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "code"],
                name="code_of_a_tariff_is_unique_in_its_grid",
                violation_error_message=_("Un tarif de ce code existe déjà dans cette grille."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label)


class PriceRow(models.Model):
    """One price, or one rate of the quotient between a floor and a cap. No two rows of a tariff fit the same case.

    Upper limits are excluded: ages from 6 and below 13 are the years 6 to 12. Without upper limit a range has no end.
    """

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="rows", verbose_name=_("tarif"))
    unit = models.CharField(_("pour"), max_length=8, choices=Unit.choices, default=Unit.YEAR)
    residence = models.CharField(_("qui habite"), max_length=10, choices=Residence.choices, default=Residence.ANY)
    status = models.CharField(_("statut"), max_length=8, choices=Status.choices, default=Status.ANY)
    age_from = _starting(_("âge à partir de"), 0)
    age_below = _below(_("et de moins de (ans)"))
    quotient_from = _starting(_("quotient à partir de"), 0)
    quotient_below = _below(_("et inférieur à"))
    rank_from = _starting(_("à partir du n° (enfant de la famille)"), 1)
    rank_below = _below(_("et avant le n°"))
    cents = models.PositiveIntegerField(_("prix (centimes)"), null=True, blank=True)
    rate = models.PositiveIntegerField(_("taux d’effort (dix-millièmes)"), null=True, blank=True)
    floor = models.PositiveIntegerField(_("au moins (centimes)"), null=True, blank=True)
    cap = models.PositiveIntegerField(_("au plus (centimes)"), null=True, blank=True)

    class Meta:
        verbose_name = _("prix")
        verbose_name_plural = _("prix")
        ordering = ("tariff", "unit", "-residence", "status", "age_from", "rank_from", "quotient_from")
        constraints = [
            ExclusionConstraint(
                name="prices_of_a_tariff_never_meet",
                expressions=[
                    ("tariff", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    (OneOrAll(F("residence"), each=("territory", "other")), RangeOperators.OVERLAPS),
                    (OneOrAll(F("status"), each=("full", "reduced")), RangeOperators.OVERLAPS),
                    (WholeNumbers(F("age_from"), F("age_below")), RangeOperators.OVERLAPS),
                    (WholeNumbers(F("quotient_from"), F("quotient_below")), RangeOperators.OVERLAPS),
                    (WholeNumbers(F("rank_from"), F("rank_below")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Un autre prix de ce tarif vaut déjà pour une partie de ces cas."),
            ),
            models.CheckConstraint(
                name="price_is_an_amount_or_a_rate",
                condition=Q(cents__isnull=False, rate__isnull=True, floor__isnull=True, cap__isnull=True)
                | Q(cents__isnull=True, rate__isnull=False, floor__isnull=False, cap__isnull=False),
                violation_error_message=_("Un prix est un montant, ou un taux avec un minimum et un maximum."),
            ),
            models.CheckConstraint(
                name="price_is_reasonable",
                condition=(Q(cents__isnull=True) | Q(cents__lte=MOST_CENTS))
                & (Q(rate__isnull=True) | Q(rate__lte=WHOLE_RATE))
                & (Q(cap__isnull=True) | Q(cap__lte=MOST_CENTS, cap__gte=F("floor"))),
                violation_error_message=_("Ce prix est hors de toute mesure, ou son maximum est sous son minimum."),
            ),
            models.CheckConstraint(
                name="ranges_of_a_price_have_a_beginning_and_an_end",
                condition=(Q(age_below__isnull=True) | Q(age_below__gt=F("age_from")))
                & (Q(quotient_below__isnull=True) | Q(quotient_below__gt=F("quotient_from")))
                & (Q(rank_below__isnull=True) | Q(rank_below__gt=F("rank_from"))),
                violation_error_message=_("Une limite haute doit dépasser la limite basse."),
            ),
            models.CheckConstraint(
                name="price_counts_children_from_the_first",
                condition=Q(rank_from__gte=1, unit__in=Unit.values, residence__in=Residence.values)
                & Q(status__in=Status.values),
                violation_error_message=_("Les enfants d’une famille se comptent à partir de 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_unit_display()}, {self.get_residence_display()}"


class Adjustment(models.Model):
    """A percentage off, for the second child, the third, the second activity. They come in the order of `position`."""

    grid = models.ForeignKey(TariffGrid, models.CASCADE, related_name="adjustments", verbose_name=_("grille"))
    position = models.PositiveSmallIntegerField(
        _("ordre"), validators=[MinValueValidator(1), MaxValueValidator(99)], default=1
    )
    because = models.CharField(_("à partir de quel"), max_length=20, choices=Because.choices)
    rank_from = models.PositiveIntegerField(_("à partir du n°"), default=2, validators=[MinValueValidator(1)])
    rank_below = _below(_("et avant le n°"))
    percent = models.PositiveSmallIntegerField(_("réduction (%)"), validators=[MaxValueValidator(100)])
    codes = ArrayField(
        models.SlugField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("seulement pour ces codes"),
        help_text=_("Séparés par des virgules. Vide : pour tous."),
    )
    unit = models.CharField(_("seulement pour"), max_length=8, choices=Unit.choices, blank=True)

    class Meta:
        verbose_name = _("réduction")
        verbose_name_plural = _("réductions")
        ordering = ("grid", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "position"],
                name="adjustments_of_a_grid_come_in_one_order",
                violation_error_message=_("Une autre réduction de cette grille a déjà ce numéro d’ordre."),
            ),
            models.CheckConstraint(
                name="adjustment_takes_off_no_more_than_all",
                condition=Q(percent__lte=100, because__in=Because.values),
                violation_error_message=_("Une réduction va de 0 à 100 %."),
            ),
            models.CheckConstraint(
                name="ranks_of_an_adjustment_have_a_beginning_and_an_end",
                condition=Q(rank_from__gte=1) & (Q(rank_below__isnull=True) | Q(rank_below__gt=F("rank_from"))),
                violation_error_message=_("Une limite haute doit dépasser la limite basse."),
            ),
        ]

    def __str__(self) -> str:
        return f"−{self.percent} %, {self.get_because_display()}"
