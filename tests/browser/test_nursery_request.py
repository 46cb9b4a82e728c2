"""A request for a nursery place on a phone: left at every step, resumed by its link in another browser, received."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import Nursery, NurseryApplication
from booking.nurseries.requests.steps import Step
from booking.residents.actions import mint_link
from tests.booking.nurseries.family import born, next_month, nurseries
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_agent_day import shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
#: What a page of the request may weigh, with its own style sheet.
HEAVIEST = 60_000


@pytest.fixture
def chosen() -> list[Nursery]:
    return nurseries(2)


def _link(request: NurseryApplication) -> str:
    later = timezone.now() + timedelta(days=1)
    token = mint_link(subject_type="nursery_request", subject_id=request.pk, expires_at=later)
    return reverse("residents:link", args=[token])


def _answers(chosen: list[Nursery]) -> dict[Step, dict[str, str]]:
    """By step, in the order of the page."""
    return {
        Step.CHILDREN: {"given_name": "Ada", "family_name": "Meyer", "born_on": born().isoformat()},
        Step.PARENTS: {
            "name": "Odile Meyer",
            "address": "3 rue des Tilleuls",
            "home": "rixheim",
            "situation": "employed",
        },
        Step.WEEK: {"start_month": next_month(), "mon_am": "on", "tue_am": "on", "down_to": "1"},
        Step.WISHES: {"wish1": chosen[0].facility.slug, "wish2": chosen[1].facility.slug},
    }


def _fill(page: Any, **said: str) -> None:
    for name, value in said.items():
        ticked = page.locator(
            f"input[type=checkbox][name$='-{name}'], input[type=radio][name$='-{name}'][value='{value}']"
        )
        listed = page.locator(f"select[name$='-{name}']")
        if ticked.count():
            ticked.first.check()
        elif listed.count():
            listed.first.select_option(value)
        else:
            page.locator(f"[name$='-{name}']").first.fill(value)


def test_a_request_is_left_at_every_step_and_resumed_elsewhere(visit: Visit, chosen: list[Nursery]) -> None:
    first = visit(PHONE, javascript=False)
    first.open(reverse("nurseries:start"))
    first.page.locator("[name=email]").fill("famille@mail.example")
    first.click("button", "Continuer")
    request = NurseryApplication.objects.get()
    looking = visit(PHONE)
    looking.open(_link(request))
    for step, said in _answers(chosen).items():
        address = reverse("nurseries:step", args=[request.pk, step])
        _weigh(looking, address)
        elsewhere = visit(PHONE, javascript=False)
        elsewhere.open(_link(request))
        elsewhere.click("link", "Reprendre")
        assert elsewhere.page.url.endswith(address), "the link resumes where the family was"
        _fill(elsewhere.page, **said)
        elsewhere.click("button", "Enregistrer et reprendre plus tard")
        assert elsewhere.page.get_by_role("heading", level=1).inner_text() == "Votre demande est gardée"
        _weigh(looking, address)
    _weigh(looking, reverse("nurseries:documents", args=[request.pk]))
    _weigh(looking, reverse("nurseries:step", args=[request.pk, Step.CHECK]))
    last = visit(PHONE, javascript=False)
    last.open(_link(request))
    last.click("link", "Reprendre")
    last.click("button", "Envoyer la demande")
    request.refresh_from_db()
    assert request.state == ApplicationState.RECEIVED
    told = last.page.inner_text("main")
    assert request.reference in told and "Il manque encore" in told
    assert all(one.facility.name in told for one in chosen)
    _weigh(looking, reverse("nurseries:request", args=[request.pk]))
    _weigh(looking, reverse("nurseries:step", args=[request.pk, Step.WEEK]))


def _weigh(visitor: Visitor, address: str) -> None:
    visitor.open(address)
    shot(visitor, address.strip("/").replace("/", "-")[-20:])
    weight = len(visitor.page.content().encode())
    assert weight <= HEAVIEST, f"{address}: {weight}"


def test_a_request_by_keyboard_in_german_and_read_in_english_on_a_narrow_page(
    visit: Visit, chosen: list[Nursery]
) -> None:
    """320 CSS pixels is a 1280 wide window at 400 %, the harder case than 200 %."""
    narrow = {"width": 320, "height": 600}
    family, reader = visit(narrow), visit(narrow)
    family.open("/de" + reverse("nurseries:start"))
    _reach(family, "[name=email]")
    family.page.keyboard.type("famille@mail.example")
    _go_on(family)
    request = NurseryApplication.objects.get()
    assert request.language == "de"
    reader.open("/en" + _link(request))
    for step, said in _answers(chosen).items():
        address = reverse("nurseries:step", args=[request.pk, step])
        assert family.page.url.endswith(address) and _language(family) == "de"
        reader.open("/en" + address)
        assert _language(reader) == "en"
        for name, value in said.items():
            _answer(family, name, value)
        _go_on(family)
    _go_on(family, "a.govuk-button")
    _go_on(family)
    request.refresh_from_db()
    assert request.state == ApplicationState.RECEIVED
    assert request.reference in family.page.inner_text("main")
    reader.open("/en" + reverse("nurseries:request", args=[request.pk]))


def _language(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("document.documentElement.lang"))


def _reach(visitor: Visitor, selector: str) -> None:
    """By Tab alone."""
    for _n in range(150):
        if visitor.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        visitor.press("Tab")
    raise AssertionError(f"the keyboard never reaches {selector}")


def _answer(visitor: Visitor, name: str, value: str) -> None:
    _reach(visitor, f"[name$='-{name}']")
    kind = visitor.page.evaluate("document.activeElement.type")
    if kind == "checkbox":
        visitor.press("Space")
    elif kind == "select-one":
        for _n in range(60):
            if visitor.page.evaluate("document.activeElement.value") == value:
                break
            visitor.press("ArrowDown")
    elif kind == "date":
        year, month, day = value.split("-")
        # In the order of the browser's own language.
        for typed in (f"{day}{month}{year}", f"{month}{day}{year}"):
            if visitor.page.evaluate("document.activeElement.value") != value:
                visitor.page.keyboard.type(typed)
                visitor.press("ArrowLeft", "ArrowLeft")
    else:
        visitor.page.keyboard.type(value)
    said = visitor.page.evaluate(
        "(name) => { const one = document.querySelector(`[name$='-${name}']`);"
        " return one.type === 'checkbox' ? (one.checked ? 'on' : '') : one.value; }",
        name,
    )
    assert said == value, name


def _go_on(visitor: Visitor, selector: str = "#saisie button:not(.govuk-button--secondary)") -> None:
    _reach(visitor, selector)
    with visitor.page.expect_navigation():
        visitor.press("Enter")
    visitor.look()
