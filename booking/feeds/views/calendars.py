"""Calendars as their clients fetch them. A private address is a secret: it must not reach a log, nor a shared cache."""

import gzip
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from booking.feeds import public
from booking.feeds.actions import note_use
from booking.feeds.exceptions import FeedRefused
from booking.feeds.reading import open_feed
from booking.feeds.state import FORMAT
from municipalities.languages import LANGUAGES
from municipalities.models import Municipality
from municipalities.query_names import Param

log = structlog.get_logger()
P = ParamSpec("P")

#: Below this, compressing costs more than it saves.
WORTH_COMPRESSING = 1000
READ = ("GET", "HEAD")
#: Seconds a client may keep a calendar without asking again; well under the hour told in REFRESH-INTERVAL.
MAX_AGE = 15 * 60


def _calendar_view(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answers for programs: plain sentences instead of pages, reading only, and no address in any log."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except FeedRefused as refusal:
            response = _plain(str(refusal), refusal.status)
        except Exception as error:
            log.exception("calendar_failed", error=type(error).__name__)
            response = _plain(_("Ce calendrier n’est pas lisible en ce moment. Réessayez plus tard."), 503)
            response["Retry-After"] = "600"
        # Django's own word for "nothing about this answer remains to be logged": its line would tell the path.
        response._has_been_logged = True  # type: ignore[attr-defined]
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", csrf_exempt(quiet))


@_calendar_view
def private(request: HttpRequest, token: str) -> HttpResponse:
    if request.method not in READ:
        return HttpResponseNotAllowed(READ)
    reading = open_feed(token)
    note_use(token_id=reading.standing.token_id, last_used_at=reading.standing.last_used_at)
    return _answer(request, reading.version, reading.modified_at, reading.text, shared=False)


@_calendar_view
def municipality(request: HttpRequest, slug: str) -> HttpResponse:
    """Anybody's, also for a program that runs in the page of another site."""
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Methods"] = ", ".join(READ)
        response["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
        response["Access-Control-Max-Age"] = str(24 * 3600)
    elif request.method in READ:
        response = _municipality(request, slug)
    else:
        response = HttpResponseNotAllowed([*READ, "OPTIONS"])
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag"
    return response


def _municipality(request: HttpRequest, slug: str) -> HttpResponse:
    place = Municipality.objects.filter(slug=slug, is_member=True).defer("logo").first()
    asked = request.GET.get(Param.LANGUAGE, "fr")
    language = asked if asked in LANGUAGES else "fr"
    if place is None:
        with override(language):
            return _plain(_("Aucune commune du territoire n’a ce nom."), 404)
    calendar = public.public_calendar(place)
    version = f"{place.pk}-{calendar.serial}-{language}"
    response = _answer(
        request, version, calendar.modified_at, lambda: public.text(place, calendar, language), shared=True
    )
    response["Content-Language"] = language
    return response


@_calendar_view
def nothing(_request: HttpRequest) -> HttpResponse:
    return _plain(_("Cette adresse ne mène à aucun calendrier."), 404)


def _answer(
    request: HttpRequest, version: str, modified_at: datetime, text: Callable[[], bytes], *, shared: bool
) -> HttpResponse:
    """304 when the client has this version; else the text. Weak tag: the same text, compressed or not.

    The tag says the format too: what we write otherwise is new to who has read it, though nothing has happened.
    """
    etag = f'W/"{FORMAT}-{version}"'
    last_modified = int(modified_at.timestamp())
    unchanged = get_conditional_response(request, etag=etag, last_modified=last_modified)
    response: HttpResponse
    if unchanged is not None:
        response = unchanged
    else:
        body = text()
        response = HttpResponse(content_type="text/calendar; charset=utf-8")
        if len(body) > WORTH_COMPRESSING and accepts_gzip(request.headers.get("Accept-Encoding", "")):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            response["Content-Encoding"] = "gzip"
        response.content = body
        response["Content-Disposition"] = 'inline; filename="calendrier.ics"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(last_modified)
    response["Cache-Control"] = f"{'public' if shared else 'private'}, max-age={MAX_AGE}"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding takes gzip: `gzip;q=0` is a no, and `*` speaks for what is not named (RFC 9110)."""
    asked = {}
    for part in header.lower().split(","):
        coding, _semicolon, weight = part.partition(";")
        quality = weight.strip().removeprefix("q=").strip()
        asked[coding.strip()] = not weight or any(digit in quality for digit in "123456789")
    return asked.get("gzip", asked.get("x-gzip", asked.get("*", False)))


def _plain(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response
