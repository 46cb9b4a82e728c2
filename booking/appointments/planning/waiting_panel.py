"""How many people wait for an earlier time, for those who decide on opening hours. Never who."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.appointments.models import WaitingListEntry
from municipalities.models import StaffMember


def home_panel(request: HttpRequest, staff: StaffMember) -> str:
    counts = WaitingListEntry.objects.all().counted_for(staff)
    return render_to_string("planning/_waiting.html", {"counts": counts}, request) if counts else ""
