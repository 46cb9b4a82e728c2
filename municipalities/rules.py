"""Who may do what, as predicates over a person's current roles. Which rows a person meets is said by the querysets."""

from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember, StaffRole

#: Roles a manager of one facility may hand out there.
FACILITY_ROLES = (Role.AGENT, Role.OPERATOR_STAFF, Role.FACILITY_MANAGER)
#: Roles a manager of a municipality may hand out in it and in its facilities.
MUNICIPALITY_ROLES = (*FACILITY_ROLES, Role.MUNICIPALITY_MANAGER)
#: Roles that may span the whole territory.
TERRITORY_ROLES = (Role.TERRITORY_MANAGER, Role.AUDITOR)


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
    working = [role for role in Role if role != Role.AUDITOR]
    return facility.pk in roles.facilities_with(*working) or facility.municipality_id in roles.municipalities_with(
        *working
    )
