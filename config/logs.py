"""Logs as one JSON object per line, fit to be kept for months: nothing personal in them.

A request leaves its id, view, method, status and duration. Never its path (private links are tokens), its query, its
address or its form. Tracebacks keep places and kinds of errors, not messages: a database's complaint quotes the row.
What slips through all the same is blanked by `scrub`.
"""

import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

Event = MutableMapping[str, Any]

MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
PHONE = re.compile(r"\+\d[\d .]{7,16}\d")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
#: A secret in an address: what follows the words for private links and receipts, and whatever is long enough to be a
#: token or an id, whichever service it belongs to.
TOKEN = re.compile(r"((?<![\w-])(?:lien|sms)/|/(?=[\w-]{32}))[\w-]+")
#: Loggers that put the path into their sentence; the view's name says as much without the secret.
TELLS_PATH = ("django.request", "django.security", "django.server")
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")

log = structlog.get_logger("guichet.request")


def request_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the outermost: gives each request an id, taken from a proxy when it looks like one, and one line."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.match(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        fields = {
            "view": match.view_name if match else "",
            "method": request.method,
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000, 1),
        }
        if not (match and match.view_name.startswith("health:")):  # asked every few seconds, says nothing
            log.info("request", **fields)
        response["X-Request-ID"] = request_id
        return response

    return middleware


def scrub(_logger: Any, _name: str, event: Event) -> Event:
    """Blank what looks like a mail address, a telephone number, an IP address or a private link, at any depth."""
    for key, value in event.items():
        event[key] = _scrubbed(value)
    return event


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        value = MAIL.sub("<mail>", value)
        value = PHONE.sub("<phone>", value)
        value = ADDRESS.sub("<address>", value)
        return TOKEN.sub(r"\1<token>", value)
    if isinstance(value, dict):
        return {key: _scrubbed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(one) for one in value]
    return value


def without_path(_logger: Any, _name: str, event: Event) -> Event:
    """Django's own sentences about requests lose the path."""
    record = event.get("_record")
    if record is not None and record.name.startswith(TELLS_PATH):
        sentence = str(event["event"]).split(":")[0]
        event["event"] = sentence if "/" not in sentence else record.levelname.lower()
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        if match is not None:
            event["view"] = match.view_name
        status = getattr(record, "status_code", None)
        if status is not None:
            event["status"] = status
    return event


def discreet_traceback(_logger: Any, _name: str, event: Event) -> Event:
    """Replace `exc_info` by kinds of errors and places in the code, causes included."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if not info or info[1] is None:
        return event
    told: list[dict[str, Any]] = []
    error: BaseException | None = info[1]
    while error is not None and len(told) < 5:
        frames = traceback.extract_tb(error.__traceback__)
        kind = type(error)
        told.append(
            {
                "error": f"{kind.__module__}.{kind.__qualname__}",
                "at": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
            }
        )
        error = error.__cause__ or error.__context__
    event["errors"] = told
    return event


def _short(filename: str) -> str:
    """The end of a path: enough to find the line, nothing about the machine."""
    return "/".join(filename.split("/")[-3:])


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def json_formatter() -> logging.Formatter:
    """For the settings' LOGGING: everything, ours and the libraries', leaves through the same door."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            without_path,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            discreet_traceback,
            scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=_kind),
        ],
    )


def _kind(value: Any) -> str:
    """An object nobody thought of is named by its kind; its text might be somebody's name."""
    return f"<{type(value).__qualname__}>"


def configure() -> None:
    """Send structlog's events through the standard library, and so through `json_formatter`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
