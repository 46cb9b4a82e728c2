"""One page: what is asked above, the answer below. GET only, so that its address can be kept and shared."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.enums import TypeKind
from booking.appointments.resident import rates
from booking.appointments.resident.forms.search import SORTS, WEEKDAYS
from booking.appointments.resident.layout import lay_out
from booking.appointments.resident.search_request import SearchRequest, read
from booking.appointments.search.availability import find
from booking.appointments.search.choices import offering_facilities
from booking.residents import limits
from booking.residents.browsers import browser_of, keep_browser, new_browser
from booking.residents.views.pages import session_ended, too_many
from municipalities.query_names import Param

RESULTS = "resultats"


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    browser = browser_of(request)
    try:
        limits.check(rates.SEARCHES, request, browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    asked = read(request, request.GET)
    if asked.may_not_move:
        return session_ended(request)
    response = _page(request, asked)
    # Given here, not at the hold: a double click on the first hold of all must come from one browser.
    keep_browser(request, response, browser or new_browser())
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    response["Cache-Control"] = "no-cache, private"
    return response


def _whole_page(request: HttpRequest) -> HttpResponse:
    """Tell htmx to load the page itself: headings change, or sentences belong beside fields."""
    response = HttpResponse()
    response["HX-Redirect"] = request.get_full_path()
    return response


def _asks_for_another_type(request: HttpRequest, asked: SearchRequest) -> bool:
    before = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    return asked.moving is None and before.get("type") != asked.query.get(Param.TYPE)


def _page(request: HttpRequest, asked: SearchRequest) -> HttpResponse:
    is_partial = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == RESULTS
    context = {
        "asked": asked,
        "form": asked.form,
        "weekdays": WEEKDAYS,
        "sorts": SORTS,
        "recherche": asked.query.urlencode(),
        "moving": asked.moving,
        "staff": asked.staff,
    }
    which_town = asked.is_readable and asked.asks_for_town and not _has_a_place(asked)
    if is_partial and (asked.type is None or which_town or (asked.type.is_collection and not asked.facilities)):
        return _whole_page(request)
    if asked.type is None and "type" not in asked.form.errors and not asked.query.get(Param.TYPE):
        return render(request, "resident/choose_type.html", context | {"groups": _groups(asked)})
    if asked.type is not None and asked.type.is_collection and not asked.facilities:
        context["places"] = offering_facilities(asked.type)
        return render(request, "resident/choose_place.html", context)
    if which_town:
        return render(request, "resident/choose_town.html", context | {"home": asked.home, "kept": _kept(asked)})
    if asked.type is not None and asked.is_readable:
        # Lapsed holds are free by definition; here they become so, whether or not a worker is running.
        release_expired_holds()
        context["page"] = lay_out(asked, find(asked.search()))
    if is_partial and (asked.errors or context.get("page") is None or _asks_for_another_type(request, asked)):
        return _whole_page(request)
    return render(request, f"resident/{'_results' if is_partial else 'search'}.html", context | {"partial": is_partial})


def _kept(asked: SearchRequest) -> list[tuple[str, str]]:
    """The search but for the town, as hidden fields of the form that asks for it."""
    return [(name, value) for name, values in asked.query.lists() for value in values if name != "commune"]


def _has_a_place(asked: SearchRequest) -> bool:
    """The town of this person is known and receives its residents for this."""
    assert asked.type is not None
    home = asked.home
    return home is not None and any(place.municipality_id == home.pk for place in offering_facilities(asked.type))


def _groups(asked: SearchRequest) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Kinds of appointment in plain words: (heading, [(name, explanation, address)])."""
    groups = []
    for kind in TypeKind:
        types = [found for found in asked.types if found.kind == kind]
        if types:
            links = [(str(t.name), str(t.description), asked.link(type=t.code)) for t in types]
            groups.append((str(kind.label), links))
    return groups
