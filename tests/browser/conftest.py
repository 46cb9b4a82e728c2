"""Chromium on this machine's own pages. Skips, saying so, only where there is no Chromium."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: How long anything awaited may take, in milliseconds: only a failure ever waits so long.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
#: Tables become blocks on a telephone, and the plan of a pool a list: nothing is hidden at the right.
TABLE_SIDEWAYS = """() => Array.from(document.querySelectorAll(".gc-table-scroll"))
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.innerText)"""
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt install chromium")
    # Playwright's loop runs in this thread; Django would otherwise take it for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _nobody_keeps_the_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Threads of the live server wait for a browser that is gone, and a database in use is not dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def site(live_server: LiveServer, settings: Any) -> str:
    """Where the pages are; mails point there too."""
    settings.PUBLIC_URL = live_server.url
    settings.STAFF_MFA_REQUIRED = False
    return str(live_server.url)


@dataclass
class Visitor:
    """One person with one browser. `look()` after each step: axe, no sideways scrolling, no script error."""

    page: Page
    site: str
    has_script: bool
    errors: list[str]
    seconds_looked: float = 0

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.site + path)
        self.look()

    def click(self, role: Any, name: Any, **more: Any) -> None:
        self.page.get_by_role(role, name=name, **more).first.click()
        self.look()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def look(self) -> None:
        began = time.monotonic()
        # A click waits until the new page begins; on a busy machine it has nothing in it yet.
        self.page.wait_for_load_state("load")
        assert self.errors == []
        sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if self.has_script:
            assert self.page.evaluate(sideways) <= 0, f"{self.page.url} scrolls sideways"
            if self.page.viewport_size == PHONE:
                assert not self.page.evaluate(TABLE_SIDEWAYS), f"a table of {self.page.url} scrolls sideways"
            found = Axe().run(self.page).response["violations"]
            said = [(item["id"], item["help"], [node["html"] for node in item["nodes"][:3]]) for item in found]
            assert said == [], self.page.url
        assert "</html>" in self.page.content()
        self.seconds_looked += time.monotonic() - began


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Callable[..., Visitor]]:
    """`visit(PHONE, javascript=False)` gives a visitor with a fresh browser profile.

    The test fails on any error of a page or its console, and on any request that leaves the site.
    """
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(viewport: dict[str, int] = WIDE, *, javascript: bool = True, **more: Any) -> Visitor:
        context = chromium.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            java_script_enabled=javascript,
            locale=more.pop("locale", "fr-FR"),
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        errors: list[str] = []
        # Of every tab of this browser, whether or not anybody looks at it.
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda said: errors.append(said.text) if _is_error(said) else None)
        context.on("request", lambda request: errors.append(request.url) if _leaves(request.url, site) else None)
        visitors.append(Visitor(context.new_page(), site, javascript, errors))
        return visitors[-1]

    yield make
    for context in contexts:
        context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []


def _is_error(said: Any) -> bool:
    # A refusal is told with its status (404, 409, 422, 429), which Chromium also writes to the console.
    return said.type == "error" and "the server responded with a status of 4" not in said.text


def _leaves(url: str, site: str) -> bool:
    return not url.startswith((site, "data:", "about:", "blob:"))
