"""The door of a family's own pages: `@household_page`, and `current` for pages that are everybody's."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from booking.residents.browsers import ACCESS_COOKIE, signed_cookie
from booking.residents.models import HouseholdSession
from booking.residents.sign_in import sessions
from municipalities.cookies import cookie_name
from municipalities.query_names import Param

P = ParamSpec("P")

COOKIE = "gc_famille"
#: Which code this browser has asked for, while it is typed.
CODE_COOKIE = "gc_code"
#: The query of the sign-in that says where one was.
BACK = Param.OUTCOME
LONGEST_BACK = 200


def current(request: HttpRequest) -> HouseholdSession | None:
    """The family's session of this browser, with its guardian and household; None for everybody else.

    Asked once for each request; whoever sends no such cookie costs no query.
    """
    if not hasattr(request, "_household_session"):
        token = request.COOKIES.get(cookie_name(COOKIE), "")
        request._household_session = sessions.session_of(token) if token else None  # type: ignore[attr-defined]
    return cast("HouseholdSession | None", request._household_session)  # type: ignore[attr-defined]


def household_page(
    view: Callable[Concatenate[HttpRequest, HouseholdSession, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Sign-in first, then back; the view gets the session as its second argument, and `request.household`.

    Never kept by browsers. After a POST without a session the page one was on is where one comes back to.
    """

    @wraps(view)
    @sensitive_post_parameters()
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        session = current(request)
        if session is None:
            return HttpResponseRedirect(sign_in_address(request))
        request.household = session.guardian.household  # type: ignore[attr-defined]
        response = view(request, session, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    guarded.is_household_page = True  # type: ignore[attr-defined]
    return guarded


def is_household_page(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "is_household_page", False))


def sign_in_address(request: HttpRequest) -> str:
    """The sign-in that leads back here."""
    back = request.get_full_path() if request.method == "GET" else ""
    address = reverse("family:sign_in")
    return f"{address}?{urlencode({BACK: back})}" if safe_back(request, back) else address


def safe_back(request: HttpRequest, address: str) -> str:
    """An address of this site to come back to; empty for any other."""
    if not address.startswith("/") or len(address) > LONGEST_BACK:
        return ""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else ""


def let_in(request: HttpRequest, response: HttpResponse, token: str, session: HouseholdSession) -> None:
    """The browser keeps the token: until it is closed on a shared computer, else for as long as the session lasts."""
    response.set_cookie(
        cookie_name(COOKIE),
        token,
        max_age=None if session.is_shared else int(sessions.LONGEST.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )
    response.delete_cookie(cookie_name(CODE_COOKIE))


def let_out(response: HttpResponse) -> None:
    """Nothing of the family stays in this browser: neither its session nor what private links have opened."""
    response.delete_cookie(cookie_name(COOKIE))
    response.delete_cookie(cookie_name(ACCESS_COOKIE))


def asked_code(request: HttpRequest) -> UUID | None:
    """The code that this browser asked for."""
    try:
        return UUID(signed_cookie(request, CODE_COOKIE, 3600))
    except ValueError:
        return None


def context_of(session: HouseholdSession, **context: Any) -> dict[str, Any]:
    """What every page of a family shows: whose it is."""
    return {"session": session, "guardian": session.guardian, "household": session.guardian.household, **context}
