"""Who we are and who may do what. Knows nothing of bookings."""

from municipalities.models.audit import AuditEntry, ReadTrace, Verb, Why
from municipalities.models.drafts import MunicipalityDraft
from municipalities.models.places import (
    HEX_COLOUR,
    INSEE_CODE,
    MANAGERS,
    Closure,
    Facility,
    FacilityQuerySet,
    Municipality,
    MunicipalityQuerySet,
    Operator,
    OperatorQuerySet,
)
from municipalities.models.presses import IdempotencyKey
from municipalities.models.staff import (
    CurrentRoles,
    Place,
    StaffManager,
    StaffMember,
    StaffRole,
    StaffRoleQuerySet,
)

__all__ = [
    "HEX_COLOUR",
    "INSEE_CODE",
    "MANAGERS",
    "AuditEntry",
    "Closure",
    "CurrentRoles",
    "Facility",
    "FacilityQuerySet",
    "IdempotencyKey",
    "Municipality",
    "MunicipalityDraft",
    "MunicipalityQuerySet",
    "Operator",
    "OperatorQuerySet",
    "Place",
    "ReadTrace",
    "StaffManager",
    "StaffMember",
    "StaffRole",
    "StaffRoleQuerySet",
    "Verb",
    "Why",
]
