from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from booking.appointments.planning.history import calendar_history
from municipalities.access import render_staff, staff_page
from municipalities.forms.fields import number_in
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param


@staff_page
def history(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Who changed the calendar of a facility, or of one of its counters."""
    facility = get_object_or_404(Facility.objects.manageable_by(staff).select_related("municipality"), pk=pk)
    counters = list(facility.counters.order_by("name"))
    asked = request.GET.get(Param.COUNTER, "")
    chosen = next((counter for counter in counters if str(counter.pk) == asked), None)
    before = number_in(request.GET.get(Param.BEFORE, ""))
    deeds, following = calendar_history(facility, chosen, before=before)
    context = {"facility": facility, "counters": counters, "chosen": chosen, "deeds": deeds, "following": following}
    return render_staff(request, staff, "planning/history.html", context)
