"""Names of our cookies."""

from django.conf import settings


def cookie_name(name: str) -> str:
    """With `__Host-` in production: no other host of the domain, and nobody without https, can set such a cookie."""
    return f"{settings.COOKIE_PREFIX}{name}"
