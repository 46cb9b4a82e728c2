"""Private links, and the households that sign in: who belongs to them, what was seen of them, who is signed in."""

from booking.residents.models.households import Guardian, Household, HouseholdQuerySet, Member, Membership
from booking.residents.models.links import AccessLink
from booking.residents.models.papers import HealthAttestation, SeenPaper
from booking.residents.models.sessions import HouseholdSession, SignInCode

__all__ = [
    "AccessLink",
    "Guardian",
    "HealthAttestation",
    "Household",
    "HouseholdQuerySet",
    "HouseholdSession",
    "Member",
    "Membership",
    "SeenPaper",
    "SignInCode",
]
