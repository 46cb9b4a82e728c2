"""The portal's own pages, and the front page of every municipality."""

import unicodedata
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from booking.appointments.free_time.visibility import Viewer
from booking.appointments.search.answers import Slot
from booking.appointments.search.availability import first_slot
from booking.appointments.search.choices import offered_types
from municipalities.context import language_prefix
from municipalities.directory import members
from municipalities.enums import FacilityKind
from municipalities.exceptions import Refusal
from municipalities.middleware import current_municipality
from municipalities.models import Facility, Municipality

MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 640, 560, 44
#: How wide a letter of a name is on the map, on average; a little too much rather than too little.
LETTER = 8.2
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Town:
    """One line of the directory and one dot of the map. `url` is the front page of the municipality."""

    municipality: Municipality
    url: str
    has_counter: bool


@dataclass(frozen=True)
class Dot:
    """A place on the map, in units of its viewBox. `name_at`: x, y, anchor of its name, where there is room."""

    town: Town
    x: float
    y: float
    radius: float
    name_at: tuple[float, float, str] | None = None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    municipality = current_municipality(request)
    if municipality:
        return _front_page(request, municipality)
    return render(
        request,
        "portal/home.html",
        {"asked": "", "first": _first_slot(Viewer.resident(None)), "dots": place_dots(list_towns())},
    )


def _front_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    facilities = list(municipality.facilities.filter(is_active=True).order_by("kind", "name"))
    halls = tuple(facility.pk for facility in facilities if facility.counters.filter(is_active=True).exists())
    viewer = Viewer.resident(municipality)
    return render(
        request,
        "portal/municipality.html",
        {
            "facilities": facilities,
            "has_counter": bool(halls),
            "own_first": _first_slot(viewer, halls) if halls else None,
            "first": _first_slot(viewer),
        },
    )


def _first_slot(viewer: Viewer, facilities: tuple[int, ...] | None = None) -> Slot | None:
    """The soonest appointment of one person for the first type offered, the one most people come for."""
    kinds = offered_types()
    return first_slot(kinds[0], viewer=viewer, facilities=facilities) if kinds else None


@require_safe
def municipalities(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:80]
    towns = list_towns()
    found = [town for town in towns if matches(town.municipality, asked)]
    return render(
        request,
        "portal/municipalities.html",
        {
            "asked": asked,
            "found": found,
            "dots": place_dots(towns),
            "count": ngettext("%(count)s commune", "%(count)s communes", len(found)) % {"count": len(found)},
        },
    )


@require_safe
def other_municipality(request: HttpRequest, slug: str, rest: str = "") -> HttpResponse:
    """`/de/communes/rixheim/…`, `/communes/Rixheim/`, or a name nobody has."""
    municipality = members().get(slug.lower())
    if municipality:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{town_url(municipality)}{rest}{'?' if query else ''}{query}")
    return render(
        request, "portal/unknown_municipality.html", {"asked": "", "slug": slug, "towns": list_towns()}, status=404
    )


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", {"retention_months": settings.RETENTION_MONTHS})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/help.html")


def list_towns() -> list[Town]:
    """The members of the territory by name, one query for them and one for the equipped ones."""
    equipped = set(
        Facility.objects.filter(is_active=True, kind=FacilityKind.TOWN_HALL, counters__is_active=True).values_list(
            "municipality_id", flat=True
        )
    )
    towns = [Town(member, town_url(member), member.pk in equipped) for member in members().values()]
    return sorted(towns, key=lambda town: plain(town.municipality.name))


def town_url(municipality: Municipality) -> str:
    """Front page of a municipality in the active language, wherever the link stands."""
    root = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return f"{root}/communes/{municipality.slug}/{language_prefix(get_language())}"


def plain(text: str) -> str:
    """Lower case, without accents; hyphens and apostrophes as spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(letters.replace("-", " ").replace("’", " ").replace("'", " ").split())


def matches(municipality: Municipality, asked: str) -> bool:
    """Every word asked for begins a word of the name, or a postal code begins with it."""
    name = plain(municipality.name).split()
    return all(
        any(part.startswith(word) for part in (*name, *municipality.postal_codes)) for word in plain(asked).split()
    )


def place_dots(towns: list[Town]) -> list[Dot]:
    """The territory as dots, the larger the more people. Longitudes are shortened as at this latitude."""
    if not towns:
        return []
    places = [(town, town.municipality.longitude * 0.672, town.municipality.latitude) for town in towns]
    west, east = min(x for _t, x, _y in places), max(x for _t, x, _y in places)
    south, north = min(y for _t, _x, y in places), max(y for _t, _x, y in places)
    scale = min(
        (MAP_WIDTH - 2 * MAP_MARGIN) / ((east - west) or 1), (MAP_HEIGHT - 2 * MAP_MARGIN) / ((north - south) or 1)
    )
    dots = [
        Dot(
            town,
            x=round(MAP_WIDTH / 2 + (x - (west + east) / 2) * scale, 1),
            y=round(MAP_HEIGHT / 2 - (y - (south + north) / 2) * scale, 1),
            radius=round(min(22.0, 5 + town.municipality.population**0.5 / 18), 1),
        )
        for town, x, y in places
    ]
    # Small dots last, so that a large neighbour never covers them.
    return write_names(sorted(dots, key=lambda dot: -dot.radius))


def write_names(dots: list[Dot]) -> list[Dot]:
    """Names beside the dots, the largest first, each where it covers neither a dot nor another name, or nowhere."""
    taken = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    written = []
    for dot in dots:
        width, gap = len(dot.town.municipality.name) * LETTER, dot.radius + 5
        places = (
            (dot.x + gap, dot.y + 5, "start", dot.x + gap),
            (dot.x - gap, dot.y + 5, "end", dot.x - gap - width),
            (dot.x, dot.y - gap, "middle", dot.x - width / 2),
            (dot.x, dot.y + gap + 11, "middle", dot.x - width / 2),
        )
        for x, y, anchor, left in places:
            box = (left, y - 13, left + width, y + 4)
            is_inside = box[0] > 2 and box[2] < MAP_WIDTH - 2 and box[1] > 2 and box[3] < MAP_HEIGHT - 2
            if is_inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                dot = replace(dot, name_at=(round(x, 1), round(y, 1), anchor))
                break
        written.append(dot)
    return written


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) if isinstance(exception, Refusal) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours has failed: the page asks nothing of the database, the session or the middlewares."""
    return HttpResponse(render_to_string("500.html"), status=500)
