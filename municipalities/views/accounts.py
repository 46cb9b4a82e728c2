"""What stands between the sign-in and the pages: a second factor to set up, and work to take up again."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from municipalities import access
from municipalities.access import among_staff_pages, render_staff, staff_page
from municipalities.models import StaffMember


@among_staff_pages
def second_factor(request: HttpRequest) -> HttpResponse:
    """Leads to the setting up of a passkey or a code. The one staff page that opens without either."""
    staff = request.user
    if not isinstance(staff, StaffMember) or not staff.is_active:
        return redirect_to_login(reverse("staff:home"))
    if not access.lacks_second_factor(staff):
        return redirect("staff:home")
    return render(request, "staff/second_factor.html", {"staff": staff})


@staff_page
@require_safe
def resume(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What was being sent when the session had ended, to be sent again; the address decides as it always does."""
    kept = access.kept_form(request, staff)
    if kept is None:
        messages.warning(
            request,
            _("Votre session s’était arrêtée et ce que vous envoyiez n’a pas pu être gardé : rien n’est enregistré."),
        )
        return redirect("staff:home")
    data = [(name, text) for name, text in kept["data"]]
    shown = [text for _name, text in data if text and len(str(text)) > 1]
    return render_staff(request, staff, "staff/resume.html", {"path": kept["path"], "data": data, "shown": shown})
