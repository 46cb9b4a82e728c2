"""Who we are and who may do what. Knows nothing of bookings."""

from municipalities.models.drafts import MunicipalityDraft
from municipalities.models.places import (
    HEX_COLOUR,
    INSEE_CODE,
    Closure,
    Facility,
    FacilityQuerySet,
    Municipality,
    MunicipalityQuerySet,
    Operator,
)
from municipalities.models.staff import (
    CurrentRoles,
    StaffManager,
    StaffMember,
    StaffRole,
    StaffRoleQuerySet,
)
from municipalities.models.trace import Change, ReadTrace, Verb, Why

__all__ = [
    "HEX_COLOUR",
    "INSEE_CODE",
    "Change",
    "Closure",
    "CurrentRoles",
    "Facility",
    "FacilityQuerySet",
    "Municipality",
    "MunicipalityDraft",
    "MunicipalityQuerySet",
    "Operator",
    "ReadTrace",
    "StaffManager",
    "StaffMember",
    "StaffRole",
    "StaffRoleQuerySet",
    "Verb",
    "Why",
]
