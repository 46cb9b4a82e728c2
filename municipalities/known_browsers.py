"""Browsers that have been inside an account: a signed cookie of their own, which says so to the door and opens nothing.

Whoever guesses passwords for an agent's account does so from other browsers, and is counted apart from hers.
"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from municipalities.cookies import cookie_name

SECONDS = 365 * 24 * 3600
#: Counters are shared by this many people at most; beyond, the one who has been away longest is a stranger again.
ACCOUNTS = 12
_SALT = "municipalities.known_browsers"
_NAME = "gc_poste"


def mark_in(request: HttpRequest, email: str) -> str:
    """This browser's own mark where it has been inside the account before; empty where it has not."""
    mark, accounts = _read(request)
    return mark if _account(email) in accounts else ""


def remember(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Somebody has signed in here, second factor and all."""
    mark, accounts = _read(request)
    account = _account(email)
    kept = [account, *(other for other in accounts if other != account)][:ACCOUNTS]
    response.set_signed_cookie(
        cookie_name(_NAME),
        ".".join([mark or secrets.token_urlsafe(16), *kept]),
        salt=_SALT,
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    said = request.get_signed_cookie(cookie_name(_NAME), default="", salt=_SALT, max_age=SECONDS)
    mark, *accounts = (said or "").split(".")
    return mark, accounts


def _account(email: str) -> str:
    """No address stands in a cookie, nor the number of an account."""
    return salted_hmac(_SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:24]
