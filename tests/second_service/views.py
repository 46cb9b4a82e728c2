from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from booking.residents.browsers import accessible, grant
from booking.residents.views.pages import private, session_ended
from municipalities.access import render_staff, staff_page
from municipalities.models import Facility, StaffMember
from municipalities.readings import note_day, note_opened
from tests.second_service import actions
from tests.second_service.messages import SUBJECT
from tests.second_service.models import Visit


@staff_page
def visits(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.visible_to(staff), pk=pk)
    note_day(staff, facility, timezone.localdate(), "second:visits")
    found = Visit.objects.visible_to(staff).filter(facility=facility)
    return render_staff(request, staff, "second/visits.html", {"facility": facility, "visits": found})


@staff_page
@require_POST
def call_off(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    visit = get_object_or_404(Visit.objects.filter(facility__in=Facility.objects.manageable_by(staff)), pk=pk)
    actions.call_off(visit)
    return redirect("second:visits", visit.facility_id)


@staff_page
@require_GET
def visit_file(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    visit = get_object_or_404(Visit.objects.visible_to(staff).select_related("facility"), pk=pk)
    note_opened(staff, SUBJECT, visit, "second:visit_file")
    return render_staff(request, staff, "second/visits.html", {"facility": visit.facility, "visits": [visit]})


@require_GET
def visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = actions.find(pk) if (SUBJECT, pk) in accessible(request) else None
    if found is None:
        return session_ended(request)
    response = private(HttpResponse(f"Visite de {found.name}"))
    grant(request, response, SUBJECT, found.pk)
    return response
