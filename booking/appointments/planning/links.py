"""The pages of this service that those of a facility and of a municipality lead to."""

from django.urls import reverse
from django.utils.translation import gettext as _

from municipalities import rules
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.query_names import Param
from municipalities.services import PlaceLink


def of_facility(facility: Facility, staff: StaffMember, manages: bool) -> list[PlaceLink]:
    calendar = _("Paramétrer guichets et plages") if manages else _("Voir guichets et plages")
    links = [
        PlaceLink(_("Voir la journée"), reverse("counter:day", args=[facility.pk]), daily=True),
        PlaceLink(calendar, reverse("counter:counters", args=[facility.pk]), daily=True),
    ]
    if manages:
        closing = f"{reverse('counter:new_closure')}?{Param.PLACE}=etablissement-{facility.pk}"
        links.append(PlaceLink(_("Fermer l’établissement"), closing))
    if rules.manages_territory(staff):
        handing_over = reverse("counter:facility_operator", args=[facility.pk])
        links.append(PlaceLink(_("Confier à un autre gestionnaire"), handing_over))
    return links


def of_municipality(municipality: Municipality) -> list[PlaceLink]:
    return [
        PlaceLink(_("Pièces demandées et consignes, par motif"), reverse("counter:documents", args=[municipality.pk])),
        PlaceLink(_("Quand les créneaux s’ouvrent au public"), reverse("counter:policies")),
        PlaceLink(_("Jours fériés et Vendredi saint"), reverse("counter:holidays", args=[municipality.pk])),
        PlaceLink(
            _("Fermer la commune quelques heures ou jours"),
            f"{reverse('counter:new_closure')}?{Param.PLACE}=commune-{municipality.pk}",
        ),
    ]
