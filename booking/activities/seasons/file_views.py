"""A season's groups as a file: taken away, and brought back with what it would do shown first."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.utils.translation import ngettext

from booking.activities.models import Season
from booking.activities.seasons import importing
from booking.activities.seasons.forms import GroupsFileForm
from booking.activities.seasons.group_columns import COLUMNS, NEEDED
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.lists import file_of
from municipalities.models import StaffMember
from municipalities.query_names import Param

#: Problems are shown up to this number; their number is told.
SHOWN = 200


def _season(staff: StaffMember, pk: int) -> Season:
    return get_object_or_404(Season.objects.visible_to(staff).select_related("operator"), pk=pk)


@staff_page
def export_groups(_request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    season = _season(staff, pk)
    return file_of(importing.export_groups(season), f"groupes-{slugify(str(season)) or season.pk}")


@staff_page
@one_press
def import_groups(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The file is judged as a whole; the text that was judged travels with the button that loads it."""
    season = _season(staff, pk)
    form = GroupsFileForm(request.POST or None, request.FILES or None)
    found: importing.Import | None = None
    refusal = ""
    if request.method == "POST" and form.is_valid():
        content = form.content()
        try:
            if Param.IMPORT in request.POST:
                found = importing.load(season=season, content=content, by=staff)
                if found.is_possible:
                    messages.success(request, _said(len(found.changes)))
                    return redirect("seasons:season", pk)
            else:
                found = importing.judge(season=season, content=content, by=staff)
        except Refusal as told:
            refusal = str(told)
    context = {
        "season": season,
        "form": form,
        "found": found,
        "refusal": refusal,
        "text": found.text if found else "",
        "problems": found.problems[:SHOWN] if found else [],
        "more": max(0, len(found.problems) - SHOWN) if found else 0,
        "columns": [(name, name in NEEDED) for name in COLUMNS],
    }
    return render_staff(request, staff, "seasons/import.html", context)


def _said(number: int) -> str:
    return ngettext(
        "%(n)d groupe est enregistré, ses séances ont leurs lignes.",
        "%(n)d groupes sont enregistrés, leurs séances ont leurs lignes.",
        number,
    ) % {"n": number}
