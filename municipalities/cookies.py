"""Names of our cookies."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


def cookie_name(name: str) -> str:
    """With `__Host-` in production: no other host of the domain, and nobody without https, can set such a cookie."""
    return f"{settings.COOKIE_PREFIX}{name}"


class MessageCookies(CookieStorage):
    """Django's sentences for the next page, in a cookie that is named as ours are."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return cookie_name("messages")
