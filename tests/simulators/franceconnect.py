"""A provider like FranceConnect v2 on loopback that lies in every way we can think of. All its people are invented.

In a test: `with franceconnect() as simulator:`, then `simulator.how = "aud"` before somebody comes. By itself, for the
demo, as a process of its own: `python tests/simulators/franceconnect.py PORT`; it lets everybody in as the same person.
"""

import base64
import json
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET = "guichet", "fictif" * 8
PERSON = {
    "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1",
    "given_name": "Angela Claire Louise",
    "family_name": "DUBOIS (fictif)",
    "email": "agent@rixheim.example",
}
#: What a token may claim falsely: the claim and what it says instead.
CLAIMS: dict[str, dict[str, Any]] = {
    "aud": {"aud": "another-client"},
    "aud_beside": {"aud": [CLIENT, "another-client"]},
    "no_aud": {"aud": None},
    "iss": {"iss": "http://evil.example"},
    "nonce": {"nonce": "x" * 43},
    "no_nonce": {"nonce": None},
    "expired": {"exp": 1, "iat": 1},
    "no_exp": {"exp": None},
    "acr": {"acr": "eidas0"},
    "no_acr": {"acr": None},
    "no_sub": {"sub": None},
    "sub_number": {"sub": 12},
}
SIGNATURES = ("alg_none", "hs256", "other_key", "cut", "another_payload")
#: Lies of the id token, then of the userinfo, then of the answers themselves.
LIES = (
    *CLAIMS,
    *SIGNATURES,
    "ui_sub",
    "ui_aud",
    "ui_iss",
    "ui_expired",
    "ui_json",
    *(f"ui_{how}" for how in SIGNATURES),
    "token_redirect",
    "token_html",
    "token_500",
    "token_huge",
    "token_no_id",
    "jwks_redirect",
    "jwks_empty",
    "jwks_secret",
    "userinfo_redirect",
    "userinfo_500",
)


def _part(said: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


@dataclass
class Simulator:
    """`how` it lies; `asked` are the paths it was asked, `wrong` what was wrong with how it was asked."""

    issuer: str = ""
    how: str = ""
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    person: dict[str, str] = field(default_factory=lambda: dict(PERSON))
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}))
    other: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))

    def sign(self, claims: dict[str, Any], prefix: str = "") -> str:
        claims = {name: value for name, value in claims.items() if value is not None}
        lie = self.how.removeprefix(prefix) if self.how.startswith(prefix) else ""
        if lie == "alg_none":
            return f"{_part({'alg': 'none', 'kid': 'k1'})}.{_part(claims)}."
        if lie == "hs256":
            return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(SECRET))
        token = jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self.other if lie == "other_key" else self.key)
        head, _payload, signature = token.split(".")
        if lie == "another_payload":
            return f"{head}.{_part(claims | {'sub': 'somebody-else'})}.{signature}"
        return token[:-8] if lie == "cut" else token

    def authorize(self, asked: dict[str, str]) -> str:
        """The address the browser is sent back to."""
        self.wrong += [
            name
            for name, bad in (
                ("acr_values", asked.get("acr_values") != "eidas1"),
                ("state", len(asked.get("state", "")) < 32),
                ("nonce", len(asked.get("nonce", "")) < 32),
                ("client_id", asked.get("client_id") != CLIENT),
                ("scope", "openid" not in asked.get("scope", "").split()),
                ("email", "email" in asked.get("scope", "")),
            )
            if bad
        ]
        code = uuid.uuid4().hex
        self.codes[code] = asked
        back = urllib.parse.urlencode({"code": code, "state": asked.get("state", "")})
        return f"{asked.get('redirect_uri', '')}?{back}"

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.person["sub"], "aud": CLIENT, "exp": now + 60, "iat": now}
        claims |= {"nonce": asked.get("nonce", ""), "acr": "eidas1"}
        return self.sign(claims | CLAIMS.get(self.how, {}))

    def userinfo(self) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {**self.person, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60}
        claims |= {
            "ui_sub": {"sub": "somebody-else"},
            "ui_aud": {"aud": "another-client"},
            "ui_iss": {"iss": "http://evil.example"},
            "ui_expired": {"exp": 1},
        }.get(self.how, {})
        return self.sign(claims, "ui_")


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, *_arguments: Any) -> None:
        """Tests print nothing."""

    def _say(self, body: Any, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        sent = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(sent)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(sent)

    def _lies(self, what: str) -> bool:
        """One of the lies that any answer may be."""
        how = self.server.simulator.how
        if how == f"{what}_redirect":
            self._say("", 302, Location=f"{self.server.simulator.issuer}/elsewhere")
        elif how == f"{what}_html":
            self._say("<!doctype html><title>Maintenance</title>", kind="text/html")
        elif how == f"{what}_500":
            self._say({"error": "server_error"}, 500)
        elif how == f"{what}_huge":
            self._say("[" + "1," * 100_000 + "1]")
        else:
            return False
        return True

    def do_GET(self) -> None:
        simulator, url = self.server.simulator, urllib.parse.urlparse(self.path)
        simulator.asked.append(url.path)
        asked = {name: values[-1] for name, values in urllib.parse.parse_qs(url.query).items()}
        match url.path.removeprefix("/api/v2"):
            case "/authorize":
                self._say("", 302, "text/html", Location=simulator.authorize(asked))
            case "/jwks":
                keys: list[Any] = [simulator.key.as_dict(private=False)]
                if simulator.how == "jwks_secret":
                    keys = [{"kty": "oct", "kid": "k1", "k": _part(SECRET)}]
                if not self._lies("jwks"):
                    self._say({"keys": [] if simulator.how == "jwks_empty" else keys})
            case "/userinfo":
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                if token not in simulator.tokens:
                    self._say({"error": "invalid_token"}, 401)
                elif simulator.how == "ui_json":
                    self._say(simulator.person)
                elif not self._lies("userinfo"):
                    self._say(simulator.userinfo(), kind="application/jwt")
            case "/session/end":
                self._say("", 302, "text/html", Location=asked.get("post_logout_redirect_uri", "/"))
            case _:
                self._say({}, 404)

    def do_POST(self) -> None:
        simulator = self.server.simulator
        simulator.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        sent = {name: values[-1] for name, values in urllib.parse.parse_qs(body).items()}
        asked = simulator.codes.pop(sent.get("code", ""), None)
        is_known = sent.get("client_id") == CLIENT and sent.get("client_secret") == SECRET
        if asked is None or not is_known or sent.get("redirect_uri") != asked.get("redirect_uri"):
            return self._say({"error": "invalid_grant"}, 400)
        if self._lies("token"):
            return None
        token = uuid.uuid4().hex
        simulator.tokens.add(token)
        said = {"access_token": token, "token_type": "Bearer", "expires_in": 60}
        return self._say(said if simulator.how == "token_no_id" else said | {"id_token": simulator.id_token(asked)})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: Simulator


def _server(port: int) -> _Server:
    server = _Server(("127.0.0.1", port), _Handler)
    server.simulator = Simulator(issuer=f"http://127.0.0.1:{server.server_port}/api/v2")
    return server


@contextmanager
def franceconnect() -> Iterator[Simulator]:
    server = _server(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.simulator
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    _server(int(sys.argv[1])).serve_forever()
