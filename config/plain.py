"""Pages for when nothing may be relied on: no database, no session, no context processor, perhaps no middleware yet.

They say by themselves in which language and under whose name the page is read that failed.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from municipalities.context import language_prefix
from municipalities.identity import accent_of, emblem_url
from municipalities.middleware import PREFIX, last_known_municipality, without_municipality


def answer(request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int) -> HttpResponse:
    # Whatever fails before the language is set would speak that of the thread's last visitor.
    language = translation.get_language_from_path(without_municipality(request.path_info)) or settings.LANGUAGE_CODE
    municipality = last_known_municipality(request)
    root = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    is_below = municipality and request.path.removeprefix(root).startswith(PREFIX)
    place = f"{PREFIX}{municipality.slug}/" if municipality and is_below else "/"
    given = {
        "municipality": municipality,
        "accent": accent_of(municipality) if municipality else None,
        "emblem_url": emblem_url(municipality) if municipality else "",
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "home": f"{root}{place}{language_prefix(language)}",
        "territory_name": settings.TERRITORY_NAME,
    }
    with translation.override(language):
        return HttpResponse(render_to_string(template, given | (context or {})), status=status)
