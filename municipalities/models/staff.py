"""Agents and what they may do where."""

from datetime import date
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.enums import CHILDCARE_ROLES, NURSERY_ROLES, POOL_ROLES, OperatorKind, Role
from municipalities.models.places import Facility, Municipality, Operator
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

    email = models.EmailField(_("courriel"), unique=True)
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
            held = StaffRole.objects.filter(staff=self).valid_on(timezone.localdate())
            found = CurrentRoles(list(held.with_reach()), self)
            self._current_roles = found
        return found


class StaffRoleQuerySet(models.QuerySet["StaffRole"]):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_from__lte=day), Q(valid_until__isnull=True) | Q(valid_until__gte=day))

    def with_reach(self) -> Self:
        """Each with `runs`, the operator whose facilities it reaches, and `town`, for which it works; null: none.

        `authority` is the agglomeration in which it is held, if it is.
        """
        return self.annotate(
            runs=Coalesce("operator", "municipality__operator"),
            town=Coalesce("municipality", "facility__operator__municipality"),
            authority=Case(When(operator__kind=OperatorKind.AGGLOMERATION, then="operator")),
        )


#: The roles that may be held in an operator: of its manager, and of those who work in all the pools or nurseries.
OPERATOR_ROLES = (Role.OPERATOR_MANAGER, *POOL_ROLES, *NURSERY_ROLES)
#: Those who meet residents at counters, or look on.
COUNTER_ROLES = tuple(role for role in Role if role not in (*POOL_ROLES, *NURSERY_ROLES))
#: Where a role holds; None is the territory.
Place = Municipality | Facility | Operator | None


class StaffRole(models.Model):
    """A role in one place: a facility, a municipality with what it runs, an operator with all it runs, the territory.

    The territory is none of the three.
    """

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="roles", verbose_name=_("agent"))
    role = models.CharField(_("rôle"), max_length=24, choices=Role.choices)
    municipality = models.ForeignKey(
        Municipality, models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("commune")
    )
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("établissement")
    )
    operator = models.ForeignKey(
        Operator,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="roles",
        verbose_name=_("gestionnaire"),
        # Who manages all that a municipality runs has a role in the municipality.
        limit_choices_to={"municipality__isnull": True},
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
                condition=Q(municipality__isnull=True, facility__isnull=True)
                | Q(municipality__isnull=True, operator__isnull=True)
                | Q(facility__isnull=True, operator__isnull=True),
                violation_error_message=_(
                    "Un rôle vise le territoire, une commune, un établissement ou un gestionnaire."
                ),
            ),
            models.CheckConstraint(
                name="role_that_spans_the_territory_is_for_managers_and_auditors",
                condition=Q(municipality__isnull=False)
                | Q(facility__isnull=False)
                | Q(operator__isnull=False)
                | Q(role__in=[Role.TERRITORY_MANAGER, Role.AUDITOR]),
                violation_error_message=_("Ce rôle demande une commune, un établissement ou un gestionnaire."),
            ),
            models.CheckConstraint(
                name="role_in_an_operator_is_one_that_operators_give",
                condition=Q(operator__isnull=True) | Q(role__in=OPERATOR_ROLES),
                violation_error_message=_("Ce rôle ne se donne pas chez un gestionnaire."),
            ),
            models.CheckConstraint(
                name="manager_of_an_operator_names_it",
                condition=~Q(role=Role.OPERATOR_MANAGER) | Q(operator__isnull=False),
                violation_error_message=_("Le responsable chez un gestionnaire demande un gestionnaire."),
            ),
            models.CheckConstraint(
                name="role_of_the_pools_spans_all_of_them",
                condition=~Q(role__in=POOL_ROLES) | Q(facility__isnull=True),
                violation_error_message=_("Ce rôle vaut pour toutes les piscines d’un gestionnaire ou d’une commune."),
            ),
            models.CheckConstraint(
                name="role_for_all_nurseries_names_the_agglomeration",
                condition=~Q(role__in=CHILDCARE_ROLES) | Q(operator__isnull=False),
                violation_error_message=_("Ce rôle vaut pour toutes les crèches : il se donne dans l’agglomération."),
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
        return f"{self.get_role_display()}{colon()} {self.place or everywhere}"

    @property
    def place(self) -> Place:
        return self.facility or self.municipality or self.operator


class CurrentRoles:
    """The roles a person holds today (`StaffRoleQuerySet.with_reach`), asked by place.

    `municipality_ids`, `facility_ids` and `operator_ids` are the places of any role at counters; `…_with(*roles)` those
    of the named roles. An operator is a place of who holds a role in it, and of every role in the municipality that it
    is: what a municipality's role reaches is what the municipality runs, not what stands in it. `towns_with` are the
    municipalities somebody works for, in the whole of them or in a facility of theirs. A superuser counts as the
    territory's manager.
    """

    def __init__(self, roles: list[StaffRole], staff: StaffMember) -> None:
        self._roles = roles if staff.is_active else []
        self._is_superuser = staff.is_active and staff.is_superuser

    def __iter__(self) -> Any:
        return iter(self._roles)

    def has_territory(self, *wanted: Role) -> bool:
        if self._is_superuser and Role.TERRITORY_MANAGER in wanted:
            return True
        return any(r.role in wanted and self._spans_the_territory(r) for r in self._roles)

    @staticmethod
    def _spans_the_territory(held: StaffRole) -> bool:
        return not (held.municipality_id or held.facility_id or held.operator_id)

    @property
    def territory_wide(self) -> bool:
        return self.has_territory(Role.TERRITORY_MANAGER, Role.AUDITOR)

    @property
    def municipality_ids(self) -> list[int]:
        return self.municipalities_with(*COUNTER_ROLES)

    @property
    def facility_ids(self) -> list[int]:
        return self.facilities_with(*COUNTER_ROLES)

    @property
    def operator_ids(self) -> list[int]:
        return self.operators_with(*COUNTER_ROLES)

    def municipalities_with(self, *wanted: Role) -> list[int]:
        return self._places("municipality_id", wanted)

    def facilities_with(self, *wanted: Role) -> list[int]:
        return self._places("facility_id", wanted)

    def operators_with(self, *wanted: Role) -> list[int]:
        return self._places("runs", wanted)

    def towns_with(self, *wanted: Role) -> list[int]:
        return self._places("town", wanted)

    def authorities_with(self, *wanted: Role) -> list[int]:
        """The agglomerations this person holds such a role in: what its services may, they may for all nurseries."""
        return self._places("authority", wanted)

    def _places(self, name: str, wanted: tuple[Role, ...]) -> list[int]:
        return sorted({getattr(r, name) for r in self._roles if r.role in wanted} - {None})
