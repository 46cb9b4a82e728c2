"""A resident on a phone or a computer, with or without JavaScript, in three languages: search, book, move, cancel."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from icalendar import Calendar

from booking.appointments.enums import State
from booking.appointments.models import Appointment
from municipalities.models import Municipality
from notifications.tasks import deliver_due
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories.appointments import at
from tests.people import MEHDI
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]

#: Where each language lives.
PREFIX = {"fr": "", "de": "/de", "en": "/en"}


@pytest.fixture
def world() -> World:
    # Who books the soonest time gets no mail once it has begun: with no notice that is a matter of the minute.
    return shared_calendar(
        town_halls=2,
        notice_minutes=60,
        code="carte-identite",
        name={"fr": "Carte d’identité", "de": "Personalausweis", "en": "Identity card"},
    )


def fill_in(visitor: Visitor, *, number: str = "A123456789", email: str = "odile@mail.example") -> None:
    page = visitor.page
    page.locator("[name$='first_name']").first.fill("Odile")
    page.locator("[name$='last_name']").first.fill("Fictive")
    page.locator("input[type=radio][name$='-age']").first.check()
    page.locator("[name$='number']").first.fill(number)
    page.locator("[name$='email']").first.fill(email)


def submit(visitor: Visitor) -> None:
    visitor.page.locator("form#reservation button[type=submit].govuk-button").first.click()
    visitor.page.wait_for_load_state("load")
    visitor.look()


def book_soonest(visitor: Visitor, prefix: str = "") -> Appointment:
    visitor.open(f"{prefix}/rendez-vous/?type=carte-identite")
    visitor.page.locator("form[action*='retenir'] button").first.click()
    visitor.page.wait_for_load_state("load")
    visitor.look()
    fill_in(visitor)
    submit(visitor)
    return Appointment.objects.get(state=State.BOOKED)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_from_the_first_page_to_the_ticket_in_under_a_minute(
    visit: Visit, world: World, viewport: dict[str, int], javascript: bool
) -> None:
    visitor = visit(viewport, javascript=javascript)
    began = time.monotonic()
    visitor.open("/")
    visitor.click("link", "Prendre rendez-vous")
    if visitor.page.get_by_role("link", name="Carte d’identité").count():
        visitor.click("link", "Carte d’identité")
    visitor.page.get_by_role("button", name=re.compile("Prendre ce rendez-vous")).first.click()
    visitor.page.wait_for_load_state("load")
    visitor.look()
    fill_in(visitor)
    submit(visitor)
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Votre rendez-vous est confirmé"
    assert time.monotonic() - began - visitor.seconds_looked < 60
    appointment = Appointment.objects.get()
    assert appointment.reference in visitor.page.content()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name=re.compile("agenda", re.I)).first.click()
    calendar = Calendar.from_ical(download.value.path().read_bytes())
    assert calendar.walk("VEVENT")[0].start == appointment.starts_at


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_booked_by_mail_link_moved_and_cancelled_in_each_language(visit: Visit, world: World, language: str) -> None:
    prefix = PREFIX[language]
    visitor = visit(PHONE)
    appointment = book_soonest(visitor, prefix)
    assert visitor.page.locator("html").get_attribute("lang") == language
    assert appointment.language == language

    deliver_due()
    (sent,) = mail.outbox
    link = re.search(rf"{visitor.site}\S*/lien/\S+", str(sent.body))
    assert link is not None
    elsewhere = visit(WIDE)
    elsewhere.open(link[0])
    assert "lien" not in elsewhere.page.url
    assert appointment.reference in elsewhere.page.content()

    elsewhere.page.locator("a[href*='deplace=']").first.click()
    elsewhere.page.wait_for_load_state("load")
    elsewhere.look()
    elsewhere.page.locator("form[action*='retenir'] button").nth(3).click()
    elsewhere.page.wait_for_load_state("load")
    elsewhere.look()
    elsewhere.page.locator("main form[method=post] button.govuk-button").first.click()
    elsewhere.page.wait_for_load_state("load")
    elsewhere.look()
    moved = Appointment.objects.get(state=State.BOOKED)
    assert (moved.pk, moved.sequence) == (appointment.pk, 1)
    assert moved.starts_at != appointment.starts_at
    deliver_due()

    elsewhere.page.locator("a[href$='annuler/']").first.click()
    elsewhere.page.wait_for_load_state("load")
    elsewhere.look()
    assert Appointment.objects.get(pk=moved.pk).state == State.BOOKED, "looking at the question changes nothing"
    elsewhere.page.locator("main form[method=post] button.govuk-button").first.click()
    elsewhere.page.wait_for_load_state("load")
    elsewhere.look()
    assert Appointment.objects.get(pk=moved.pk).state == State.CANCELLED_BY_RESIDENT
    deliver_due()
    calendars = [_event(message) for message in mail.outbox]
    assert len({event["UID"] for event in calendars}) == 1
    assert [event["SEQUENCE"] for event in calendars] == [0, 1, 2]
    assert calendars[-1]["STATUS"] == "CANCELLED"


def _event(message: Any) -> Any:
    part = next(part for part in message.message().walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]


def test_by_keyboard_alone(visit: Visit, world: World) -> None:
    visitor = visit(WIDE)
    visitor.open("/rendez-vous/?type=carte-identite")
    visitor.press("Tab")
    assert visitor.page.evaluate("document.activeElement.getAttribute('href')") == "#contenu", "skip link first"
    visitor.press("Enter")
    _tab_to(visitor, "form[action*='retenir'] button")
    visitor.press("Enter")
    visitor.page.wait_for_url("**/retenu/**")
    for field, typed in (("first_name", "Odile"), ("last_name", "Fictive")):
        _tab_to(visitor, f"[name$='{field}']")
        visitor.page.keyboard.type(typed)
    _tab_to(visitor, "input[type=radio][name$='-age']")
    visitor.press("Space")
    _tab_to(visitor, "[name$='number']")
    visitor.page.keyboard.type("a123 456-789")
    _tab_to(visitor, "[name$='email']")
    visitor.page.keyboard.type("odile@mail.example")
    visitor.press("Enter")
    visitor.page.wait_for_url("**/confirme/**")
    visitor.look()
    assert Appointment.objects.get().people.get().pre_application_number == "A123456789"


def _tab_to(visitor: Visitor, selector: str) -> None:
    for _n in range(120):
        visitor.press("Tab")
        if visitor.page.evaluate("s => document.activeElement.matches(s)", selector):
            ring = visitor.page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' })()"
            )
            assert ring, f"no visible focus on {selector}"
            return
    raise AssertionError(f"the keyboard never reaches {selector}")


def test_errors_are_listed_first_and_what_was_typed_stays(visit: Visit, world: World) -> None:
    visitor = visit(PHONE)
    visitor.open("/rendez-vous/?type=carte-identite")
    visitor.page.locator("form[action*='retenir'] button").first.click()
    fill_in(visitor, number="12", email="odile@")
    submit(visitor)
    summary = visitor.page.locator(".govuk-error-summary")
    assert summary.get_by_role("link").count() == 2
    assert visitor.page.locator("[name$='number']").first.input_value() == "12"
    assert visitor.page.locator("[name$='email']").first.input_value() == "odile@"
    summary.get_by_role("link").first.click()
    assert visitor.page.evaluate("document.activeElement.name").endswith("number")
    visitor.page.locator("[name$='number']").first.fill("A123456789")
    visitor.page.locator("[name$='email']").first.fill("odile@mail.example")
    submit(visitor)
    assert Appointment.objects.get().state == State.BOOKED


def test_a_slot_taken_meanwhile_offers_the_nearest_others(visit: Visit, world: World) -> None:
    visitor = visit(PHONE)
    visitor.open("/rendez-vous/?type=carte-identite")
    button = visitor.page.locator("form[action*='retenir'] button").first
    for facility in world.facilities:
        for appointment_start in [at(day_ahead(), 9)]:
            world.hold(appointment_start, facility=facility, browser=f"b{facility.pk}")
    first = Appointment.objects.held().count()
    # Somebody takes exactly what this page shows as the soonest.
    from booking.appointments.search.answers import Search
    from booking.appointments.search.availability import find

    soonest = find(Search(world.type)).soonest
    assert soonest is not None
    world.hold(soonest.starts_at, facility=soonest.facility, browser="rapide")
    button.click()
    visitor.page.wait_for_load_state("load")
    visitor.look()
    assert Appointment.objects.held().count() == first + 1
    others = visitor.page.locator("form[action*='retenir'] button")
    assert others.count() >= 3
    others.first.click()
    visitor.page.wait_for_load_state("load")
    fill_in(visitor)
    submit(visitor)
    assert Appointment.objects.filter(state=State.BOOKED).count() == 1


def test_a_municipality_keeps_its_name_through_the_whole_visit(visit: Visit, world: World) -> None:
    town: Municipality = world.facilities[1].municipality
    visitor = visit(WIDE)
    visitor.open(f"/communes/{town.slug}/")
    visitor.open(f"/communes/{town.slug}/rendez-vous/?type=carte-identite")
    visitor.page.locator("form[action*='retenir'] button").first.click()
    visitor.page.wait_for_load_state("load")
    assert f"/communes/{town.slug}/" in visitor.page.url
    assert town.name in visitor.page.locator("header").inner_text()
    fill_in(visitor)
    submit(visitor)
    appointment = Appointment.objects.get()
    assert appointment.booked_through == town
    deliver_due()
    assert town.name in mail.outbox[0].from_email or (town.sender_name or town.name) in mail.outbox[0].from_email
    assert f"/communes/{town.slug}/" in str(mail.outbox[0].body)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rendez-vous/",
        "/rendez-vous/?type=carte-identite",
        "/retrouver/",
        "/communes/",
        "/de/",
        "/en/",
    ],
)
def test_pages_reflow_at_two_hundred_per_cent_and_in_the_dark(visit: Visit, world: World, path: str) -> None:
    """320 CSS pixels is a 1280 wide window at 400 %, the harder case than 200 %."""
    visitor = visit({"width": 320, "height": 600}, color_scheme="dark")
    visitor.open(path)


def test_back_after_a_refused_confirmation_leads_to_a_page_and_not_to_a_question(visit: Visit, world: World) -> None:
    """The form goes to the address of the page, without its query."""
    visitor = visit(PHONE)
    visitor.open("/rendez-vous/?type=carte-identite&commune=" + world.facilities[0].municipality.slug)
    visitor.page.locator("form[action*='retenir'] button").first.click()
    visitor.page.wait_for_load_state("load")
    form = visitor.page.locator("form#reservation")
    form.locator("[name='p0-first_name']").fill("Odile")
    form.locator("button[type=submit]").first.click()
    visitor.look()
    assert visitor.page.locator(".govuk-error-summary").count() == 1
    visitor.open("/aide/")
    visitor.page.go_back()
    visitor.look()
    assert visitor.page.locator("form#reservation").count() == 1


def test_a_reload_after_a_refusal_shows_the_same_again(visit: Visit, world: World) -> None:
    """Until another page is opened: then the way back is the form, and no question of the browser's."""
    visitor = visit(WIDE)
    visitor.open("/rendez-vous/?type=carte-identite")
    page = visitor.page
    page.locator("form[action*='retenir'] button").first.click()
    visitor.look()
    fill_in(visitor, email="odile@")
    submit(visitor)
    page.locator(".govuk-error-summary a").first.click()
    page.reload()
    visitor.look()
    assert page.locator(".govuk-error-summary").is_visible()
    assert page.locator("[name$='last_name']").first.input_value() == "Fictive"
    assert page.locator("[name$='email']").first.input_value() == "odile@"
    visitor.click("link", "Données personnelles")
    page.go_back()
    visitor.look()
    assert page.locator("form#reservation").is_visible()
    assert not page.locator(".govuk-error-summary").count()


def test_the_back_button_and_two_tabs_keep_one_hold(visit: Visit, world: World) -> None:
    visitor = visit(WIDE)
    visitor.open("/rendez-vous/?type=carte-identite")
    visitor.page.locator("form[action*='retenir'] button").first.click()
    visitor.page.wait_for_load_state("load")
    held_at = visitor.page.url
    visitor.page.go_back()
    second = visitor.page.context.new_page()
    second.goto(held_at)
    assert second.locator("form#reservation").count() == 1
    assert Appointment.objects.held().count() == 1
    world.book(at(day_ahead(), 11), MEHDI, browser="autre")
    assert Appointment.objects.held().count() == 1
