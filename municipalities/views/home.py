from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe

from municipalities import panels
from municipalities.access import render_staff, staff_page
from municipalities.models import Facility, Municipality, StaffMember


@staff_page
def home(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What this person may do where, and what each service has to say about today."""
    editable = set(Municipality.objects.editable_by(staff).values_list("pk", flat=True))
    manageable = set(Facility.objects.manageable_by(staff).values_list("pk", flat=True))
    facilities = Facility.objects.visible_to(staff).select_related("municipality")
    pieces = [panel(request, staff) for panel in panels.home_panels]
    context = {
        "roles": list(staff.roles.select_related("municipality", "facility").order_by("valid_from")),
        "current": {role.pk for role in staff.current_roles()},
        "municipalities": [(place, place.pk in editable) for place in Municipality.objects.visible_to(staff)],
        "facilities": [(place, place.pk in manageable) for place in facilities.order_by("municipality__slug", "slug")],
        "panels": [mark_safe(piece) for piece in pieces if piece],  # rendered templates
    }
    return render_staff(request, staff, "staff/home.html", context)
