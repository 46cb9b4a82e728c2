"""References people read over the phone, secrets they hold, and what is kept of either."""

import hashlib
import hmac
import secrets
from uuid import UUID

from django.conf import settings

#: Crockford's alphabet: no I, L, O, U to mishear or misread. 32^8 values.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Eight random characters, written `XXXX-XXXX`."""
    return _written(secrets.randbits(40))


def reference_of(pk: UUID) -> str:
    """The same for something that has a random key: what people read aloud of it, never what opens it."""
    return _written(pk.int >> 88)


def _written(drawn: int) -> str:
    letters = "".join([ALPHABET[drawn >> shift & 31] for shift in range(0, 40, 5)])
    return f"{letters[:4]}-{letters[4:]}"


#: 192 bits, 32 letters that survive every address field.
TOKEN_BYTES = 24


def new_token() -> str:
    """A secret from a CSPRNG. Whoever holds it may; only `token_hash` of it is stored."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """The SHA-256 of a token: nobody guesses 192 bits, so it needs no key."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(purpose: str, value: str) -> bytes:
    """32 bytes that say nothing about `value` to a reader of the database alone."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{purpose}:{value}".encode(), "sha256")
