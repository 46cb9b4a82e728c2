"""What no view has to think of: values that cannot be values, bodies that cannot be read, HEAD, form-only addresses.

A view gets only text that PostgreSQL can hold and numbers that Python can read. It is refused here, once, with a 400:
what would reach a query or `int()` in a hundred places was a 500 in some of them.
"""

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, RawPostDataException, UnreadablePostError
from django.urls import Resolver404, resolve

from config.errors import bad_request, too_large

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
#: Python reads no number of more than 4,300 figures; nobody types one of a thousand.
_ENDLESS_NUMBER = re.compile(r"\d{1000}")


def readable_requests(get_response: Answer) -> Answer:
    """Middleware: refuses what cannot be read, before anything else looks at it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Left out rather than refused: whoever has got such a cookie would never get in again.
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        _refuse((request.path_info, unquote(request.META.get("QUERY_STRING", ""))))
        if request.method == "POST":
            if _announced(request) > settings.MOST_BODY_BYTES:
                return too_large(request)
            try:
                posted = request.POST
            except UnreadablePostError as problem:
                raise BadRequest("the body broke off") from problem
            _refuse(text for name, values in posted.lists() for text in (name, *values))
            _refuse(file.name or "" for _name, files in request.FILES.lists() for file in files)
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The net below: a value of a body that is no form (JSON), one that no column can hold, or a form where
        something else was to come, whose body is read by then.
        """
        if not isinstance(exception, DataError | RawPostDataException):
            return None
        logger.error("a value that no column can hold", exc_info=exception)
        return bad_request(request, exception)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _announced(request: HttpRequest) -> int:
    """How long the body says it is; what it does not say, the server in front and the uploads' own limits bound."""
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(said) if said.isdecimal() and len(said) < 20 else 0


def _refuse(texts: Iterable[str]) -> None:
    for text in texts:
        if "\0" in text:
            raise BadRequest("a text with the character NUL")
        if len(text) >= 1000 and _ENDLESS_NUMBER.search(text):
            raise BadRequest("a number without end")


def head_as_get(get_response: Answer) -> Answer:
    """Middleware: HEAD is answered wherever GET is, as GET is; the server leaves the body out (RFC 9110, 9.3.2)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return get_response(request)
        request.method = "GET"
        try:
            return get_response(request)
        finally:
            request.method = "HEAD"

    return middleware


def page_above(get_response: Answer) -> Answer:
    """Middleware: an address that only takes forms leads to the page above it, not to an empty answer.

    People come to one by another language of a refusal, or by a tab that the browser opens anew. Behind the languages
    and the municipality, which both stand in the path.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_opened = request.method in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if response.status_code != 405 or not is_opened:
            return response
        before = request.path.removesuffix(request.path_info)
        return HttpResponseRedirect(before + _above(request.path_info))

    return middleware


def _above(path: str) -> str:
    """The next shorter path that there is."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        with suppress(Resolver404):
            resolve(path)
            return path
    return path
