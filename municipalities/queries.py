"""Reads about staff that span models."""

from django.db.models import Prefetch, Q, QuerySet

from municipalities import rules
from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember, StaffRole


def roles_managed_by(staff: StaffMember) -> QuerySet[StaffRole]:
    """Roles, past and to come, in the places whose staff this person manages."""
    roles = StaffRole.objects.select_related("municipality", "facility__municipality", "operator")
    roles = roles.order_by("valid_from", "pk")
    if rules.manages_territory(staff):
        return roles
    mine = staff.current_roles()
    return roles.filter(
        Q(municipality__in=mine.municipalities_with(Role.MUNICIPALITY_MANAGER))
        | Q(operator__in=mine.operators_with(Role.OPERATOR_MANAGER))
        | Q(facility__in=Facility.objects.manageable_by(staff))
    )


def members_managed_by(staff: StaffMember) -> QuerySet[StaffMember]:
    """People with a role in a place this person manages; the territory's manager also meets those without any.

    Each comes with `managed_roles`, the roles this person may see.
    """
    roles = roles_managed_by(staff)
    members = StaffMember.objects.order_by("name", "pk").prefetch_related(
        Prefetch("roles", queryset=roles, to_attr="managed_roles")
    )
    if rules.manages_territory(staff):
        return members
    return members.filter(pk__in=roles.order_by().values("staff"), is_superuser=False)


def is_wholly_managed_by(member: StaffMember, staff: StaffMember) -> bool:
    """Whether every role of this member lies in places that `staff` manages: then the account is theirs to keep."""
    if rules.manages_territory(staff):
        return staff.is_superuser or not member.is_superuser
    held = StaffRole.objects.filter(staff=member).count()
    managed = roles_managed_by(staff).filter(staff=member)
    return not member.is_superuser and held == len(managed) and all(rules.may_end(staff, role) for role in managed)


def town_of(staff: StaffMember) -> Municipality | None:
    """The municipality this person answers for: the first of them in the order of addresses, if any."""
    found = Municipality.objects.defer("logo").filter(pk__in=rules.towns_answered_for(staff))
    return found.order_by("slug").first()
