"""The page that copies a season: what it would make is shown before anything is made."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from booking.activities.models import Season
from booking.activities.seasons import copying
from booking.activities.seasons.forms import CopySeasonForm
from booking.activities.water.school_holidays import beyond
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param

#: Collisions are shown up to this number.
SHOWN = 60
YEAR = timedelta(weeks=52)


@staff_page
@one_press
def copy_season(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    season = get_object_or_404(Season.objects.visible_to(staff).select_related("operator"), pk=pk)
    new = Season(operator=season.operator, has_invented_data=season.has_invented_data)
    at_first = {
        "first_day": season.first_day + YEAR,
        "last_day": season.last_day + YEAR,
        "sessions_tried": season.sessions_tried,
    }
    form = CopySeasonForm(posted(request), instance=new, initial=at_first)
    found: copying.Preview | None = None
    if request.method == "POST" and form.is_valid():
        if Param.COPY in request.POST:
            said = _("La saison est copiée. Le public ne la voit pas encore.")
            if saved(request, form, lambda: copying.copy_season(season=season, new=new, by=staff), said):
                return redirect("seasons:season", new.pk)
        found = copying.preview(season=season, new=new)
    collisions = [one for findings in (found.findings if found else []) for one in findings.collisions]
    crowded = [one for findings in (found.findings if found else []) for one in findings.crowded]
    context = {
        "form": form,
        "season": season,
        "found": found,
        "lost": len(found.lost) if found else 0,
        "groups": len(found.copies) if found else 0,
        "collisions": collisions[:SHOWN],
        "crowded": crowded[:SHOWN],
        "beyond": beyond(new.last_day) if found else "",
    }
    return render_staff(request, staff, "seasons/copy.html", context)
