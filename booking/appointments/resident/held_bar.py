"""What a browser holds, shown on all its pages: a cookie says that there is something, the database says what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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
_SEEN = re.compile(r"([0-9a-f]{32})-([0-9]{1,11})")


@dataclass(frozen=True)
class HeldTime:
    hold: Appointment
    minutes: int


def keep_in_sight(request: HttpRequest, response: HttpResponseBase, hold: Appointment) -> None:
    """Show this hold on every page until it lapses."""
    if hold.expires_at is not None:
        _write(request, response, _seen(request) | {hold.pk.hex: int(hold.expires_at.timestamp())})


def out_of_sight(request: HttpRequest, response: HttpResponseBase, hold_id: UUID) -> None:
    """It has become an appointment, or was released: nothing is asked about it any more."""
    seen = _seen(request)
    if seen.pop(hold_id.hex, None) is not None:
        _write(request, response, seen)


def held(request: HttpRequest) -> dict[str, Any]:
    """Context processor. One query for a browser that holds something, none for all others."""
    if not _seen(request):
        return {"held_times": ()}
    return {"held_times": SimpleLazyObject(lambda: _held_times(request))}


def _held_times(request: HttpRequest) -> Sequence[HeldTime]:
    browser = browser_of(request)
    now = timezone.now()
    return [HeldTime(hold, _minutes(hold.expires_at, now)) for hold in held_by(browser)] if browser else ()


def _minutes(until: datetime | None, now: datetime) -> int:
    """Whole minutes left, as a clock that counts down has them."""
    return max(1, round((until - now).total_seconds() / 60)) if until else 0


def _seen(request: HttpRequest) -> dict[str, int]:
    """Until when each hold is shown; what cannot be read or is over counts for nothing."""
    found = _SEEN.findall(request.COOKIES.get(cookie_name(HOLD_COOKIE), "")[:400])
    now = int(timezone.now().timestamp())
    return {hold: int(until) for hold, until in found if int(until) > now}


def _write(request: HttpRequest, response: HttpResponseBase, seen: dict[str, int]) -> None:
    if not seen:
        response.delete_cookie(cookie_name(HOLD_COOKIE))
        return
    response.set_cookie(
        cookie_name(HOLD_COOKIE),
        ".".join(f"{hold}-{until}" for hold, until in seen.items()),
        max_age=max(1, max(seen.values()) - int(timezone.now().timestamp())),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )
