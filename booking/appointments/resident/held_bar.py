"""What a browser holds, shown on all its pages: a cookie says that there is something, the database says what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from booking.appointments.bookings.queries import held_by
from booking.appointments.models import Appointment
from booking.residents.browsers import browser_of
from municipalities.cookies import cookie_name

#: Not signed: it opens nothing, it only spares whoever holds nothing the question.
HOLD_COOKIE = "gc_retenu"


@dataclass(frozen=True)
class HeldTime:
    hold: Appointment
    minutes: int


def keep_in_sight(request: HttpRequest, response: HttpResponseBase, hold: Appointment) -> None:
    """Show this hold on every page until it lapses, and whatever else this browser holds for longer."""
    if hold.expires_at is None:
        return
    until = max(_seen_until(request), int(hold.expires_at.timestamp()))
    response.set_cookie(
        cookie_name(HOLD_COOKIE),
        str(until),
        max_age=max(1, until - int(timezone.now().timestamp())),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )


def held(request: HttpRequest) -> dict[str, Any]:
    """Context processor. One query for a browser that holds something, none for all others."""
    if cookie_name(HOLD_COOKIE) not in request.COOKIES:
        return {"held_times": ()}
    return {"held_times": SimpleLazyObject(lambda: _held_times(request))}


def _held_times(request: HttpRequest) -> Sequence[HeldTime]:
    browser = browser_of(request)
    now = timezone.now()
    return [HeldTime(hold, _minutes(hold.expires_at, now)) for hold in held_by(browser)] if browser else ()


def _minutes(until: datetime | None, now: datetime) -> int:
    """Whole minutes left, as a clock that counts down has them."""
    return max(1, round((until - now).total_seconds() / 60)) if until else 0


def _seen_until(request: HttpRequest) -> int:
    text = request.COOKIES.get(cookie_name(HOLD_COOKIE), "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
