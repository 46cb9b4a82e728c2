"""When people are reminded of their appointment."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.appointments.planning.forms.reminders import ReminderForm
from booking.appointments.planning.reminders import policies_of, remove_reminders, save_reminders
from booking.appointments.planning.wording import say_reminders
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from notifications.models import ReminderPolicy


@staff_page
def reminders(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.sets_rules(staff):
        raise Http404
    mine = {row.pk for row in policies_of(staff)}
    general = ReminderPolicy.objects.filter(facility__isnull=True)
    rows = sorted(
        (general | ReminderPolicy.objects.filter(pk__in=mine)).select_related("facility"),
        key=lambda row: row.facility.slug if row.facility else "",
    )
    context = {
        "heading": _("Rappels"),
        "policies": [(row, say_reminders(row), row.pk in mine) for row in rows],
        "new": "counter:new_reminders",
        "edit": "counter:edit_reminders",
        "remove": "counter:drop_reminders",
    }
    return render_staff(request, staff, "planning/reminders.html", context)


@staff_page
@one_press
def new_reminders(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.sets_rules(staff):
        raise Http404
    return _form(request, staff, ReminderPolicy())


@staff_page
def edit_reminders(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _form(request, staff, get_object_or_404(policies_of(staff), pk=pk))


def _form(request: HttpRequest, staff: StaffMember, row: ReminderPolicy) -> HttpResponse:
    is_new = row.pk is None
    form = ReminderForm(posted(request), instance=row, by=staff)
    if request.method == "POST" and form.is_valid():
        try:
            number = save_reminders(policy=form.instance, by=staff)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _told(number))
            return redirect("counter:reminders")
    context = {"form": form, "policy": None if is_new else row}
    return render_staff(request, staff, "planning/reminder_form.html", context)


@staff_page
@require_POST
def drop_reminders(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = get_object_or_404(policies_of(staff), pk=pk)
    try:
        number = remove_reminders(policy=row, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _told(number))
    return redirect("counter:reminders")


def _told(number: int) -> str:
    said = ngettext(
        "C’est enregistré : %(number)s rappel en attente suit la nouvelle règle.",
        "C’est enregistré : %(number)s rappels en attente suivent la nouvelle règle.",
        number,
    )
    return said % {"number": number}
