"""Agents and what they may do where."""

from datetime import date
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.enums import Role
from municipalities.models.places import Facility, Municipality
from municipalities.wording import colon


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
    # A colleague covers this place from date to date: somebody lent it, and it ends by itself.
    is_delegation = models.BooleanField(_("délégation"), default=False)
    given_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("donné par")
    )

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
            models.CheckConstraint(
                name="delegation_covers_one_facility_and_ends",
                condition=Q(is_delegation=False) | Q(facility__isnull=False, valid_until__isnull=False),
                violation_error_message=_("Une délégation vise un établissement et a une fin."),
            ),
            models.CheckConstraint(
                name="staff_of_a_contract_holder_works_in_one_facility",
                condition=~Q(role=Role.OPERATOR_STAFF) | Q(facility__isnull=False),
                violation_error_message=_("Le personnel d’un délégataire travaille dans un établissement précis."),
            ),
        ]

    def __str__(self) -> str:
        # Named outside of the f-string, where the catalogues' extraction would not see it.
        everywhere = _("territoire")
        return f"{self.get_role_display()}{colon()} {self.facility or self.municipality or everywhere}"


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
