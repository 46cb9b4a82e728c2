"""Grids of points: the criteria a commission goes by, drafted, then published for good.

The grid in force on a day is the published one that begins last before it: a new version ends the one before without
touching it, and `guichet_published_points_stay` refuses every change to what is published. What a family or an agent
answers names a criterion by its code, so that it outlives the version.
"""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries import reckoning
from municipalities.languages import TranslatedField
from municipalities.models import Municipality, Operator, StaffMember
from municipalities.rules import RIGHTS, Ability

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: More than this is a slip of the finger.
MOST_POINTS = 1000


class CriterionKind(models.TextChoices):
    YES_NO = reckoning.Kind.YES_NO.value, _("oui ou non")
    CHOICE = reckoning.Kind.CHOICE.value, _("un choix parmi plusieurs")
    COUNTED = reckoning.Kind.COUNTED.value, _("un nombre, jusqu’à un maximum")
    GIVEN = reckoning.Kind.GIVEN.value, _("des points donnés par un agent, avec un motif")


class SetBy(models.TextChoices):
    FAMILY = reckoning.SetBy.FAMILY.value, _("la famille")
    AGENT = reckoning.SetBy.AGENT.value, _("un agent")
    REFERENT = reckoning.SetBy.REFERENT.value, _("le référent petite enfance")
    SERVICE = reckoning.SetBy.SERVICE.value, _("le service lui-même")


class PointsGridQuerySet(models.QuerySet["PointsGrid"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Grids of operators whose rules this person publishes, drafts included."""
        roles = RIGHTS[Ability.PUBLISH_RULES]
        return self.filter(operator__in=staff.current_roles().authorities_with(*roles))

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)

    def in_force(self, day: date) -> Self:
        """The published one that began last, alone."""
        return self.published().filter(valid_from__lte=day).order_by("-valid_from")[:1]


class PointsGrid(models.Model):
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("gestionnaire"))
    name = models.CharField(_("nom"), max_length=80, help_text=_("Par exemple : Critères 2027."))
    valid_from = models.DateField(_("valable à partir du"))
    decision = models.CharField(
        _("décision"),
        max_length=200,
        blank=True,
        help_text=_("Référence de la délibération ou de l’arrêté. Nécessaire pour publier."),
    )
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("par")
    )

    objects = PointsGridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grille de points")
        verbose_name_plural = _("grilles de points")
        ordering = ("-valid_from", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from"],
                condition=Q(published_at__isnull=False),
                name="one_published_points_grid_begins_on_a_day",
                violation_error_message=_("Une autre grille publiée commence déjà ce jour-là."),
            ),
            models.CheckConstraint(
                name="published_points_grid_names_its_decision",
                condition=Q(published_at__isnull=True) | ~Q(decision=""),
                violation_error_message=_("Une grille publiée dit quelle décision l’a fixée."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


def _signed(label: "StrOrPromise", default: int) -> "models.SmallIntegerField[int, int]":
    return models.SmallIntegerField(
        label, default=default, validators=[MinValueValidator(-MOST_POINTS), MaxValueValidator(MOST_POINTS)]
    )


class Criterion(models.Model):
    """One line of a grid. `points` for yes or for each one counted; `least` and `most` bound a number."""

    grid = models.ForeignKey(PointsGrid, models.CASCADE, related_name="criteria", verbose_name=_("grille"))
    position = models.PositiveSmallIntegerField(_("ordre"), default=1)
    code = models.SlugField(_("code"), max_length=40)
    label = TranslatedField(_("nom affiché"))
    kind = models.CharField(_("réponse"), max_length=8, choices=CriterionKind.choices, default=CriterionKind.YES_NO)
    points = _signed(_("points, pour oui ou pour chacun"), 0)
    least = _signed(_("au moins"), 0)
    most = _signed(_("au plus"), 1)
    is_per_nursery = models.BooleanField(_("compte dans une seule crèche"), default=False)
    proof = models.SlugField(
        _("preuve demandée"),
        max_length=12,
        blank=True,
        help_text=_("Le genre de document qui le prouve. Vide : compte sans preuve."),
    )
    set_by = models.CharField(_("qui répond"), max_length=8, choices=SetBy.choices, default=SetBy.FAMILY)
    is_sensitive = models.BooleanField(_("sensible"), default=False)
    is_guaranteed = models.BooleanField(_("donne droit à une place garantie"), default=False)

    class Meta:
        verbose_name = _("critère")
        verbose_name_plural = _("critères")
        ordering = ("grid", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "code"],
                name="code_of_a_criterion_is_unique_in_its_grid",
                violation_error_message=_("Un critère de ce code existe déjà dans cette grille."),
            ),
            models.CheckConstraint(
                name="criterion_is_of_a_known_kind",
                condition=Q(kind__in=CriterionKind.values, set_by__in=SetBy.values),
                violation_error_message=_("Ce genre de critère n’est pas prévu."),
            ),
            models.CheckConstraint(
                name="points_of_a_criterion_are_reasonable",
                condition=Q(points__range=(-MOST_POINTS, MOST_POINTS), most__gte=F("least"))
                & Q(least__gte=-MOST_POINTS, most__lte=MOST_POINTS),
                violation_error_message=_("Ces points sont hors de toute mesure, ou le maximum est sous le minimum."),
            ),
            models.CheckConstraint(
                name="points_given_are_given_by_staff",
                condition=~Q(kind=CriterionKind.GIVEN) | Q(set_by__in=[SetBy.AGENT, SetBy.REFERENT]),
                violation_error_message=_("Des points avec un motif sont donnés par un agent ou un référent."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.label)


class CriterionOption(models.Model):
    """One of the answers to a criterion of choice."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="options", verbose_name=_("critère"))
    position = models.PositiveSmallIntegerField(_("ordre"), default=1)
    code = models.SlugField(_("code"), max_length=40)
    label = TranslatedField(_("nom affiché"))
    points = _signed(_("points"), 0)

    class Meta:
        verbose_name = _("réponse possible")
        verbose_name_plural = _("réponses possibles")
        ordering = ("criterion", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "code"],
                name="code_of_an_option_is_unique_in_its_criterion",
                violation_error_message=_("Une réponse de ce code existe déjà pour ce critère."),
            ),
            models.CheckConstraint(
                name="points_of_an_option_are_reasonable",
                condition=Q(points__range=(-MOST_POINTS, MOST_POINTS)),
                violation_error_message=_("Ces points sont hors de toute mesure."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.label)


class TownPoints(models.Model):
    """What a municipality gives, at the nurseries on its ground, to who lives there; until its next row."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+", verbose_name=_("commune"))
    valid_from = models.DateField(_("valable à partir du"))
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(reckoning.MOST_OF_A_TOWN)])
    decision = models.CharField(
        _("décision"), max_length=200, help_text=_("Référence de la délibération de la commune.")
    )

    class Meta:
        verbose_name = _("points d’une commune")
        verbose_name_plural = _("points des communes")
        ordering = ("municipality__name", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "valid_from"],
                name="town_decides_its_points_once_a_day",
                violation_error_message=_("Cette commune a déjà des points à partir de ce jour-là."),
            ),
            models.CheckConstraint(
                name="town_gives_at_most_twenty_points",
                condition=Q(points__lte=reckoning.MOST_OF_A_TOWN),
                violation_error_message=_("Une commune donne de 0 à 20 points dans ses crèches."),
            ),
            models.CheckConstraint(
                name="points_of_a_town_name_their_decision",
                condition=~Q(decision=""),
                violation_error_message=_("Indiquez la délibération de la commune."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality} : {self.points}"
