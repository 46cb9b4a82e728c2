"""Pages of failures speak the language and bear the name of the page that failed, and lose nothing that was typed."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.config.test_away import a_form, closed, given_back
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = {"contact": "odile@mail.example"}


def visitor() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def unreadable(browser: Client, root: str) -> Any:
    return browser.get(root, {"q": "\0"})


def too_large(browser: Client, root: str) -> Any:
    return browser.post(root, "x", content_type="text/plain", headers={"content-length": "60000000"})


def too_old(browser: Client, root: str) -> Any:
    return browser.post(f"{root}retrouver/", TYPED)


def unasked(browser: Client, root: str) -> Any:
    return browser.get(root)


@pytest.mark.parametrize(
    ("ask", "state", "status"),
    [(unreadable, None, 400), (too_large, None, 413), (too_old, None, 403), (unasked, closed, 503)],
    ids=["400", "413", "csrf", "503"],
)
def test_a_failure_speaks_as_the_page_that_failed_and_leads_back_to_its_home(ask: Any, state: Any, status: int) -> None:
    town = shared_calendar().facilities[0].municipality
    root = f"/communes/{town.slug}/de/"
    browser = visitor()
    assert browser.get(root).status_code == 200
    with translation.override("en"), (state or nullcontext)():
        answer = ask(browser, root)
    page = answer.content.decode()
    assert answer.status_code == status
    assert '<html lang="de">' in page and "Zur Startseite" in page
    assert town.name in page and f'href="{root}"' in page and "--accent:" in page


def test_a_failure_of_the_portal_bears_its_own_name() -> None:
    page = unreadable(visitor(), "/en/").content.decode()
    assert '<html lang="en">' in page and 'href="/en/"' in page and "--accent:" not in page


@pytest.mark.parametrize("own", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}])
def test_a_form_that_is_too_old_comes_back_to_be_sent_again(own: dict[str, str]) -> None:
    browser = visitor()
    refused = browser.post("/retrouver/", TYPED | {"csrfmiddlewaretoken": "x" * 64}, headers=own)
    assert refused.status_code == 403
    assert given_back(refused).items() >= TYPED.items()
    assert browser.post("/retrouver/", given_back(refused), headers=own).status_code == 200


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (TYPED, {"sec-fetch-site": "cross-site"}),
        (TYPED, {"sec-fetch-site": "cross-site", "origin": "http://testserver"}),
        (TYPED, {"origin": "http://testserver.example"}),
        (TYPED, {"origin": "https://testserver"}),
        (TYPED, {"origin": "null"}),
        (TYPED, {}),
        ({"password": "un secret de taille"}, {"sec-fetch-site": "same-origin"}),
    ],
)
def test_no_form_comes_back_that_another_site_may_have_sent_nor_a_secret(sent: Any, headers: Any) -> None:
    browser = visitor()
    a_form(browser)
    answer = browser.post("/retrouver/", sent, headers=headers)
    assert answer.status_code == 403
    assert given_back(answer) == {}
