"""Addresses in messages. They are made by workers, so they start with PUBLIC_URL whatever host the worker runs on."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import quote_plus
from uuid import UUID

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils.translation import get_language

from municipalities.models import Facility, Municipality

#: Stands for a token where an address is found once for all.
_ANY_TOKEN = "0" * 32


def private_link(token: str, *, through: Municipality | None) -> str:
    """Opens one subject of a service, under the municipality it came through, in the active language."""
    return _address("residents:link", through, token=token)


def private_address(name: str, token: str, *, through: Municipality | None) -> str:
    """The page of this name that a secret opens, under the municipality it is read through."""
    return _address(name, through, token=token)


def absolute(name: str, *, through: Municipality | None, pk: UUID | None = None) -> str:
    """The page of this name, which needs no other argument, under the municipality it is read through."""
    if pk is None:
        return _address(name, through)
    with _prefix(f"/communes/{through.slug}/" if through else "/"):
        return f"{settings.PUBLIC_URL}{reverse(name, args=[pk])}"


def find_link(*, through: Municipality | None) -> str:
    """Where people who have lost their link ask for it again: short enough to stand on paper."""
    return _address("residents:find", through)


def directions(facility: Facility) -> str:
    """A route to the place, in the person's own choice of map: a plain link, nothing is loaded from there."""
    where = f"{facility.latitude:.5f},{facility.longitude:.5f}"
    return f"https://www.openstreetmap.org/directions?to={quote_plus(where)}"


def _address(name: str, through: Municipality | None, *, token: str = "") -> str:
    path = _path(name, through.slug if through else "", get_language(), _ANY_TOKEN if token else "")
    return f"{settings.PUBLIC_URL}{path.replace(_ANY_TOKEN, token)}"


@lru_cache(1024)
def _path(name: str, slug: str, _language: str | None, token: str) -> str:
    """Kept, because finding an address takes longer than writing the rest of a mail. Holds no real token."""
    with _prefix(f"/communes/{slug}/" if slug else "/"):
        return reverse(name, kwargs={"token": token} if token else {})


@contextmanager
def _prefix(prefix: str) -> Iterator[None]:
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)
