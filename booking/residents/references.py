"""References people read over the phone, and the keyed hashes that tie a hold to a browser."""

import hmac
import secrets

from django.conf import settings

#: Crockford's alphabet: no I, L, O, U to mishear or misread. 32^8 values.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Eight random characters, written `XXXX-XXXX`."""
    drawn = secrets.randbits(40)
    letters = "".join([ALPHABET[drawn >> shift & 31] for shift in range(0, 40, 5)])
    return f"{letters[:4]}-{letters[4:]}"


def keyed_hash(purpose: str, value: str) -> bytes:
    """32 bytes that say nothing about `value` to a reader of the database alone."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{purpose}:{value}".encode(), "sha256")
