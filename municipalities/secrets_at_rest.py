"""Secrets in the database, encrypted with keys that are not in it: whoever gets a dump gets nothing that opens a door.

One mechanism for all: `encrypt` and `decrypt` over the ring of keys in the environment (`SECRETS_KEYS`; the first
encrypts, all decrypt), and `rotate_all` for whatever was `register`ed. A thing whose key is gone raises Unreadable.
"""

from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

#: Writes everything of its kind anew with the first key; returns how many it wrote.
Rotation = Callable[[], int]
_rotations: dict[str, Rotation] = {}


class Unreadable(Exception):
    """Encrypted with a key that is not in the ring, or changed since."""


def encrypt(clear: bytes) -> bytes:
    return _ring().encrypt(clear)


def decrypt(encrypted: bytes) -> bytes:
    """What was encrypted under any key of the ring. Raises Unreadable."""
    try:
        return _ring().decrypt(encrypted)
    except InvalidToken as problem:
        raise Unreadable from problem


def renew(encrypted: bytes) -> bytes:
    """The same thing under the first key. Raises Unreadable."""
    try:
        return _ring().rotate(encrypted)
    except InvalidToken as problem:
        raise Unreadable from problem


def register(name: str, rotation: Rotation) -> None:
    """Have `manage.py rotate_secrets` renew this kind of thing too."""
    _rotations[name] = rotation


def rotate_all() -> dict[str, int]:
    """Number of things written anew, by kind."""
    return {name: rotation() for name, rotation in sorted(_rotations.items())}


def fault_of(keys: list[str]) -> str:
    """What is wrong with a ring of keys, in English for whoever installs; empty when nothing is."""
    if not keys:
        return "there is none"
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            return f"number {number} is not 32 bytes in URL-safe base64"
    return ""


def _ring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRETS_KEYS])
