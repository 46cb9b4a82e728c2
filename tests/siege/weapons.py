"""What is thrown: values that nobody types, bodies that nobody sends, and forms with something missing or too much."""

import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tests.siege.scouts import Target

WORDS = [
    "", " ", "\0", "a\0b", "\n", "a\r\nX-Intrus: 1", "\x7f\x1b[0m", "-1", "0", "1", "00", "1e400", "NaN", "-inf",
    "0x10", "²", "٣٤", "1,5", "9" * 10, "9" * 19, "9" * 20, "9" * 400, "9" * 4301, "-" + "9" * 30, "9999-12-31",
    "0000-00-00", "0001-01-01", "2026-02-30", "31/12/9999", "9999-12-31T23:59:59", "2026-11-25T10:00+99:99",
    "24:00", "25:61", "99999", "é" * 300, "a" * 5000, "'", '"', "<script>alert(1)</script>", "{{ 7|add:7 }}",
    "%(name)s", "{0.__class__}", "%", "%00", "../../etc/passwd", "//evil.example/", "https://evil.example/",
    "javascript:alert(1)", "\u202eabc", "\u200b", "e\u0301", "\U0001f9ff", "\ufffe", "null", "[]", "{}",
    '{"fr": 1}', "true", "None", "fr", "de", "on", "oui", "rdv-1", "guichet-0",
    "etablissement-99999999999999999999", "1-202602301000", "1-999912312359",
    "00000000-0000-0000-0000-000000000000", "a@b", "a@" + "b" * 300 + ".example", "@", "+33", "+" + "9" * 40,
    "18446744073709551616", "--", "a,b,c", ";", "\\", "\\000",
]  # fmt: skip
METHODS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
HEADERS: dict[str, list[str]] = {
    "HTTP_ACCEPT_LANGUAGE": ["x" * 600, "fr;q=9", "de-DE-1996;q=0.5,*", ";;;,"],
    "HTTP_HX_REQUEST": ["true"],
    "HTTP_HX_CURRENT_URL": ["%%%", "http://[", "é"],
    "HTTP_IF_NONE_MATCH": ["*", '"x"', 'W/"', '"' * 9, "a" * 3000],
    "HTTP_IF_MODIFIED_SINCE": ["jamais", "Thu, 99 Foo 9999 99:99:99 GMT"],
    "HTTP_REFERER": ["%%%", "http://[", "https://evil.example/"],
    "HTTP_HOST": ["evil.example", "[", "a" * 300, "testserver:99999"],
    "HTTP_X_FORWARDED_FOR": ["x, y", "1.2.3.4:5", ","],
    "HTTP_AUTHORIZATION": ["Basic !!!", "Basic AAAA", "Bearer é", "Bearer " + "x" * 3000],
    "HTTP_RANGE": ["bytes=9-1", "x"],
    "HTTP_ACCEPT": ["application/json", "x"],
    "HTTP_ACCEPT_ENCODING": ["gzip;q=x", "*;q=0"],
    "HTTP_CONTENT_ENCODING": ["gzip"],
    "HTTP_X_REQUESTED_WITH": ["XMLHttpRequest"],
    "HTTP_COOKIE": [
        'sessionid="\\000abcdefgh"',
        "sessionid=" + "é" * 20,
        "gc_acces=a:b:c; gc_navigateur=x; csrftoken=\\",
        "=",
    ],
}
BODIES: list[tuple[str, bytes]] = [
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx"),
    ("multipart/form-data; boundary=\xff", b"--x"),
    ("multipart/form-data; boundary=b", b"--b\r\nContent-Transfer-Encoding: base64\r\n"
     b"Content-Disposition: form-data; name=\"a\"\r\n\r\n!\r\n--b--"),
    ("application/x-www-form-urlencoded; charset=rot13", b"a=b"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    ("application/x-www-form-urlencoded", b"%ff=%fe&%00=%00&=&&&"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1500))),
    ("application/json", b"{"),
    ("application/json", b"{}"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b'[{"event": 1}]'),
    ("text/plain", b""),
    ("x", b"\xff\xfe"),
]  # fmt: skip


@dataclass
class Shot:
    method: str
    path: str
    data: Any = None
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    asks_csrf: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]} {str(self.data)[:600]} {self.content_type} {self.headers}"


def aim(target: Target, luck: random.Random) -> Shot:
    """One hostile input for that address."""
    fields = _spoilt(target.fields, luck)
    method = target.method if luck.random() < 0.85 else luck.choice(METHODS)
    headers = {name: luck.choice(HEADERS[name]) for name in luck.sample(sorted(HEADERS), luck.choice([0, 0, 0, 1, 2]))}
    shot = Shot(method, quote(target.path, safe="/%"), headers=headers, asks_csrf=luck.random() < 0.05)
    if method in ("GET", "HEAD") or luck.random() < 0.05:
        query = urlencode(fields, quote_via=quote, safe=luck.choice(["", "%"]))
        shot.path += f"?{query}" if query else ""
        return shot
    if luck.random() < 0.15:
        shot.content_type, shot.data = luck.choice(BODIES)
    elif target.has_files or luck.random() < 0.1:
        shot.content_type, shot.data = _parts(fields, luck)
    else:
        shot.content_type, shot.data = "application/x-www-form-urlencoded", urlencode(fields).encode()
    return shot


def _spoilt(fields: list[tuple[str, str]], luck: random.Random) -> list[tuple[str, str]]:
    done = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    for _n in range(luck.choice([0, 1, 1, 1, 2, 3, len(done)])):
        what = luck.random()
        if what < 0.15 or not done:
            done.append((luck.choice([*WORDS, *(name for name, _v in done)]), luck.choice(WORDS)))
        elif what < 0.3:
            done.pop(luck.randrange(len(done)))
        elif what < 0.4:
            done.append((luck.choice(done)[0], luck.choice(WORDS)))
        elif what < 0.45:
            done = []
        else:
            place = luck.randrange(len(done))
            done[place] = (done[place][0], luck.choice([*WORDS, done[place][1] + luck.choice(WORDS)]))
    return done


def _parts(fields: list[tuple[str, str]], luck: random.Random) -> tuple[str, bytes]:
    """As a browser sends a form with files, one of which may stand where a text should."""
    body = b""
    for name, value in fields:
        file = '; filename="x.png"' if luck.random() < 0.3 else ""
        safe = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        body += (
            f'--siege\r\nContent-Disposition: form-data; name="{safe}"{file}\r\n\r\n'.encode()
            + value.encode()
            + b"\r\n"
        )
    return "multipart/form-data; boundary=siege", body + b"--siege--\r\n"
