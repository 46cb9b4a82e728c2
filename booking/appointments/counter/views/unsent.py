from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.counter.unsent import send_unsent, unsent
from booking.appointments.models import Appointment
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.models import StaffMember


@staff_page
def unsent_messages(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """GET lists what did not leave, or perhaps; POST sends all of it again."""
    if not rules.serves_somewhere(staff):
        sentence = _("Votre rôle permet de voir les rendez-vous, pas de renvoyer leurs messages.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    if request.method == "POST":
        number = send_unsent(staff)
        said = ngettext("%(number)s message repart.", "%(number)s messages repartent.", number)
        messages.success(request, said % {"number": number})
        return redirect("counter:unsent")
    found = list(unsent(staff))
    appointments = Appointment.objects.select_related("facility").in_bulk([message.subject_id for message in found])
    rows = [(message, appointments[message.subject_id]) for message in found if message.subject_id]
    rows.sort(key=lambda row: (row[1].starts_at, row[0].pk))
    return render_staff(request, staff, "counter/unsent.html", {"rows": rows})
