from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from municipalities import rules
from municipalities.models import StaffMember
from municipalities.services import PlaceLink


def of_household(household: UUID, staff: StaffMember) -> list[PlaceLink]:
    """From a family's page to what it may buy."""
    if not rules.serves_families(staff):
        return []
    return [
        PlaceLink(_("Inscrire et encaisser"), reverse("desk:sale", args=[household]), daily=True),
        PlaceLink(_("Niveaux et sécurité"), reverse("desk:levels", args=[household])),
    ]
