"""What a resident's browser keeps, signed: who it is (a random token) and, for half an hour, what it may see."""

import secrets
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from booking.residents.references import keyed_hash
from municipalities.access import present_staff
from municipalities.cookies import cookie_name
from municipalities.models import StaffMember
from municipalities.rules import RIGHTS, Ability

BROWSER_COOKIE = "gc_navigateur"
ACCESS_COOKIE = "gc_acces"
ACCESS_SECONDS = 30 * 60
BROWSER_SECONDS = 365 * 24 * 3600
_SALT = "appointments."
_MOST = 12


def browser_of(request: HttpRequest) -> str | None:
    """The browser's token, or None when it has none of ours."""
    return signed_cookie(request, BROWSER_COOKIE, BROWSER_SECONDS) or None


def new_browser(key: str = "") -> str:
    """A token for a browser that has none; the same one for the same form's key, which only this browser has."""
    return keyed_hash("new browser", key).hex() if key else secrets.token_urlsafe(32)


def keep_browser(request: HttpRequest, response: HttpResponseBase, browser: str) -> None:
    if browser_of(request) == browser:
        return
    set_signed_cookie(request, response, BROWSER_COOKIE, browser, BROWSER_SECONDS)


def accessible(request: HttpRequest) -> list[tuple[str, UUID]]:
    """What this browser may see and change now, as (subject_type, subject_id), the latest last."""
    text = signed_cookie(request, ACCESS_COOKIE, ACCESS_SECONDS)
    parts = [part.rpartition(":") for part in text.split("|") if part]
    try:
        return [(type, UUID(hex)) for type, _colon, hex in parts]
    except ValueError:
        return []


def grant(request: HttpRequest, response: HttpResponseBase, type: str, pk: UUID) -> None:
    """This browser may see that subject for half an hour from now; each use starts the half hour again."""
    known = [other for other in accessible(request) if other != (type, pk)][-(_MOST - 1) :]
    text = "|".join(f"{type}:{pk.hex}" for type, pk in [*known, (type, pk)])
    set_signed_cookie(request, response, ACCESS_COOKIE, text, ACCESS_SECONDS)


def signed_in_staff(request: HttpRequest) -> StaffMember | None:
    """The agent whom the agents' own door would let in now, with a role that receives people."""
    staff = present_staff(request)
    if staff is None:
        return None
    serves = any(held.role in RIGHTS[Ability.SERVE] for held in staff.current_roles())
    return staff if serves or staff.is_superuser else None


def signed_cookie(request: HttpRequest, name: str, seconds: int) -> str:
    """What we signed into this cookie, not longer ago than that; empty for anything else."""
    return request.get_signed_cookie(cookie_name(name), default="", salt=_SALT + name, max_age=seconds) or ""


def set_signed_cookie(request: HttpRequest, response: HttpResponseBase, name: str, value: str, seconds: int) -> None:
    response.set_signed_cookie(
        cookie_name(name),
        value,
        salt=_SALT + name,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )
