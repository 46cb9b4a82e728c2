"""What machines ask of every site: search engines, browsers, and whoever has found a hole."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from booking.portal.legal import legal
from municipalities.context import language_prefix
from municipalities.directory import members

#: Pages anybody may find, without the language; towns are added to them.
PAGES = (
    "",
    "rendez-vous/",
    "piscines/",
    "piscines/places-restantes/",
    "piscines/tarifs/",
    "creches/",
    "creches/regles/",
    "communes/",
    "retrouver/",
    "aide/",
    "accessibilite/",
    "donnees-personnelles/",
    "mentions-legales/",
    "plan-du-site/",
)
#: Nobody's business, or one search per address.
NOT_FOR_ROBOTS = (
    "agents/",
    "gestion/",
    "compte/",
    "famille/",
    "rendez-vous/mon-rendez-vous/",
    "rendez-vous/lien/",
    "lien/",
)
COLOUR = "#1f4e79"
ONE_DAY = cache_control(public=True, max_age=86_400)


@require_safe
@ONE_DAY
def robots(_request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /*?", "Disallow: /calendriers/"]
    lines += [f"Disallow: /{prefix}{path}" for prefix in ("", "*/") for path in NOT_FOR_ROBOTS]
    lines += ["", f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@ONE_DAY
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page in every language, each naming the others."""
    paths = [*(("", page) for page in PAGES), *((f"communes/{slug}/", "") for slug in sorted(members()))]
    pages = [
        [(code, f"{settings.PUBLIC_URL}/{before}{language_prefix(code)}{after}") for code, _name in settings.LANGUAGES]
        for before, after in paths
    ]
    return render(request, "portal/sitemap.xml", {"pages": pages}, content_type="application/xml; charset=utf-8")


@require_safe
@ONE_DAY
def security(_request: HttpRequest) -> HttpResponse:
    """RFC 9116. It expires, so that nobody writes to who left years ago; as long as we run, in half a year."""
    expires = (timezone.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {legal().security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, de, en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@ONE_DAY
def manifest(_request: HttpRequest) -> HttpResponse:
    """So that the site can be put on a telephone's first page. No worker: nothing here works without the network."""
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    return JsonResponse(
        {
            "name": f"Guichet commun, {settings.TERRITORY_NAME}",
            "short_name": "Guichet commun",
            "lang": "fr",
            "start_url": "/",
            "display": "minimal-ui",
            "background_color": "#ffffff",
            "theme_color": COLOUR,
            "icons": icons,
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
@ONE_DAY
def icon(_request: HttpRequest, name: str) -> HttpResponse:
    """Where browsers look without being told: `/favicon.ico`, `/apple-touch-icon.png`."""
    return redirect(static(f"img/{name}"))
