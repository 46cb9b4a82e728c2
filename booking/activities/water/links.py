"""The pages of the water that those of a facility lead to."""

from django.urls import reverse
from django.utils.translation import gettext as _

from booking.activities.models import Pool
from municipalities.enums import FacilityKind
from municipalities.models import Facility, StaffMember
from municipalities.services import PlaceLink


def of_facility(facility: Facility, staff: StaffMember, manages: bool) -> list[PlaceLink]:
    if facility.kind != FacilityKind.POOL:
        return []
    pk = Pool.objects.visible_to(staff).filter(facility=facility).values_list("pk", flat=True).first()
    if pk is not None:
        return [PlaceLink(_("Voir qui nage où et quand"), reverse("pools:week", args=[pk]), daily=True)]
    return [PlaceLink(_("Régler les bassins"), reverse("pools:new_pool", args=[facility.pk]))] if manages else []
