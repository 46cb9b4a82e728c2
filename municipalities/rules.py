"""Who may do what: one table, and the same as predicates over a person's current roles.

Which rows a person meets is said by the querysets. A test compares all of it with the table, cell by cell.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember, StaffRole


class Ability(models.TextChoices):
    """What can be allowed. All but the last two are meant in the places of the role, and nowhere else."""

    SEE = "see", _("Voir la journée, les noms et les pièces d’un établissement")
    SERVE = "serve", _("Recevoir, prendre et annuler des rendez-vous")
    RUN_CALENDAR = "run_calendar", _("Régler guichets, plages et fermetures d’un établissement")
    LEAD_TEAM = "lead_team", _("Inviter des agents dans un établissement, leur déléguer")
    EDIT_IDENTITY = "edit_identity", _("Modifier la page, les pièces demandées et les règles de la commune")
    NAME_MANAGERS = "name_managers", _("Nommer un responsable de la commune")
    RUN_TERRITORY = "run_territory", _("Créer des communes, régler agendas mutualisés et durées")
    READ_TRACE = "read_trace", _("Lire la trace des changements et des lectures")


_MANAGERS = frozenset({Role.FACILITY_MANAGER, Role.MUNICIPALITY_MANAGER, Role.TERRITORY_MANAGER})

#: The table. An auditor reads everything and writes nothing; who is not named may not.
RIGHTS: dict[Ability, frozenset[Role]] = {
    Ability.SEE: frozenset(Role),
    Ability.SERVE: frozenset(Role) - {Role.AUDITOR},
    Ability.RUN_CALENDAR: _MANAGERS,
    Ability.LEAD_TEAM: _MANAGERS,
    Ability.EDIT_IDENTITY: _MANAGERS - {Role.FACILITY_MANAGER},
    Ability.NAME_MANAGERS: _MANAGERS - {Role.FACILITY_MANAGER},
    Ability.RUN_TERRITORY: frozenset({Role.TERRITORY_MANAGER}),
    Ability.READ_TRACE: frozenset({Role.TERRITORY_MANAGER, Role.AUDITOR}),
}

#: Roles a manager of one facility may hand out there.
FACILITY_ROLES = (Role.AGENT, Role.OPERATOR_STAFF, Role.FACILITY_MANAGER)
#: Roles a manager of a municipality may hand out in it and in its facilities.
MUNICIPALITY_ROLES = (*FACILITY_ROLES, Role.MUNICIPALITY_MANAGER)
#: Roles that may span the whole territory.
TERRITORY_ROLES = (Role.TERRITORY_MANAGER, Role.AUDITOR)
#: Roles a colleague may be lent from date to date.
LENT_ROLES = (Role.AGENT, Role.FACILITY_MANAGER)


def manages_territory(staff: StaffMember) -> bool:
    return staff.current_roles().has_territory(Role.TERRITORY_MANAGER)


def manages_a_municipality(staff: StaffMember) -> bool:
    return manages_territory(staff) or bool(staff.current_roles().municipalities_with(Role.MUNICIPALITY_MANAGER))


def manages_a_facility(staff: StaffMember) -> bool:
    roles = staff.current_roles()
    return (
        manages_a_municipality(staff)
        or bool(roles.municipalities_with(Role.FACILITY_MANAGER))
        or bool(roles.facilities_with(Role.FACILITY_MANAGER))
    )


def sees_something(staff: StaffMember) -> bool:
    roles = staff.current_roles()
    return roles.territory_wide or bool(roles.municipality_ids or roles.facility_ids)


def may_give(staff: StaffMember, role: str, municipality: Municipality | None, facility: Facility | None) -> bool:
    """Whether this person may hand out (or end) such a role in such a place. Both places None: the territory."""
    if manages_territory(staff):
        return True
    roles = staff.current_roles()
    if facility is not None:
        if facility.municipality_id in roles.municipalities_with(Role.MUNICIPALITY_MANAGER):
            return role in FACILITY_ROLES
        managed = facility.pk in roles.facilities_with(Role.FACILITY_MANAGER)
        managed = managed or facility.municipality_id in roles.municipalities_with(Role.FACILITY_MANAGER)
        return managed and role in FACILITY_ROLES
    if municipality is not None:
        managed = municipality.pk in roles.municipalities_with(Role.MUNICIPALITY_MANAGER)
        return managed and role in MUNICIPALITY_ROLES
    return False


def may_end(staff: StaffMember, held: StaffRole) -> bool:
    return may_give(staff, held.role, held.municipality, held.facility)


def works_at(staff: StaffMember, facility: Facility) -> bool:
    """Whether this person receives people here: an auditor looks on and changes nothing."""
    if manages_territory(staff):
        return True
    roles = staff.current_roles()
    working = RIGHTS[Ability.SERVE]
    return facility.pk in roles.facilities_with(*working) or facility.municipality_id in roles.municipalities_with(
        *working
    )


def keeps_calendar_of(staff: StaffMember, facility: Facility) -> bool:
    """Whether this person may change when this facility is open; `Facility.objects.manageable_by` for one, no query."""
    roles = staff.current_roles()
    towns = roles.municipalities_with(Role.FACILITY_MANAGER, Role.MUNICIPALITY_MANAGER)
    return (
        manages_territory(staff)
        or facility.pk in roles.facilities_with(Role.FACILITY_MANAGER)
        or facility.municipality_id in towns
    )


def reads_trace(staff: StaffMember) -> bool:
    """The trace spans the whole territory, and so does the role that reads it."""
    return staff.current_roles().has_territory(*RIGHTS[Ability.READ_TRACE])


def reads_rights(staff: StaffMember) -> bool:
    return manages_a_facility(staff) or reads_trace(staff)
