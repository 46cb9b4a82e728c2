"""FranceConnect v2, asked by ourselves: a code, three calls, nothing believed that is not signed and meant for us.

The provider's addresses follow from its issuer, as its documentation fixes them; none is read from an answer, and no
redirect is followed. Each call has its time, and so have all of them together. Of what FranceConnect knows of a person
we keep the keyed hash of `sub`; the name is offered to a new family, the mail address is not even asked for.
"""

import hmac
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from booking.residents.exceptions import FranceConnectAway, FranceConnectRefused
from booking.residents.references import keyed_hash
from municipalities import foreign_json

ACR = "eidas1"
SCOPES = "openid given_name family_name"
#: What FranceConnect signs with; never `none`, never a secret that both sides know.
ALGORITHMS = ["ES256", "RS256"]
#: Seconds to connect, between two pieces of an answer, and for one call altogether; bytes of an answer.
CONNECT, READ, WHOLE = 3, 4, 6
MOST_BYTES = 64 * 1024
#: Seconds by which two clocks may differ.
LEEWAY = 10


@dataclass(frozen=True)
class Identity:
    """Who FranceConnect says is there. `id_token` is given back to it when they sign out."""

    sub_hash: bytes
    name: str
    id_token: str


def is_offered() -> bool:
    """Whether this installation has been given what FranceConnect asks for."""
    return bool(
        settings.FRANCECONNECT_URL and settings.FRANCECONNECT_CLIENT_ID and settings.FRANCECONNECT_CLIENT_SECRET
    )


def authorize_address(*, state: str, nonce: str, back: str) -> str:
    """Where the browser goes; `back` is our own address, as it was told to FranceConnect."""
    asked = {
        "response_type": "code",
        "client_id": settings.FRANCECONNECT_CLIENT_ID,
        "redirect_uri": back,
        "scope": SCOPES,
        "acr_values": ACR,
        "state": state,
        "nonce": nonce,
    }
    return f"{settings.FRANCECONNECT_URL}/authorize?{urlencode(asked)}"


def logout_address(*, id_token: str, state: str, back: str) -> str:
    told = {"id_token_hint": id_token, "state": state, "post_logout_redirect_uri": back}
    return f"{settings.FRANCECONNECT_URL}/session/end?{urlencode(told)}"


def identify(*, code: str, nonce: str, back: str) -> Identity:
    """Who came back with this code. Raises FranceConnectRefused, FranceConnectAway."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": settings.FRANCECONNECT_CLIENT_ID,
        "client_secret": settings.FRANCECONNECT_CLIENT_SECRET,
    }
    tokens = _json(_ask("POST", "/token", data=asked))
    access, id_token = tokens.get("access_token"), tokens.get("id_token")
    if not isinstance(access, str) or not isinstance(id_token, str):
        raise FranceConnectRefused("no_tokens")
    keys = _keys()
    claims = _claims(id_token, keys, nonce={"essential": True, "value": nonce}, acr={"essential": True, "value": ACR})
    told = _ask("GET", "/userinfo", headers={"Authorization": f"Bearer {access}"})
    if told.kind != "application/jwt":
        raise FranceConnectRefused("userinfo_unsigned")
    person = _claims(told.text, keys)
    if not hmac.compare_digest(str(claims["sub"]).encode(), str(person["sub"]).encode()):
        raise FranceConnectRefused("sub_differs")
    return Identity(keyed_hash("franceconnect sub", str(claims["sub"])), _name_of(person), id_token)


def _name_of(person: dict[str, Any]) -> str:
    """« Angela DUBOIS »: the first given name and the family name, as far as they are names."""
    given = str(person.get("given_name") or "").split(" ")[0]
    return " ".join(f"{given} {person.get('family_name') or ''}".split())[:120]


def _claims(token: str, keys: KeySet, **more: Any) -> dict[str, Any]:
    """What a token says, once its signature, issuer, audience and time are right. Raises FranceConnectRefused."""
    rules = JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.FRANCECONNECT_URL},
        aud={"essential": True},
        exp={"essential": True},
        sub={"essential": True},
        **more,
    )
    try:
        claims: dict[str, Any] = jwt.decode(token.strip(), keys, algorithms=ALGORITHMS).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise FranceConnectRefused(type(error).__name__) from error
    # For us, and for nobody else beside us.
    if claims["aud"] not in (settings.FRANCECONNECT_CLIENT_ID, [settings.FRANCECONNECT_CLIENT_ID]):
        raise FranceConnectRefused("aud")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise FranceConnectRefused("sub")
    return claims


def _keys() -> KeySet:
    """The provider's keys of now: it may have changed them since."""
    try:
        return KeySet.import_key_set(_json(_ask("GET", "/jwks")))  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise FranceConnectRefused("keys") from error


@dataclass(frozen=True)
class _Answer:
    text: str
    kind: str


def _json(answer: _Answer) -> dict[str, Any]:
    try:
        read = foreign_json.read(answer.text)
    except ValueError as error:
        raise FranceConnectRefused("not_json") from error
    if not isinstance(read, dict):
        raise FranceConnectRefused("not_json")
    return read


def _ask(method: str, path: str, **sent: Any) -> _Answer:
    """One call: no redirect, a limit of time and of size, 200 or nothing. Raises FranceConnectAway, …Refused."""
    ends = time.monotonic() + WHOLE
    try:
        with requests.request(
            method,
            f"{settings.FRANCECONNECT_URL}{path}",
            timeout=(CONNECT, READ),
            allow_redirects=False,
            stream=True,
            **sent,
        ) as answer:
            body = b""
            for piece in answer.iter_content(8192):
                body += piece
                if len(body) > MOST_BYTES:
                    raise FranceConnectRefused("too_long")
                if time.monotonic() > ends:
                    raise FranceConnectAway("slow")
            if answer.status_code >= 500:
                raise FranceConnectAway(f"status_{answer.status_code}")
            if answer.status_code != 200:
                raise FranceConnectRefused(f"status_{answer.status_code}")
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return _Answer(body.decode("utf-8"), kind)
    except requests.RequestException as error:
        raise FranceConnectAway(type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise FranceConnectRefused("not_text") from error
