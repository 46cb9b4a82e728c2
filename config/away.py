"""While the database is away, closed or read-only: a page that says so and gives back what was being sent.

It asks nothing of the database, the session or a context processor. Pressing again is safe: the form keeps its key
(municipalities/idempotency.py).
"""

import re
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.utils.cache import add_never_cache_headers
from psycopg.errors import ReadOnlySqlTransaction

from config import plain
from municipalities.database.transactions import Busy, GoneMeanwhile
from municipalities.middleware import without_municipality

#: Seconds after which pressing again makes sense.
RETRY_AFTER = 10
#: More than this is not given back, nor are files.
GIVEN_BACK_BYTES = 60_000
#: Never written into a page, not even into the one whoever typed it gets.
_SECRET = re.compile(r"pass|mot_?de_?passe|secret|token|credential|otp|^csrf", re.IGNORECASE)
#: One that opens something, but in agents’ forms: there it names a fee, a town.
_CODE = re.compile(r"^(.*[_-])?code$", re.IGNORECASE)
_AGENTS_PAGES = re.compile(r"^(/[a-z]{2})?/agents/")
#: Pages on which everything typed is one, in any language.
_SECRET_PAGES = re.compile(r"^(/[a-z]{2})?/compte/")


def is_away(error: BaseException | None) -> bool:
    """Whether the same thing may well work in a moment: no connection, no lock, no time, no writing just now."""
    if isinstance(error, OperationalError | InterfaceError | Busy):
        return True
    return isinstance(error, InternalError) and isinstance(error.__cause__, ReadOnlySqlTransaction)


def answer(request: HttpRequest) -> HttpResponse:
    response = _page(request, given_back(request), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def answer_gone(request: HttpRequest) -> HttpResponse:
    """What was chosen is there no more, and the page that was pressed did not say so: sent once more, its form will."""
    return _page(request, given_back(request) | {"gone": GoneMeanwhile.sentence}, status=409)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    template = "503_piece.html" if "HX-Request" in request.headers else "503.html"
    response = plain.answer(request, template, context, status=status)
    add_never_cache_headers(response)
    return response


def given_back(request: HttpRequest) -> dict[str, Any]:
    """What a page needs that lets people send once more what they have sent: see `_resend.html`."""
    is_sent = request.method == "POST"
    fields = _sent_again(request) if is_sent else []
    return {
        "is_sent": is_sent,
        "fields": fields,
        "token": _token(request) if fields else "",
        "path": request.get_full_path(),
    }


def _sent_again(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, when all of it may be given back: half a form would be sent as if it were whole."""
    path = without_municipality(request.path_info)
    if _SECRET_PAGES.match(path):
        return []
    try:
        sent = [(name, text) for name, texts in request.POST.lists() for text in texts]
        files = bool(request.FILES)
    except OSError:
        return []
    kept = [(name, str(text)) for name, text in sent if name != "csrfmiddlewaretoken"]
    if files or any(is_secret(name, path) for name, _text in kept):
        return []
    return kept if sum(len(name) + len(text) for name, text in kept) <= GIVEN_BACK_BYTES else []


def is_secret(name: str, path: str) -> bool:
    """Whether what was typed in this field of the page at `path` must not be written into another page."""
    return bool(_SECRET.search(name) or (_CODE.search(name) and not _AGENTS_PAGES.match(path)))


def _token(request: HttpRequest) -> str:
    """Of the cookie the browser has: this page sets none."""
    if "CSRF_COOKIE" not in request.META:
        CsrfViewMiddleware(lambda _request: HttpResponse()).process_request(request)
    return get_token(request)
