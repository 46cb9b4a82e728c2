"""The timetable of a pool: lane by lane for whom, this week and the next ones, and what is for the public now."""

from datetime import date, timedelta

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from booking.activities.enums import UseKind
from booking.activities.models import LaneUse
from booking.activities.timetable.calendar import public_calendar, version_of
from booking.activities.water.days import closures_of, why_closed
from booking.activities.water.queries import happening_now, next_public, pools_with_place, week_of
from municipalities.forms.fields import DayField
from municipalities.query_names import Param
from municipalities.spans import monday_of

WEEK = timedelta(days=7)
#: Weeks ahead that are shown: what is planned further on may well change.
AHEAD = 26
#: Seconds a calendar's client may keep it without asking again, and a rendered calendar is kept for others.
MAX_AGE = 15 * 60
KEPT_RENDERED = 24 * 3600


@require_GET
def timetable(request: HttpRequest, slug: str) -> HttpResponse:
    pools = pools_with_place().filter(facility__is_active=True)
    pool = get_object_or_404(pools, facility__slug=slug)
    now = timezone.now()
    this_week = monday_of(timezone.localdate())
    monday = _asked_week(request, this_week)
    closed = why_closed(pool, closures_of(pool, now, now + timedelta(minutes=1)), now, now + timedelta(minutes=1))
    context = {
        "pool": pool,
        "facility": pool.facility,
        "days": week_of(pool, monday),
        "closed": closed,
        "now": [] if closed else _by_basin(happening_now(pool, now)),
        "next_public": None if pool.closed_since else next_public(pool, now),
        "today": timezone.localdate(),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous_week": monday - WEEK if monday > this_week else None,
        "next_week": monday + WEEK if monday < this_week + AHEAD * WEEK else None,
        "this_week": this_week,
        "others": [other for other in pools if other.pk != pool.pk],
    }
    return render(request, "timetable/week.html", context)


@require_GET
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for calendars, eight weeks of it: rendered once, and not sent again while nothing changes."""
    pool = get_object_or_404(pools_with_place().filter(facility__is_active=True), facility__slug=slug)
    now, language = timezone.now(), (get_language() or "fr")[:2]
    version = version_of(pool, now, language)
    answer = get_conditional_response(request, etag=f'"{version}"')
    if answer is None:
        text = cache.get_or_set(
            f"water-{pool.pk}-{version}", lambda: public_calendar(pool, now, language).decode(), KEPT_RENDERED
        )
        answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        answer["ETag"] = f'"{version}"'
    answer["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return answer


def _asked_week(request: HttpRequest, this_week: date) -> date:
    """The Monday asked for, from this week on; this week where nothing readable is asked."""
    try:
        asked = DayField(required=False).clean(request.GET.get(Param.WEEK, ""))
    except ValidationError:
        asked = None
    return min(max(monday_of(asked or this_week), this_week), this_week + AHEAD * WEEK)


def _by_basin(uses: list[LaneUse]) -> list[tuple[str, int, int]]:
    """Each basin with how many of its lanes in use are for the public, and how many there are."""
    found: dict[str, list[LaneUse]] = {}
    for use in uses:
        found.setdefault(str(use.lane.basin), []).append(use)
    return [(name, sum(use.kind == UseKind.PUBLIC for use in rows), len(rows)) for name, rows in found.items()]
