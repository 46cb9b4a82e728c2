"""The pictures of a municipality, the same address whatever page shows them."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from municipalities.identity import coat_svg, coat_version
from municipalities.models import Municipality
from municipalities.query_names import Param

ONE_YEAR = 31_536_000
FIVE_MINUTES = 300


@require_safe
def coat(request: HttpRequest, slug: str) -> HttpResponse:
    """The drawn coat. The page's address carries its version, so a browser need not ask again."""
    municipality = get_object_or_404(Municipality.objects.defer("logo"), slug=slug)
    is_current = request.GET.get(Param.PICTURE_VERSION) == coat_version(municipality)
    seconds = ONE_YEAR if is_current else FIVE_MINUTES
    return _picture(request, coat_svg(municipality).encode(), "image/svg+xml", seconds)


@require_safe
def logo(request: HttpRequest, slug: str) -> HttpResponse:
    """The logo, as redrawn by ourselves when it was given; the coat where there is none."""
    municipality = get_object_or_404(Municipality, slug=slug)
    if not municipality.logo:
        return _picture(request, coat_svg(municipality).encode(), "image/svg+xml", FIVE_MINUTES)
    return _picture(request, bytes(municipality.logo), "image/png", FIVE_MINUTES)


def _picture(request: HttpRequest, data: bytes, content_type: str, seconds: int) -> HttpResponse:
    etag = quote_etag(hashlib.sha256(data).hexdigest()[:20])
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(data, content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={seconds}" + (", immutable" if seconds == ONE_YEAR else "")
    # Opened by itself, a drawing must not be able to run anything.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response
