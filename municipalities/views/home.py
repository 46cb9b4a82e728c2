from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities import senders, services
from municipalities.access import render_staff, staff_page
from municipalities.models import Facility, Municipality, MunicipalityDraft, StaffMember

#: With more places than this the list is folded: what is going on today comes first.
MANY_PLACES = 6


@staff_page
def home(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What waits for this person today, then what they may do where."""
    editable = set(Municipality.objects.editable_by(staff).values_list("pk", flat=True))
    manageable = set(Facility.objects.manageable_by(staff).values_list("pk", flat=True))
    facilities = Facility.objects.visible_to(staff).select_related("municipality")
    places = [
        (place, place.pk in manageable, services.facility_links(place, staff, place.pk in manageable))
        for place in facilities.order_by("municipality__slug", "slug")
    ]
    context = {
        "roles": list(staff.roles.select_related("municipality", "facility", "operator").order_by("valid_from")),
        "current": {role.pk for role in staff.current_roles()},
        "today": timezone.localdate(),
        "municipalities": list(Municipality.objects.filter(pk__in=editable).defer("logo")),
        "facilities": places,
        "is_folded": len(places) > MANY_PLACES,
        "panels": services.panels_of(request, staff),
        "tasks": services.tasks_of(staff),
    }
    return render_staff(request, staff, "staff/home.html", context)


def tasks_of(staff: StaffMember) -> list[services.Task]:
    """Pages of municipalities that somebody began to change and nobody published, and addresses that are refused."""
    drafts = MunicipalityDraft.objects.filter(municipality__in=Municipality.objects.editable_by(staff))
    return [
        *senders.tasks_of(staff),
        *(
            services.Task(
                _("%(name)s : un brouillon de la page attend d’être publié") % {"name": draft.municipality.name},
                reverse("staff:municipality", args=[draft.municipality_id]),
            )
            for draft in drafts.select_related("municipality").defer("logo", "municipality__logo", "values")
        ),
    ]
