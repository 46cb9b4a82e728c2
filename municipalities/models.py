"""Who we are and who may do what. Knows nothing of bookings."""

from datetime import date
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.enums import CoatPattern, FacilityKind, OperatorKind, Role
from municipalities.languages import TranslatedField

HEX_COLOUR = RegexValidator(r"^#[0-9a-f]{6}\Z", _("Une couleur s’écrit # suivi de six chiffres ou lettres a-f."))
INSEE_CODE = RegexValidator(r"^(\d{2}|2[AB])\d{3}\Z", _("Un code INSEE a cinq caractères, par exemple 68224."))


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    def visible_to(self, staff: "StaffMember") -> Self:
        """Municipalities where this person works in whatever role."""
        roles = staff.current_roles()
        if roles.territory_wide:
            return self
        return self.filter(Q(pk__in=roles.municipality_ids) | Q(facilities__in=roles.facility_ids)).distinct()

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
    email = models.EmailField(_("adresse électronique"), blank=True)
    website = models.URLField(_("site"), blank=True)
    sender_name = models.CharField(_("nom de l’expéditeur"), max_length=80, blank=True)
    sender_email = models.EmailField(_("adresse de l’expéditeur"), blank=True)
    good_friday_is_holiday = models.BooleanField(
        _("le Vendredi saint est férié"),
        default=True,
        help_text=_("Férié dans les communes qui ont un temple protestant ou une église mixte (ordonnance de 1892)."),
    )
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = MunicipalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Operator(models.Model):
    """Who runs a facility."""

    name = models.CharField(_("nom"), max_length=120, unique=True)
    kind = models.CharField(_("nature"), max_length=20, choices=OperatorKind.choices)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="operators", verbose_name=_("commune")
    )

    class Meta:
        verbose_name = _("gestionnaire")
        verbose_name_plural = _("gestionnaires")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class FacilityQuerySet(models.QuerySet["Facility"]):
    def visible_to(self, staff: "StaffMember") -> Self:
        """Facilities whose days, people and calendars this person may see."""
        roles = staff.current_roles()
        if roles.territory_wide:
            return self
        return self.filter(Q(pk__in=roles.facility_ids) | Q(municipality__in=roles.municipality_ids))

    def manageable_by(self, staff: "StaffMember") -> Self:
        """Facilities whose calendar this person may change."""
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(
            Q(pk__in=roles.facilities_with(Role.FACILITY_MANAGER))
            | Q(municipality__in=roles.municipalities_with(Role.FACILITY_MANAGER, Role.MUNICIPALITY_MANAGER))
        )


class Facility(models.Model):
    kind = models.CharField(_("nature"), max_length=20, choices=FacilityKind.choices)
    name = models.CharField(_("nom"), max_length=120)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="facilities", verbose_name=_("commune")
    )
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="facilities", verbose_name=_("gestionnaire"))
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=5, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    email = models.EmailField(_("adresse électronique"), blank=True)
    access_text = TranslatedField(_("accès"), blank=True)
    opening_text = TranslatedField(_("heures d’ouverture"), blank=True)
    is_active = models.BooleanField(_("en service"), default=True)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Closure(models.Model):
    """The whole territory, a municipality or a facility is closed. A counter's own closure lives with the counters."""

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

    def __str__(self) -> str:
        return f"{self.reason} {self.period}"


class StaffManager(BaseUserManager["StaffMember"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffMember":
        staff = self.model(email=self.normalize_email(email).lower(), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "StaffMember":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class StaffMember(AbstractBaseUser, PermissionsMixin):
    """An agent. Residents have no account."""

    email = models.EmailField(_("adresse électronique"), unique=True)
    name = models.CharField(_("nom"), max_length=120)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    is_active = models.BooleanField(_("compte ouvert"), default=True)
    is_staff = models.BooleanField(_("accès à l’administration"), default=False)
    date_joined = models.DateTimeField(_("arrivé le"), default=timezone.now)

    objects = StaffManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name or self.email

    def current_roles(self) -> "CurrentRoles":
        """This person's roles that hold today. One query per instance and request."""
        found: CurrentRoles | None = getattr(self, "_current_roles", None)
        if found is None:
            found = CurrentRoles(list(StaffRole.objects.filter(staff=self).valid_on(timezone.localdate())), self)
            self._current_roles = found
        return found


class StaffRoleQuerySet(models.QuerySet["StaffRole"]):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_from__lte=day), Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class StaffRole(models.Model):
    """A role in one place: the territory (neither set), a municipality, or one facility."""

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="roles", verbose_name=_("agent"))
    role = models.CharField(_("rôle"), max_length=24, choices=Role.choices)
    municipality = models.ForeignKey(
        Municipality, models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("commune")
    )
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("établissement")
    )
    valid_from = models.DateField(_("à partir du"), default=timezone.localdate)
    valid_until = models.DateField(_("jusqu’au"), null=True, blank=True)

    objects = StaffRoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rôle")
        verbose_name_plural = _("rôles")
        ordering = ("staff", "role")
        constraints = [
            models.CheckConstraint(
                name="role_names_at_most_one_place",
                condition=Q(municipality__isnull=True) | Q(facility__isnull=True),
                violation_error_message=_("Un rôle vise le territoire, une commune ou un établissement."),
            ),
            models.CheckConstraint(
                name="role_that_spans_the_territory_is_for_managers_and_auditors",
                condition=Q(municipality__isnull=False)
                | Q(facility__isnull=False)
                | Q(role__in=[Role.TERRITORY_MANAGER, Role.AUDITOR]),
                violation_error_message=_("Ce rôle demande une commune ou un établissement."),
            ),
            models.CheckConstraint(
                name="role_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("Le rôle doit finir après son début."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} : {self.facility or self.municipality or _('territoire')}"


class CurrentRoles:
    """The roles a person holds today, asked by place.

    `municipality_ids` and `facility_ids` are the places of any role; `…_with(*roles)` those of the named roles.
    A superuser counts as manager of the territory.
    """

    def __init__(self, roles: list[StaffRole], staff: StaffMember) -> None:
        self._roles = roles if staff.is_active else []
        self._is_superuser = staff.is_active and staff.is_superuser

    def __iter__(self) -> Any:
        return iter(self._roles)

    def has_territory(self, *wanted: Role) -> bool:
        if self._is_superuser and Role.TERRITORY_MANAGER in wanted:
            return True
        return any(r.role in wanted and not r.municipality_id and not r.facility_id for r in self._roles)

    @property
    def territory_wide(self) -> bool:
        return self.has_territory(Role.TERRITORY_MANAGER, Role.AUDITOR)

    @property
    def municipality_ids(self) -> list[int]:
        return sorted({r.municipality_id for r in self._roles if r.municipality_id})

    @property
    def facility_ids(self) -> list[int]:
        return sorted({r.facility_id for r in self._roles if r.facility_id})

    def municipalities_with(self, *wanted: Role) -> list[int]:
        return sorted({r.municipality_id for r in self._roles if r.municipality_id and r.role in wanted})

    def facilities_with(self, *wanted: Role) -> list[int]:
        return sorted({r.facility_id for r in self._roles if r.facility_id and r.role in wanted})
