"""Who we are and who may do what. Knows nothing of bookings."""

from municipalities.models.audit import AuditEntry, ReadTrace, Verb, Why
from municipalities.models.drafts import MunicipalityDraft
from municipalities.models.places import (
    HEX_COLOUR,
    INSEE_CODE,
    MANAGERS,
    OFFER_PLANNERS,
    WATER_PLANNERS,
    WATER_SEERS,
    Closure,
    Facility,
    FacilityQuerySet,
    Municipality,
    MunicipalityQuerySet,
    Operator,
    OperatorQuerySet,
)
from municipalities.models.presses import IdempotencyKey
from municipalities.models.senders import RefusedSender
from municipalities.models.staff import (
    COUNTER_ROLES,
    OPERATOR_ROLES,
    CurrentRoles,
    Place,
    StaffManager,
    StaffMember,
    StaffRole,
    StaffRoleQuerySet,
)

__all__ = [
    "COUNTER_ROLES",
    "HEX_COLOUR",
    "INSEE_CODE",
    "MANAGERS",
    "OFFER_PLANNERS",
    "OPERATOR_ROLES",
    "WATER_PLANNERS",
    "WATER_SEERS",
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
    "RefusedSender",
    "StaffManager",
    "StaffMember",
    "StaffRole",
    "StaffRoleQuerySet",
    "Verb",
    "Why",
]
