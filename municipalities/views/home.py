from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities import panels
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
    pieces = [panel(request, staff) for panel in panels.home_panels]
    places = [(place, place.pk in manageable) for place in facilities.order_by("municipality__slug", "slug")]
    context = {
        "roles": list(staff.roles.select_related("municipality", "facility", "operator").order_by("valid_from")),
        "current": {role.pk for role in staff.current_roles()},
        "today": timezone.localdate(),
        "municipalities": list(Municipality.objects.filter(pk__in=editable).defer("logo")),
        "facilities": places,
        "is_folded": len(places) > MANY_PLACES,
        "panels": [piece for piece in pieces if piece],
        "tasks": [task for source in panels.task_sources for task in source(staff)],
    }
    return render_staff(request, staff, "staff/home.html", context)


def tasks_of(staff: StaffMember) -> list[panels.Task]:
    """Pages of municipalities that somebody began to change and nobody published."""
    drafts = MunicipalityDraft.objects.filter(municipality__in=Municipality.objects.editable_by(staff))
    return [
        panels.Task(
            _("%(name)s : un brouillon de la page attend d’être publié") % {"name": draft.municipality.name},
            reverse("staff:municipality", args=[draft.municipality_id]),
        )
        for draft in drafts.select_related("municipality").defer("logo", "municipality__logo", "values")
    ]
