"""Municipalities, who runs what in them, and when they are closed."""

from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.enums import NURSERY_ROLES, CoatPattern, FacilityKind, OperatorKind, Role
from municipalities.languages import TranslatedField
from municipalities.wording import say_period

if TYPE_CHECKING:
    from municipalities.models.staff import StaffMember

HEX_COLOUR = RegexValidator(r"^#[0-9a-f]{6}\Z", _("Une couleur s’écrit # suivi de six chiffres ou lettres a-f."))
#: Roles that change calendars, in their places.
MANAGERS = (Role.FACILITY_MANAGER, Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER)
#: Roles that plan who swims where and when, and those that plan what is sold.
WATER_PLANNERS = (*MANAGERS, Role.SPORTS_MANAGER)
OFFER_PLANNERS = (Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER, Role.SPORTS_MANAGER)
#: Who reads the plan of the water: whoever works there, but for nurseries.
WATER_SEERS = tuple(role for role in Role if role not in NURSERY_ROLES)
INSEE_CODE = RegexValidator(r"^(\d{2}|2[AB])\d{3}\Z", _("Un code INSEE a cinq caractères, par exemple 68224."))


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    def visible_to(self, staff: "StaffMember") -> Self:
        """Municipalities where this person works in whatever role."""
        roles = staff.current_roles()
        if roles.territory_wide:
            return self
        works_there = Q(facilities__in=roles.facility_ids) | Q(facilities__operator__in=roles.operator_ids)
        return self.filter(Q(pk__in=roles.municipality_ids) | works_there).distinct()

    def editable_by(self, staff: "StaffMember") -> Self:
        """Municipalities whose identity and calendar this person may change."""
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(pk__in=roles.municipalities_with(Role.MUNICIPALITY_MANAGER))


