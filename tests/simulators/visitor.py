"""A resident's browser over plain HTTP: keeps cookies, fills in forms, follows what the service answers.

It speaks HTTP/1.1 itself, no more of it than our server does, for it shares the machine with what it measures: the
standard library's client takes several times as long to read an answer's head.
"""

import re
import secrets
import socket
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import urlencode

HOLD = "/rendez-vous/retenir/"
#: What goes wrong on the way while a server is being killed.
TROUBLE = (OSError,)


@dataclass
class Answer:
    status: int
    location: str = ""
    cookies: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Wire:
    """One connection, kept open. Raises OSError when the other end does not keep to HTTP, or has gone."""

    def __init__(self, port: int, timeout: float) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers: IO[bytes] = self.socket.makefile("rb")
        self.must_close = False

    def ask(self, head: str, body: str) -> Answer:
        self.socket.sendall(f"{head}\r\n\r\n{body}".encode())
        first = self.answers.readline().split(None, 2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/1."):
            raise ConnectionResetError("no answer")
        answer, length = Answer(int(first[1])), 0
        while (line := self.answers.readline().rstrip()) != b"":
            name, _colon, value = line.decode("latin-1").partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "location":
                    answer.location = value
                case "set-cookie":
                    cookie, _equals, content = value.partition(";")[0].partition("=")
                    answer.cookies.append((cookie, content.strip('"')))
                case "connection":
                    self.must_close = value.lower() == "close"
        answer.body = self.answers.read(length)
        if len(answer.body) < length:
            raise ConnectionResetError("half an answer")
        return answer

    def close(self) -> None:
        self.answers.close()
        self.socket.close()


class Unexpected(Exception):
    """The service answered something else than the way to an appointment. `status` is the HTTP status."""

    def __init__(self, step: str, status: int, body: str = "") -> None:
        super().__init__(f"{step}: {status} {body[:300]}")
        self.step, self.status = step, status


class Visitor:
    def __init__(self, port: int, *, timeout: float = 10, forms: bool = False) -> None:
        """`forms=True` also looks at the page between holding and confirming, as a person does."""
        self.port, self.timeout, self.forms = port, timeout, forms
        self.connection: Wire | None = None
        self.cookies: dict[str, str] = {}

    def search(self, **query: object) -> str:
        return self._ask("search", "GET", f"/rendez-vous/?{urlencode(query)}", expect=200).body.decode()

    def first_choice(self, page: str) -> str:
        found = re.search(r'name="creneau" value="([0-9-]+)"', page)
        if found is None:
            raise Unexpected("no start offered", 200, page)
        return found[1]

    def hold(self, slot: str, kind: str) -> str:
        """Take a start; the address of the page to confirm it on."""
        fields: dict[str, object] = {"creneau": slot, "recherche": urlencode({"type": kind, "personnes": 1})}
        return self._post("hold", HOLD, fields).location

    def confirm(self, address: str, kind: str, *, number: str, email: str) -> None:
        path = address.partition("?")[0]
        if self.forms:
            self._ask("form", "GET", address, expect=200)
        self._post(
            "confirm",
            path,
            {
                "p0-first_name": "Odile",
                "p0-last_name": "Fictive",
                "p0-age": "majeur",
                "p0-birth_year": "",
                "p0-situation": "renewal",
                "p0-number": number,
                "email": email,
                "phone": "",
                "language": "fr",
                "home": "",
                "recherche": urlencode({"type": kind, "personnes": 1}),
            },
        )

    def book(self, slot: str, kind: str, *, number: str = "", email: str = "") -> str:
        """Hold and confirm; the pre-application number, which nobody else has."""
        number = number or secrets.token_hex(5).upper()
        self.confirm(self.hold(slot, kind), kind, number=number, email=email or f"{number.lower()}@mail.example")
        return number

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _post(self, step: str, path: str, fields: dict[str, object]) -> Answer:
        if "csrftoken" not in self.cookies:
            raise Unexpected(f"{step}: no CSRF cookie; search first", 0)
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]})
        return self._ask(step, "POST", path, body, expect=302)

    def _ask(self, step: str, method: str, path: str, body: str = "", *, expect: int) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}"
        if body:
            head += f"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
        try:
            if self.connection is None:
                self.connection = Wire(self.port, self.timeout)
            answer = self.connection.ask(head, body)
        except TROUBLE:
            self.close()
            raise
        if self.connection.must_close:
            self.close()
        self.cookies.update(answer.cookies)
        if answer.status != expect:
            raise Unexpected(step, answer.status, answer.body.decode())
        return answer
