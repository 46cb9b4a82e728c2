"""A resident's browser over plain HTTP: keeps cookies, fills in forms, follows what the service answers."""

import re
import secrets
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode

HOLD = "/rendez-vous/retenir/"
#: What goes wrong on the way while a server is being killed.
TROUBLE = (OSError, HTTPException)


class Unexpected(Exception):
    """The service answered something else than the way to an appointment. `status` is the HTTP status."""

    def __init__(self, step: str, status: int, body: str = "") -> None:
        super().__init__(f"{step}: {status} {body[:300]}")
        self.step, self.status = step, status


class Visitor:
    def __init__(self, port: int, *, timeout: float = 10, forms: bool = False) -> None:
        """`forms=True` also looks at the page between holding and confirming, as a person does."""
        self.port, self.timeout, self.forms = port, timeout, forms
        self.connection: HTTPConnection | None = None
        self.cookies: dict[str, str] = {}

    def search(self, **query: object) -> str:
        return self._ask("search", "GET", f"/rendez-vous/?{urlencode(query)}", expect=200)[1]

    def first_choice(self, page: str) -> str:
        found = re.search(r'name="creneau" value="([0-9-]+)"', page)
        if found is None:
            raise Unexpected("no start offered", 200, page)
        return found[1]

    def hold(self, slot: str, kind: str) -> str:
        """Take a start; the address of the page to confirm it on."""
        response, _ = self._post(
            "hold", HOLD, {"creneau": slot, "recherche": urlencode({"type": kind, "personnes": 1})}
        )
        return response.getheader("Location") or ""

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

    def _post(self, step: str, path: str, fields: dict[str, object]) -> tuple[HTTPResponse, str]:
        if "csrftoken" not in self.cookies:
            raise Unexpected(f"{step}: no CSRF cookie; search first", 0)
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]})
        return self._ask(step, "POST", path, body, expect=302)

    def _ask(
        self, step: str, method: str, path: str, body: str | None = None, *, expect: int
    ) -> tuple[HTTPResponse, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except TROUBLE:
            self.close()
            raise
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        if response.status != expect:
            raise Unexpected(step, response.status, text)
        return response, text
