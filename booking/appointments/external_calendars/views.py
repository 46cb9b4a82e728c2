"""Calendars kept elsewhere that block a counter: added and removed by its managers, their health for all who see it."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.appointments.external_calendars import actions
from booking.appointments.external_calendars.exceptions import BadAddress, say_error
from booking.appointments.external_calendars.forms import BusyCalendarForm
from booking.appointments.models import BusyCalendar, Counter
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember

#: Blocks shown on the page; the health says how many there are in all.
SHOWN = 20


@staff_page
@one_press
def counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The health of a counter's foreign calendars; POST adds one."""
    place = get_object_or_404(Counter.objects.visible_to(staff).select_related("facility"), pk=pk)
    may_manage = Counter.objects.manageable_by(staff).filter(pk=pk).exists()
    form = BusyCalendarForm(request.POST if may_manage and request.method == "POST" else None)
    if request.method == "POST":
        get_object_or_404(Counter.objects.manageable_by(staff), pk=pk)
        if form.is_valid():
            try:
                actions.add_busy_calendar(counter=place, by=staff, **form.cleaned_data)
            except BadAddress as refusal:
                form.add_error("address", str(refusal))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("L’agenda est ajouté : il est relevé dans la minute."))
                return redirect("external_calendars:busy", pk)
    calendars = list(BusyCalendar.objects.visible_to(staff).filter(counter=place).order_by("name", "pk"))
    context = {
        "counter": place,
        "form": form,
        "may_manage": may_manage,
        # The address is its owner's secret: the host is enough to know which calendar it is.
        "lines": [
            (row, urlsplit(row.address).hostname, say_error(row.last_error), _say_lines(row)) for row in calendars
        ],
        "blocks": place.closures.filter(busy_calendar__isnull=False, period__endswith__gt=timezone.now()).order_by(
            "period"
        )[:SHOWN],
    }
    return render_staff(request, staff, "external_calendars/busy.html", context)


@staff_page
@require_POST
def refresh(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    calendar = _managed(staff, pk)
    actions.read_again_soon(calendar=calendar, by=staff)
    messages.success(request, _("L’agenda est relevé dans la minute."))
    return redirect("external_calendars:busy", calendar.counter_id)


@staff_page
@require_POST
def remove(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    calendar = _managed(staff, pk)
    try:
        actions.remove_busy_calendar(calendar=calendar, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("L’agenda est retiré, le temps qu’il bloquait est de nouveau proposé."))
    return redirect("external_calendars:busy", calendar.counter_id)


def _say_lines(calendar: BusyCalendar) -> str:
    """Where to look in the file: « lignes 12, 40 »."""
    numbers = ", ".join(str(number) for number in calendar.unread_lines)
    more = " …" if len(calendar.unread_lines) < calendar.unread_count else ""
    return ngettext("ligne %(numbers)s", "lignes %(numbers)s", len(calendar.unread_lines)) % {"numbers": numbers + more}


def _managed(staff: StaffMember, pk: int) -> BusyCalendar:
    return get_object_or_404(BusyCalendar.objects.manageable_by(staff), pk=pk)
