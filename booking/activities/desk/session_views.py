"""One session that families may have bought: moved, called off with what follows, or taking place after all."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.activities.changes import calling_off
from booking.activities.models import Session
from booking.activities.seasons.forms import CallOffForm, SessionForm
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.query_names import Param

_WHOLE = (
    "group__activity__season__operator",
    "group__basin__pool__facility__municipality",
    "group__basin__pool__facility__operator",
)


@staff_page
def session(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """Each by its own button; one that people are enrolled in says first what its calling off means."""
    mine = Session.objects.visible_to(staff).select_related(*_WHOLE)
    found = get_object_or_404(mine, pk=pk)
    local_start, local_end = timezone.localtime(found.starts_at), timezone.localtime(found.ends_at)
    at_first = {"day": local_start.date(), "starts": local_start.time(), "ends": local_end.time()}
    verb = request.POST.get(Param.ACT, "") if request.method == "POST" else ""
    move = SessionForm(request.POST if verb == "deplacer" else None, initial=at_first)
    off = CallOffForm(request.POST if verb == "annuler" else None)
    means = None if found.is_called_off else calling_off.consequences_of(found)
    refusal, letters, shown = "", None, False
    try:
        if verb == "deplacer" and move.is_valid():
            start, end = move.period()
            letters = calling_off.move(session=found, start=start, end=end, by=staff)
        elif verb == "annuler" and off.is_valid():
            seen = number_in(request.POST.get(Param.SHOWN, ""))
            shown = bool(means and means.people) and seen is None
            if not shown:
                reason = off.cleaned_data["reason"]
                letters = calling_off.call_off(session=found, reason=reason, by=staff, seen=seen or 0)
        elif verb == "retablir":
            calling_off.reinstate(session=found, by=staff)
            letters = 0
    except Refusal as told:
        refusal = str(told)
    if letters is not None:
        messages.success(request, _("La séance est enregistrée, ses lignes aussi.") + _told(letters))
        return redirect("seasons:group", found.group_id)
    now = get_object_or_404(mine, pk=pk)
    context = {
        "session": now,
        "group": now.group,
        "move": move,
        "off": off,
        "refusal": refusal,
        "means": None if now.is_called_off else calling_off.consequences_of(now),
        "shown": shown,
    }
    return render_staff(request, staff, "desk/session.html", context)


def _told(letters: int) -> str:
    if not letters:
        return ""
    said = ngettext("%(n)d message part aux familles.", "%(n)d messages partent aux familles.", letters)
    return " " + said % {"n": letters}
