"""Staff page of an opening: who waits, how fast they come in, and the draw counted again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.activities.models import Basket, Opening, Ticket, Window
from booking.activities.opening.admission import look
from booking.activities.opening.draw import verify
from municipalities.access import render_staff, staff_page
from municipalities.models import StaffMember


@staff_page
@require_safe
def opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Numbers and never a name: who waits for what is nobody's business."""
    found = get_object_or_404(Opening.objects.visible_to(staff).select_related("season__operator", "moved_to"), pk=pk)
    if found.opens_at <= timezone.now():
        look(pk)
        found.refresh_from_db()
    windows = Window.objects.filter(activity__season=found.season_id, opens_at=found.opens_at)
    tickets = Ticket.objects.filter(opening=found)
    waiting = tickets.count() if found.drawn_at is None else tickets.filter(rank__gt=found.admitted).count()
    at_the_counter = Basket.objects.filter(
        opened_by__isnull=False, opened_at__gte=found.opens_at, enrolments__group__activity__season=found.season_id
    )
    context = {
        "opening": found,
        "windows": windows.select_related("activity").order_by("activity__code", "audience"),
        "tickets": tickets.count(),
        "waiting": waiting,
        "let_in": tickets.count() - waiting,
        "at_the_counter": at_the_counter.distinct().count(),
        "verdict": verify(found) if found.drawn_at else None,
    }
    return render_staff(request, staff, "opening/opening.html", context)
