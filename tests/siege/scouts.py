"""Where there is something to storm: forms and links as the pages have them, addresses as the resolver has."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

#: Converters of addresses and what may stand in their place; anything else gets words.
_HOLE = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass
class Target:
    """One address with its fields as a page offers them; `method` is what the page would send."""

    path: str
    method: str = "GET"
    fields: list[tuple[str, str]] = field(default_factory=list)
    has_files: bool = False


class _Page(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.links, self.forms = path, [], []  # type: ignore[var-annotated]
        self._form: Target | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.path, said.get("action", ""))
            self._form = Target(action, said.get("method", "get").upper(), [], "multipart" in said.get("enctype", ""))
            self.forms.append(self._form)
        elif tag in ("input", "select", "textarea", "button") and said.get("name"):
            owner = self._form or (self.forms[-1] if self.forms and said.get("form") else None)
            if owner is not None:
                owner.fields.append((said["name"], said.get("value", "")))
        for name in ("href", "hx-get", "hx-post", "src"):
            if tag != "link" and said.get(name):
                self.links.append(urljoin(self.path, said[name]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def scout(client: Client, doors: list[str], pages: int) -> list[Target]:
    """What this browser finds, from these addresses on: one page of each view, and every form and link on it."""
    found: dict[tuple[str, str, tuple[str, ...]], Target] = {}
    waiting, seen_views, seen_paths = list(doors), set(), set()
    while waiting and len(seen_views) < pages:
        address = urlsplit(waiting.pop(0))
        view = view_of(address.path)
        if address.netloc or not view or view in seen_views or address.path in seen_paths or "logout" in view:
            continue
        seen_paths.add(address.path)
        answer = client.get(f"{address.path}?{address.query}" if address.query else address.path, follow=True)
        if answer.status_code >= 400 or "text/html" not in answer.get("Content-Type", ""):
            continue
        seen_views.add(view)
        page = _Page(answer.request["PATH_INFO"])
        page.feed(answer.content.decode())
        links = [Target(urlsplit(link).path, "GET", parse_qsl(urlsplit(link).query)) for link in page.links]
        for target in [Target(address.path, "GET", parse_qsl(address.query)), *page.forms, *links]:
            where = view_of(target.path)
            if where:
                key = (where, target.method, tuple(sorted({name for name, _value in target.fields})))
                found.setdefault(key, target)
        waiting += page.links
    return list(found.values())


def view_of(path: str) -> str:
    """Name of the view behind a path of ours; empty where there is none."""
    if not path.startswith("/") or path.startswith("/static/"):
        return ""
    path = re.sub(r"^/communes/[^/]+(?=/.)", "", path)
    try:
        return resolve(path).view_name
    except (Resolver404, ValueError):
        return ""


def patterns(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of the site with its holes: `/agents/equipe/<int:pk>/`. Expressions come as they are written."""
    for pattern in (resolver or get_resolver()).url_patterns:
        where = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, where)
        elif isinstance(pattern, URLPattern):
            yield where


def fill(pattern: str, luck: random.Random, words: list[str]) -> str:
    """An address of that pattern: mostly something that fits, sometimes not."""

    def one(hole: re.Match[str]) -> str:
        kind = hole[1]
        if luck.random() < 0.2:
            return luck.choice(words)
        if kind == "int":
            return str(luck.choice([luck.randrange(1, 40), 0, 10 ** luck.randrange(1, 25), 2**31, 2**63]))
        if kind == "uuid":
            return f"{luck.randrange(2**32):08x}-0000-4000-8000-{luck.randrange(2**48):012x}"
        return luck.choice(["rixheim", "quelquepart", "0" * 32, "1", *words])

    return re.sub(r"\(\?P<\w+>[^)]*\)\+?\)?", lambda _: luck.choice(["1-abc", *words]), _HOLE.sub(one, pattern))
