"""The register on one telephone: the network is cut, the page killed, an answer lost, another coach signs in. No mark
is lost, and none is shown to somebody else."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from booking.activities.models import RegisterMark, Said, Session
from municipalities.models import StaffMember
from tests import people
from tests.browser.conftest import PATIENCE, PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories.enrolments import water
from tests.factories.municipalities import PASSWORD
from tests.factories.register import seated, session_today
from tests.simulators.network import Network, network

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
MARKS = b"/piscines/bord/marques/"
#: Everything the telephone keeps, but for what pages look like: as one text.
KEPT = """async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    if (name === "registre-aspect") continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) texts.push(request.url + await (await cache.match(request)).text());
  }
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("registre", 1);
    asked.onsuccess = () => done(asked.result);
  });
  for (const name of opened.objectStoreNames) {
    const rows = await new Promise((done) => {
      const asked = opened.transaction(name).objectStore(name).getAll();
      asked.onsuccess = () => done(asked.result);
    });
    texts.push(JSON.stringify(rows));
  }
  opened.close();
  return texts.join("\\n");
}"""


@pytest.fixture
def air(site: str) -> Iterator[Network]:
    port = urlsplit(site).port
    assert port is not None
    with network(port) as made:
        yield made


def sign_in(page: Page, base: str, staff: StaffMember) -> None:
    page.goto(base + reverse("account_login") + "?next=" + reverse("register:day"))
    page.locator("[name=login]").fill(staff.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(f"**{reverse('register:day')}")


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def waits(page: Page, number: int) -> None:
    line = page.locator(".rg-count")
    if number:
        expect(line).to_contain_text(str(number))
    else:
        expect(line).to_be_hidden()


def tap(page: Page, name: str, word: str) -> None:
    button = page.locator(".rg-person", has_text=name).get_by_role("button", name=word).first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_no_mark_is_lost_and_none_is_shown_to_another(chromium: Browser, air: Network, tmp_path: Any) -> None:
    basin = water()
    operator = basin.pool.facility.operator
    first = people.coach(operator, email="premier@bassin.example")
    second = people.coach(operator, email="second@bassin.example")
    one = session_today(basin, coach=first, code="premier")
    other = session_today(basin, coach=second, code="second")
    lea = seated(one, given_name="Léa", family_name="Première", safety_remark="Asthme")
    nino = seated(one, given_name="Nino", family_name="Premier")
    zoe = seated(other, given_name="Zoé", family_name="Seconde")
    base = f"http://localhost:{air.port}"
    context = chromium.new_context(viewport=PHONE, locale="fr-FR", timezone_id="Europe/Paris")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        sign_in(page, base, first)
        address = base + reverse("register:session", args=[one.pk])
        page.get_by_role("link", name="premier").click()
        page.wait_for_url(address)
        until(lambda: "Première" in page.evaluate(KEPT))

        air.cut()
        tap(page, "Léa", "Présent")
        waits(page, 1)
        page.close()
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".rg-person", has_text="Léa").get_by_role("button", name="Présent")).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(page.get_by_text("Asthme")).to_be_visible()
        waits(page, 1)
        tap(page, "Nino", "Absent")
        waits(page, 2)
        assert not RegisterMark.objects.exists()

        air.mend()
        air.deaf_to = MARKS
        until(lambda: RegisterMark.objects.count() == 2)
        waits(page, 2)
        air.mend()
        waits(page, 0)
        assert {(mark.member_id, mark.said) for mark in RegisterMark.objects.all()} == {
            (lea.pk, Said.PRESENT),
            (nino.pk, Said.ABSENT),
        }

        air.shut_to = MARKS
        tap(page, "Léa", "Absent")
        waits(page, 1)
        page.get_by_role("button", name="Se déconnecter").click()
        page.wait_for_url(lambda url: "/agents/" not in url)
        sign_in(page, base, second)
        page.get_by_role("link", name="second").click()
        tap(page, "Zoé", "Présent")
        waits(page, 1)
        kept = page.evaluate(KEPT)
        assert "Seconde" in kept or "second" in kept
        assert [name for name in ("Première", "Léa", "Nino", "Asthme") if name in kept] == []
        assert "Léa" not in page.content()
        air.mend()
        waits(page, 0)
        until(lambda: RegisterMark.objects.count() == 4)
        last = RegisterMark.objects.filter(member=lea).latest("made_at")
        assert (last.said, last.by) == (Said.ABSENT, first)
        assert RegisterMark.objects.get(member=zoe).by == second
        air.cut()
        page.goto(address)
        expect(page.get_by_role("heading", name="Pas de réseau")).to_be_visible()
    finally:
        context.close()


#: An address without TLS, as a demonstration in one's own network has; a private window that keeps nothing.
WITHOUT = {
    "no TLS": "Object.defineProperty(window, 'isSecureContext', { value: false }); crypto.randomUUID = undefined;",
    "no store": "IDBFactory.prototype.open = () => { throw new Error('refused'); };",
}


@pytest.mark.parametrize("without", WITHOUT.values(), ids=WITHOUT)
def test_where_the_telephone_keeps_nothing_a_tap_is_a_form(without: str, visit: Visit) -> None:
    basin = water()
    coach = people.coach(basin.pool.facility.operator)
    found = session_today(basin, coach=coach, code="mer-14")
    seated(found, given_name="Léa", family_name="Fictive")
    visitor = signed_in(visit(PHONE), coach)
    visitor.page.add_init_script(without)
    visitor.open(reverse("register:session", args=[found.pk]))
    tap(visitor.page, "Léa", "Présent")
    visitor.page.get_by_text("Niveau atteint").first.click()
    visitor.page.get_by_role("button", name="intermédiaire").click()
    expect(visitor.page.locator(".rg-who")).to_contain_text("intermédiaire")
    marks = RegisterMark.objects.order_by("made_at").values_list("said", flat=True)
    assert list(marks) == [Said.PRESENT, Said.LEVEL]


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_fit_for_everybody(viewport: dict[str, int], visit: Visit) -> None:
    basin = water()
    coach = people.coach(basin.pool.facility.operator)
    found: Session = session_today(basin, coach=coach, code="mer-14")
    session_today(basin, code="autre")
    seated(found, given_name="Léa", family_name="Fictive", safety_remark="Asthme : inhalateur dans le sac bleu")
    for number in range(5):
        seated(found, given_name="Nino", family_name=f"Fictif {number}")
    visitor = signed_in(visit(viewport), coach)
    for name, arguments in [
        ("register:day", []),
        ("register:session", [found.pk]),
        ("register:sheet", [found.pk]),
        ("register:mails", []),
    ]:
        visitor.open(reverse(name, args=arguments))
        shot(visitor, name.replace(":", "-"))
    planner = signed_in(visit(viewport), people.sports_manager(basin.pool.facility.operator))
    for name in ("occupancy:figures", "occupancy:proposals"):
        planner.open(reverse(name))
        shot(planner, name.replace(":", "-"))
