"""What every page knows: under whose name it is shown, how to read it in another language, whether an agent looks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from municipalities import services
from municipalities.access import present_staff
from municipalities.identity import accent_of, emblem_url
from municipalities.middleware import comes_by_host, current_municipality


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language. `url` is relative to the host, `absolute` is for search engines."""

    code: str
    name: str
    url: str
    absolute: str
    is_current: bool


def identity(request: HttpRequest) -> dict[str, Any]:
    municipality = current_municipality(request)
    portal_name = _("Guichet commun")
    return {
        "municipality": municipality,
        "accent": accent_of(municipality) if municipality else None,
        "emblem_url": emblem_url(municipality) if municipality else "",
        "portal_name": portal_name,
        "territory_name": settings.TERRITORY_NAME,
        "site_name": municipality.name if municipality else portal_name,
        "credit_line": _(
            "Données : INSEE, DGCL, La Poste (Licence Ouverte 2.0), via Etalab ; coordonnées : GeoNames (CC BY 4.0)."
        ),
        "language_links": language_links(request),
        "portal_root": portal_root(request),
        "public_url": settings.PUBLIC_URL,
        "staff_mfa_required": settings.STAFF_MFA_REQUIRED,
        "is_preview": getattr(request, "is_preview", False),
        "staff_signed_in": SimpleLazyObject(lambda: is_staff_signed_in(request)),
        "staff_menu": SimpleLazyObject(lambda: staff_menu(request)),
        "staff_page_name": view_name(request),
    }


def portal_root(request: HttpRequest) -> str:
    """The shared portal in the active language; on a municipality's own host, at the portal's host."""
    host = settings.PUBLIC_URL if comes_by_host(request) else (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return f"{host}/{language_prefix(get_language())}"


def language_prefix(code: str | None) -> str:
    """`de/`, `en/`; French has none."""
    return "" if not code or code[:2] == settings.LANGUAGE_CODE else f"{code[:2]}/"


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """Links, not buttons: a language is an address, so that it can be sent to somebody."""
    bare = request.path_info.lstrip("/")
    for code, _name in settings.LANGUAGES:
        if code != settings.LANGUAGE_CODE and (bare == code or bare.startswith(f"{code}/")):
            bare = bare[len(code) :].lstrip("/")
            break
    bare = escape_uri_path(bare)
    query = request.META.get("QUERY_STRING", "")
    active = (get_language() or settings.LANGUAGE_CODE)[:2]
    # Search engines get one address of each page: that on the portal's host.
    canonical = get_script_prefix()
    municipality = current_municipality(request)
    if municipality and comes_by_host(request):
        canonical += f"communes/{municipality.slug}/"
    links = []
    for code, name in settings.LANGUAGES:
        rest = f"{language_prefix(code)}{bare}"
        links.append(
            LanguageLink(
                code=code,
                name=name,
                url=f"{get_script_prefix()}{rest}{'?' if query else ''}{query}",
                absolute=f"{settings.PUBLIC_URL}{canonical}{rest}",
                is_current=code == active,
            )
        )
    return links


def is_staff_signed_in(request: HttpRequest) -> bool:
    """Residents have no session; whoever sends no session cookie is not looked up."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return bool(request.user.is_authenticated)


def staff_menu(request: HttpRequest) -> list[services.Entry]:
    """The agents' menu, the same above every page; nothing for whom the agents' door would stop."""
    staff = present_staff(request)
    return services.menu_of(staff, view_name(request)) if staff else []


def view_name(request: HttpRequest) -> str:
    """The name of the address that is being shown, "" where there is none."""
    return request.resolver_match.view_name if request.resolver_match else ""
