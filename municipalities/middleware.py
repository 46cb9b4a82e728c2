"""`/communes/<slug>/…` is any page of the site under the identity of one municipality."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import get_script_prefix, set_script_prefix

from municipalities.database.cached import one_version
from municipalities.directory import members
from municipalities.models import Municipality

PREFIX = "/communes/"


class MunicipalityRequest(HttpRequest):
    """What views get: `municipality` is None on the portal's own pages."""

    municipality: Municipality | None


def current_municipality(request: HttpRequest) -> Municipality | None:
    """The municipality whose page is shown, None on the portal's own pages."""
    return getattr(request, "municipality", None)


def last_known_municipality(request: HttpRequest) -> Municipality | None:
    """For pages that may ask nothing of the database: as this process has last read it, None where it never has."""
    known = current_municipality(request)
    if known is not None:
        return known
    try:
        slug = _split(request.path_info)[0] or _slug_of_host(request)
    except DisallowedHost:
        return None
    return (members.last_known() or {}).get(slug)


def without_municipality(path: str) -> str:
    """The path as views see it, also where this middleware has not been yet."""
    slug, _slash, rest = _split(path)
    return f"/{rest}" if slug else path


def comes_by_host(request: HttpRequest) -> bool:
    """The municipality of this page is named by the host, not by the path."""
    municipality = current_municipality(request)
    return municipality is not None and not get_script_prefix().endswith(f"{PREFIX}{municipality.slug}/")


def municipality_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.municipality` and strips the prefix; while the page is made, `{% url %}` puts it back.

    An unknown slug is left in the path: the portal's page for such addresses then answers 404.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # Residents change nothing that is remembered; an agent may just have done so, and sees it at once.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return under_its_name(request)
        with one_version():
            return under_its_name(request)

    def under_its_name(request: HttpRequest) -> HttpResponse:
        asked = cast("MunicipalityRequest", request)
        slug, slash, rest = _split(request.path_info)
        asked.municipality = _find(slug) if slug else _by_host(request)
        if not slug or asked.municipality is None:
            return get_response(request)
        if not slash:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{request.path}/{'?' if query else ''}{query}")
        before = get_script_prefix()
        set_script_prefix(f"{before.rstrip('/')}{PREFIX}{slug}/")
        request.path_info = f"/{rest}"
        try:
            return get_response(request)
        finally:
            set_script_prefix(before)

    return middleware


def _split(path: str) -> tuple[str, str, str]:
    """`/communes/rixheim/rendez-vous/` → ("rixheim", "/", "rendez-vous/"); ("", "", "") for any other path."""
    if not path.startswith(PREFIX):
        return "", "", ""
    return path.removeprefix(PREFIX).partition("/")


def _by_host(request: HttpRequest) -> Municipality | None:
    slug = _slug_of_host(request)
    return _find(slug) if slug else None


def _slug_of_host(request: HttpRequest) -> str:
    hosts: dict[str, str] = settings.MUNICIPALITY_HOSTS
    return hosts.get(request.get_host().partition(":")[0].lower(), "") if hosts else ""


def _find(slug: str) -> Municipality | None:
    return members().get(slug)
