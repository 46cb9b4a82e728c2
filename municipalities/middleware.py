"""`/communes/<slug>/…` is any page of the site under the identity of one municipality."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import get_script_prefix, set_script_prefix

from municipalities.models import Municipality

PREFIX = "/communes/"


class MunicipalityRequest(HttpRequest):
    """What views get: `municipality` is None on the portal's own pages."""

    municipality: Municipality | None


def current_municipality(request: HttpRequest) -> Municipality | None:
    """The municipality whose page is shown, None on the portal's own pages."""
    return getattr(request, "municipality", None)


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
    hosts: dict[str, str] = settings.MUNICIPALITY_HOSTS
    slug = hosts.get(request.get_host().partition(":")[0].lower()) if hosts else None
    return _find(slug) if slug else None


def _find(slug: str) -> Municipality | None:
    """One cheap query: the logo's bytes stay where they are, the row says only whether there is one."""
    has_logo = ExpressionWrapper(Q(logo__isnull=False), output_field=BooleanField())
    found = Municipality.objects.filter(slug=slug, is_member=True).defer("logo").annotate(has_logo=has_logo)
    return found.first()
