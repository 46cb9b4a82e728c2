"""In production every cookie of ours is named `__Host-…`, with what browsers ask of such a name."""

import re
from typing import Any

import pytest
from django.conf import settings as installed
from django.test import Client
from django.urls import reverse

from tests.people import agent_of
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db

#: As production.py has them; reading that module here would take its secrets from the environment.
AS_IN_PRODUCTION = {
    "COOKIE_PREFIX": "__Host-",
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


@pytest.fixture
def production(settings: Any) -> None:
    for name, value in AS_IN_PRODUCTION.items():
        setattr(settings, name, value)


def cookies_of_a_day() -> Client:
    """A browser that has got every cookie we give: of residents, of agents, and the sentence for the next page."""
    world = shared_calendar()
    browser = Client()
    browser.get(reverse("appointments:search"), secure=True)
    browser.get(reverse("residents:find"), secure=True)
    browser.force_login(agent_of(world.facilities[0]), backend="allauth.account.auth_backends.AuthenticationBackend")
    browser.post(reverse("counter:unsent"), secure=True)
    return browser


def test_every_cookie_is_this_hosts_alone(production: None) -> None:
    cookies = cookies_of_a_day().cookies
    assert {"__Host-session", "__Host-csrf", "__Host-messages", "__Host-gc_navigateur"} <= set(cookies)
    for name, cookie in cookies.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"], name


def test_twin_as_django_comes_the_sentence_is_anybodys(production: None, settings: Any) -> None:
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
    assert "messages" in cookies_of_a_day().cookies


def test_production_says_the_same() -> None:
    text = (installed.ROOT / "config" / "settings" / "production.py").read_text()
    said = dict(re.findall(r"^(\w*COOKIE\w+) = (.+)$", text, re.MULTILINE))
    assert set(AS_IN_PRODUCTION) <= set(said)
