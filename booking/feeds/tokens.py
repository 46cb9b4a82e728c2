"""What a calendar depends on, as short names, and the addresses of calendars."""

import hashlib
import hmac

from django.conf import settings
from django.urls import get_script_prefix, reverse


def contact_hash(subject_id: object, contact: str) -> bytes:
    """Ties a resident's feed to the contact it was made for, without keeping that contact a second time."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{subject_id}\x1f{contact}".encode(), "sha256")


def private_address(token: str) -> str:
    """`https://…/calendriers/<token>.ics`, whichever municipality's pages it was made under."""
    return _absolute(reverse("calendars:private", args=[token]))


def public_address(slug: str) -> str:
    return _absolute(reverse("calendars:municipality", args=[slug]))


def as_webcal(address: str) -> str:
    """The same address for clients that subscribe when they meet `webcal:`."""
    return "webcal://" + address.partition("://")[2]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}/{path.removeprefix(get_script_prefix())}"


def digest(*parts: object) -> str:
    """A short name for these values: the same for the same, another for any other."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:40]
