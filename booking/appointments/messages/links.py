"""Addresses in messages. They are made by workers, so they start with PUBLIC_URL whatever host the worker runs on."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix

from municipalities.models import Municipality


def private_link(token: str, *, through: Municipality | None) -> str:
    """Opens one appointment, under the municipality's identity where it was booked there, in the active language."""
    return _address("appointments:link", through, token=token)


def search_link(*, through: Municipality | None) -> str:
    return _address("appointments:search", through)


def _address(name: str, through: Municipality | None, **arguments: str) -> str:
    with _prefix(f"/communes/{through.slug}/" if through else "/"):
        path = reverse(name, kwargs=arguments)
    return f"{settings.PUBLIC_URL}{path}"


@contextmanager
def _prefix(prefix: str) -> Iterator[None]:
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)
