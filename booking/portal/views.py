"""The portal's own pages, and the front page of every municipality."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from booking.activities.seasons.offered import door
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import AppointmentType
from booking.appointments.search.answers import Slot
from booking.appointments.search.availability import first_slot, first_slots
from booking.appointments.search.choices import is_for_residents_alone, offered_types
from booking.nurseries.supply import published
from booking.portal.legal import legal
from booking.portal.map import town_map
from booking.portal.structured import offices_of
from booking.portal.towns import list_towns, matches, town_url
from municipalities import services
from municipalities.directory import members
from municipalities.middleware import current_municipality
from municipalities.models import Municipality
from municipalities.query_names import Param
from municipalities.visible import visible


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    municipality = current_municipality(request)
    if municipality:
        return _front_page(request, municipality)
    first, firsts = _first_slots()
    towns = list_towns(firsts)
    return render(
        request,
        "portal/home.html",
        {
            "asked": "",
            "first": first,
            "pools": door(timezone.now()),
            "nurseries": published.door(),
            "map": town_map(towns),
            "free_towns": sorted((town for town in towns if town.first), key=lambda town: (town.first, town.url)),
        },
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
            "pools": door(timezone.now()),
            "nurseries": published.door(),
            "offices": offices_of(municipality, facilities, f"{settings.PUBLIC_URL}/communes/{municipality.slug}/"),
        },
    )


def _usual_type() -> AppointmentType | None:
    """The first type offered to everybody, the one most people come for."""
    return next((kind for kind in offered_types() if not is_for_residents_alone(kind)), None)


def _first_slot(viewer: Viewer, facilities: tuple[int, ...] | None = None) -> Slot | None:
    """The soonest appointment of one person."""
    kind = _usual_type()
    return first_slot(kind, viewer=viewer, facilities=facilities) if kind else None


def _first_slots() -> tuple[Slot | None, Mapping[int, Slot]]:
    """The soonest of all and that of each place."""
    kind = _usual_type()
    return first_slots(kind) if kind else (None, {})


@require_safe
def municipalities(request: HttpRequest) -> HttpResponse:
    asked = visible(request.GET.get(Param.TYPED, "")).strip()[:80]
    towns = list_towns(_first_slots()[1])
    found = [town for town in towns if matches(town.municipality, asked)]
    return render(
        request,
        "portal/municipalities.html",
        {
            "asked": asked,
            "found": found,
            "map": town_map(towns),
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
    return render(request, "portal/accessibility.html", {**_answering(request), "address": settings.PUBLIC_URL})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", {**_answering(request), "kept": services.kept()})


@require_safe
def legal_notice(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/legal_notice.html", _answering(request))


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/site_map.html", {"towns": list_towns()})


def _answering(request: HttpRequest) -> dict[str, object]:
    """Who answers for this page."""
    found = legal()
    return {"legal": found, "body": found.body_of(current_municipality(request))}


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/help.html")
