"""The search as an application: back and forward, no connection, another language in the middle of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2, code="carte-identite", name={"fr": "Carte d’identité", "en": "Identity card"})


def test_back_and_forward_after_a_search(visit: Visit, world: World) -> None:
    visitor = visit(WIDE)
    visitor.open("/rendez-vous/?type=carte-identite")
    page, seen = visitor.page, []

    def arrive(url: str, day: str) -> None:
        """A state of the past may be loaded anew: done when its day is there and the page at rest."""
        page.wait_for_url(url)
        expect(page.locator("#jour")).to_have_text(day)
        page.wait_for_load_state("networkidle")
        visitor.look()

    for _step in range(2):
        seen.append((page.url, page.locator("#jour").text_content() or ""))
        page.locator("a[rel=next]").click()
        expect(page.locator("#jour")).not_to_have_text(seen[-1][1])
    seen.append((page.url, page.locator("#jour").text_content() or ""))
    for go, step in ((page.go_back, 1), (page.go_back, 0), (page.go_forward, 1), (page.go_forward, 2)):
        go(wait_until="commit")
        arrive(*seen[step])
    # Filters are alive after it, and one press is one search. Who waits for a slow answer can read on.
    asked: list[Route] = []
    page.route(lambda url: "tri=proche" in url, lambda route: asked.append(route))
    page.locator("#tri-proche").check()
    expect(page.locator("#resultats")).to_have_attribute("aria-busy", "true")
    visitor.look()
    asked.pop().continue_()
    expect(page.locator("#resultats")).not_to_have_attribute("aria-busy", "true")
    assert "tri=proche" in page.url and asked == []
    visitor.look()


def test_without_a_connection_a_press_says_so_and_loses_nothing(visit: Visit, world: World) -> None:
    visitor = visit(PHONE)
    visitor.open(f"/rendez-vous/?type=carte-identite&jour={day_ahead()}")
    page, told = visitor.page, visitor.page.locator("#hors-ligne")
    before = page.url
    page.context.set_offline(True)
    expect(told).to_be_hidden()
    page.locator("a[rel=next]").click()
    expect(told).to_be_visible()
    assert page.url == before
    page.context.set_offline(False)
    expect(told).to_be_hidden()
    page.get_by_role("button", name="Prendre ce rendez-vous").first.click()
    page.wait_for_url("**/retenu/**")
    page.locator("[name$='first_name']").fill("Odile")
    page.context.set_offline(True)
    page.locator("form#reservation button.govuk-button").first.click()
    expect(told).to_be_visible()
    visitor.look()
    assert page.locator("[name$='first_name']").input_value() == "Odile"
    page.context.set_offline(False)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_another_language_keeps_what_is_typed(visit: Visit, world: World, javascript: bool) -> None:
    visitor = visit(PHONE, javascript=javascript)
    visitor.open("/rendez-vous/?type=carte-identite")
    page = visitor.page
    page.get_by_role("button", name="Prendre ce rendez-vous").first.click()
    page.wait_for_url("**/retenu/**")
    page.locator("[name$='first_name']").fill("Odile")
    page.locator("[name$='email']").fill("odile@mail.example")
    visitor.click("button", "English")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("[name$='first_name']").input_value() == "Odile"
    assert page.locator("[name$='email']").input_value() == "odile@mail.example"
    page.locator("[name$='last_name']").fill("Fictive")
    page.locator("[name$='age']").first.check()
    page.locator("[name$='number']").fill("A123456789")
    page.locator("[name$='number']").press("Enter")
    page.wait_for_url("**/en/**/confirme/**")
    visitor.look()
    if javascript:
        # The page that was made of what was typed is an answer too: the way back asks nothing.
        page.go_back()
        page.wait_for_load_state("load")
        assert page.locator("html").get_attribute("lang") == "en" and "retenu" not in page.url


def test_a_held_time_is_in_sight_and_goes_on(visit: Visit, world: World) -> None:
    visitor = visit(PHONE)
    visitor.open("/rendez-vous/?type=carte-identite")
    visitor.page.get_by_role("button", name="Prendre ce rendez-vous").first.click()
    visitor.page.wait_for_url("**/retenu/**")
    for path in ("/", "/communes/", "/aide/", "/rendez-vous/?type=carte-identite"):
        visitor.open(path)
        expect(visitor.page.get_by_role("region", name="Horaire retenu")).to_be_visible()
    visitor.click("button", "Dix minutes de plus")
    assert "/retenu/" in visitor.page.url
    visitor.open("/aide/")
    visitor.click("button", "Libérer")
    expect(visitor.page.get_by_role("region", name="Horaire retenu")).to_have_count(0)