class Municipality(models.Model):
    insee_code = models.CharField(_("code INSEE"), max_length=5, unique=True, validators=[INSEE_CODE])
    siren = models.CharField(_("SIREN"), max_length=9, blank=True)
    slug = models.SlugField(_("adresse"), max_length=60, unique=True)
    name = models.CharField(_("nom"), max_length=80)
    postal_codes = ArrayField(models.CharField(max_length=5), verbose_name=_("codes postaux"), default=list)
    population = models.PositiveIntegerField(_("population"), default=0)
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    is_member = models.BooleanField(_("membre du territoire"), default=True)

    colour = models.CharField(_("couleur"), max_length=7, default="#1f4e79", validators=[HEX_COLOUR])
    second_colour = models.CharField(_("seconde couleur"), max_length=7, default="#e8b54a", validators=[HEX_COLOUR])
    coat_pattern = models.CharField(
        _("dessin du blason"), max_length=10, choices=CoatPattern.choices, default=CoatPattern.PALE
    )
    logo = models.BinaryField(_("logo (PNG)"), null=True, blank=True, editable=False)
    welcome_text = TranslatedField(_("mot d’accueil"), blank=True)
    opening_text = TranslatedField(_("heures d’ouverture au public"), blank=True)

    address = models.CharField(_("adresse postale"), max_length=200, blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    website = models.URLField(_("site"), blank=True)
    sender_name = models.CharField(_("nom de l’expéditeur"), max_length=80, blank=True)
    sender_email = models.EmailField(_("adresse de l’expéditeur"), blank=True)
    good_friday_is_holiday = models.BooleanField(
        _("le Vendredi saint est férié"),
        default=True,
        help_text=_("Férié dans les communes qui ont un temple protestant ou une église mixte (ordonnance de 1892)."),
    )
    takes_number_later = models.BooleanField(
        _("accepte le numéro de pré-demande après la réservation"),
        default=False,
        help_text=_(
            "Qui n’a pas encore son numéro retient l’horaire et l’ajoute par son lien privé. Sans numéro, l’horaire "
            "est libéré deux jours avant."
        ),
    )
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = MunicipalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class OperatorQuerySet(models.QuerySet["Operator"]):
    def editable_by(self, staff: "StaffMember") -> Self:
        """Operators other than municipalities whose identity this person keeps and whose managers they name."""
        others = self.filter(municipality__isnull=True)
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return others
        return others.filter(pk__in=roles.operators_with(Role.OPERATOR_MANAGER))


class Operator(models.Model):
    """Who runs a facility: rights follow it, and it is who speaks to people there.

    A municipality is the operator of what it runs, and speaks with its own identity; the others have one here.
    """

    name = models.CharField(_("nom"), max_length=120, unique=True)
    kind = models.CharField(_("nature"), max_length=20, choices=OperatorKind.choices)
    municipality = models.OneToOneField(
        Municipality, models.PROTECT, null=True, blank=True, related_name="operator", verbose_name=_("commune")
    )

    colour = models.CharField(_("couleur"), max_length=7, default="#1f4e79", validators=[HEX_COLOUR])
    address = models.CharField(_("adresse postale"), max_length=200, blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    website = models.URLField(_("site"), blank=True)
    sender_name = models.CharField(_("nom de l’expéditeur"), max_length=80, blank=True)
    sender_email = models.EmailField(_("adresse de l’expéditeur"), blank=True)

    objects = OperatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("gestionnaire")
        verbose_name_plural = _("gestionnaires")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="operator_that_is_a_municipality_and_only_it_names_one",
                condition=Q(kind=OperatorKind.MUNICIPALITY, municipality__isnull=False)
                | (~Q(kind=OperatorKind.MUNICIPALITY) & Q(municipality__isnull=True)),
                violation_error_message=_("Un gestionnaire nomme une commune s’il en est une, et seulement alors."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def identity(self) -> "Municipality | Operator":
        """Whose name, colour, contact and sender stand on what people read. Both kinds have the same fields for it."""
        return self.municipality or self


class FacilityQuerySet(models.QuerySet["Facility"]):
    def visible_to(self, staff: "StaffMember") -> Self:
        """Facilities whose days, people and calendars this person may see."""
        roles = staff.current_roles()
        if roles.territory_wide:
            return self
        return self.filter(Q(pk__in=roles.facility_ids) | Q(operator__in=roles.operator_ids))

    def manageable_by(self, staff: "StaffMember") -> Self:
        """Facilities whose calendar this person may change."""
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(
            Q(pk__in=roles.facilities_with(Role.FACILITY_MANAGER)) | Q(operator__in=roles.operators_with(*MANAGERS))
        )

    def governed_by(self, staff: "StaffMember") -> Self:
        """Facilities whose rules and shares this person sets: they manage all that its operator runs."""
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(operator__in=roles.operators_with(Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER))

    def water_seen_by(self, staff: "StaffMember") -> Self:
        """Facilities whose plan of the water this person reads: in whatever role they work there."""
        return self._reached_by(staff, *WATER_SEERS)

    def water_planned_by(self, staff: "StaffMember") -> Self:
        """Facilities where this person plans who swims where and when."""
        return self._reached_by(staff, Role.TERRITORY_MANAGER, *WATER_PLANNERS)

    def offer_planned_by(self, staff: "StaffMember") -> Self:
        """Facilities where this person plans what is sold: seasons, groups, prices."""
        return self._reached_by(staff, Role.TERRITORY_MANAGER, *OFFER_PLANNERS)

    def nurseries_run_by(self, staff: "StaffMember") -> Self:
        """Nurseries this person runs: in them, or in all that their operator has."""
        return self.filter(kind=FacilityKind.NURSERY)._reached_by(staff, Role.NURSERY_MANAGER)

    def _reached_by(self, staff: "StaffMember", *wanted: Role) -> Self:
        """Facilities in which this person holds one of these roles, or whose operator they hold it in."""
        roles = staff.current_roles()
        if roles.has_territory(*wanted):
            return self
        return self.filter(Q(pk__in=roles.facilities_with(*wanted)) | Q(operator__in=roles.operators_with(*wanted)))


class Facility(models.Model):
    kind = models.CharField(_("nature"), max_length=20, choices=FacilityKind.choices)
    name = models.CharField(_("nom"), max_length=120)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="facilities", verbose_name=_("commune"))
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="facilities", verbose_name=_("gestionnaire"))
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=5, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    access_text = TranslatedField(_("accès"), blank=True)
    opening_text = TranslatedField(_("heures d’ouverture"), blank=True)
    is_active = models.BooleanField(_("en service"), default=True)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        ordering = ("slug",)

    @property
    def address_line(self) -> str:
        """« Mairie de Rixheim, 28 rue Zuber, 68170 Rixheim ». Its municipality should be loaded."""
        town = f"{self.postal_code} {self.municipality.name}".strip()
        return ", ".join(part for part in (self.name, self.address, town) if part)

    def __str__(self) -> str:
        return self.name


class ClosureQuerySet(models.QuerySet["Closure"]):
    def of(self, facility: Facility) -> Self:
        """Those that close it, as `closes` says."""
        wanted = Q(municipality__isnull=True, facility__isnull=True) | Q(facility=facility)
        if facility.operator.municipality_id is not None:
            wanted |= Q(municipality=facility.operator.municipality_id)
        return self.filter(wanted)


class Closure(models.Model):
    """The whole territory, a municipality or a facility is closed. A counter's own closure lives with the counters.

    A municipality's closure closes what the municipality runs, not what others run in it.
    """

    municipality = models.ForeignKey(
        Municipality, models.CASCADE, null=True, blank=True, related_name="closures", verbose_name=_("commune")
    )
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="closures", verbose_name=_("établissement")
    )
    period = DateTimeRangeField(_("période"))
    reason = TranslatedField(_("motif affiché"))
    created_by = models.ForeignKey(
        "StaffMember", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("créée par")
    )
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("fermeture")
        verbose_name_plural = _("fermetures")
        ordering = ("period",)
        constraints = [
            models.CheckConstraint(
                name="closure_names_at_most_one_place",
                condition=Q(municipality__isnull=True) | Q(facility__isnull=True),
                violation_error_message=_("Une fermeture vise le territoire, une commune ou un établissement."),
            ),
            models.CheckConstraint(
                name="closure_has_a_beginning_and_an_end",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                violation_error_message=_("La fermeture doit finir après son début."),
            ),
        ]

    def closes(self, facility: Facility) -> bool:
        """Its operator should be loaded."""
        if self.facility_id is not None:
            return self.facility_id == facility.pk
        return self.municipality_id in (None, facility.operator.municipality_id)

    def __str__(self) -> str:
        return f"{self.reason}, {say_period(self.period.lower, self.period.upper)}"
