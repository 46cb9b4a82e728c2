"""A whole agent's day by keyboard alone, from the printed list to the last no-show, counted in keystrokes."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.counter.board_actions import arrive, finish
from booking.appointments.enums import Accessibility, BoardStatus, State, UrgentReason
from booking.appointments.models import Appointment, WalkInQuota, WalkInTicket
from municipalities.database.versions import version_of
from municipalities.models import StaffMember
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories import AppointmentFactory, RequiredDocumentFactory
from tests.factories.appointments import at
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
SHOTS = os.environ.get("SHOTS", "")


class Keyboard:
    """Counts every key pressed; what is typed of the person's own data apart."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.keys = 0
        self.own = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.visitor.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.own += len(text)
        self.visitor.page.keyboard.type(text)


@pytest.fixture
def world() -> World:
    world = shared_calendar(town_halls=3, counters=2, code="carte-identite", name={"fr": "Carte d’identité"})
    for number, counter in enumerate(world.counters):
        counter.name = f"Guichet {number % 2 + 1}"
        counter.save()
    RequiredDocumentFactory.create(label={"fr": "Photo de moins de six mois"}).types.add(world.type)
    RequiredDocumentFactory.create(label={"fr": "Ancien titre"}).types.add(world.type)
    now = timezone.localtime()
    for half in ("am", "pm"):
        WalkInQuota.objects.create(facility=world.facilities[0], weekday=now.weekday(), half=half, places=4)
    return world


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


@pytest.fixture
def expected(world: World) -> list[Appointment]:
    today = timezone.localdate()
    names = ("Fictive", "Imaginé", "Erfunden", "Madeup", "d’Œuvre", "Inventée")
    made = []
    for number, name in enumerate(names):
        more: dict[str, Any] = {"people": [{"last_name": name, "first_name": "Odile"}]}
        if number == 3:
            more = {"people": [{"last_name": name, "pre_application_number": ""}], "urgent_reason": UrgentReason.EXAM}
        if number == 4:
            more |= {"accessibility": [Accessibility.SEAT, Accessibility.SIGN_LANGUAGE], "is_assisted": True}
        made.append(
            AppointmentFactory.create(
                type=world.type,
                counter=world.counters[number % 2],
                starts_at=at(today, 9 + number // 2, 20 * (number % 2)),
                phone="+33612345678",
                **more,
            )
        )
    return made


def signed_in(visitor: Visitor, staff: StaffMember) -> Visitor:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, cookie in client.cookies.items():
        visitor.page.context.add_cookies([{"name": name, "value": cookie.value, "url": visitor.site}])
    return visitor


def shot(visitor: Visitor, name: str) -> None:
    if SHOTS:
        width = (visitor.page.viewport_size or {}).get("width")
        visitor.page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)


def status(visitor: Visitor, appointment: Appointment | WalkInTicket) -> Any:
    kind = "rdv" if isinstance(appointment, Appointment) else "ticket"
    return visitor.page.locator(f"#{kind}-{appointment.pk}")


def becomes(visitor: Visitor, appointment: Appointment | WalkInTicket, word: BoardStatus) -> None:
    expect(status(visitor, appointment)).to_have_attribute("data-status", word.value)


def seen(appointment: Appointment) -> str:
    return str(Appointment.objects.annotate(version=version_of(Appointment)).get(pk=appointment.pk).version)


def walk_to(visitor: Visitor, keys: Keyboard, appointment: Appointment) -> None:
    for _n in range(20):
        if status(visitor, appointment).get_attribute("aria-current"):
            return
        keys.press("j")
    for _n in range(20):
        if status(visitor, appointment).get_attribute("aria-current"):
            return
        keys.press("k")
    raise AssertionError("the keyboard never reaches the row")


def test_a_whole_day_by_keyboard(
    visit: Visit, world: World, agent: StaffMember, expected: list[Appointment], capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = signed_in(visit(WIDE, permissions=["clipboard-read", "clipboard-write"]), agent)
    page, keys = visitor.page, Keyboard(visitor)
    colleague = people.agent_of(world.facilities[0], email="collegue@agents.example")
    visitor.open("/agents/guichets/")
    expect(page.locator("#tableau")).to_be_visible()
    shot(visitor, "board")

    # Eight o'clock: the printed list, and back.
    keys.press("l")
    page.wait_for_url("**/?jour=*")
    visitor.look()
    for one in expected:
        expect(page.locator("main")).to_contain_text(one.reference)
    for _n in range(60):
        keys.press("Tab")
        if "tableau" in str(page.evaluate("document.activeElement.href || ''")):
            break
    keys.press("Enter")
    page.wait_for_url("**/tableau/**")

    # The keys are told on the page.
    keys.press("?")
    expect(page.locator("#touches")).to_have_attribute("open", "")
    visitor.look()
    keys.press("?")
    expect(page.locator("#touches")).not_to_have_attribute("open", "")

    # A colleague notes an arrival elsewhere: the board says so without being asked, the focus stays.
    page.locator(f"#rdv-{expected[1].pk}").focus()
    arrive(subject=expected[0], version=seen(expected[0]), by=colleague)
    expect(page.locator("#annonces")).to_contain_text("Vient d’arriver : Fictive Odile")
    becomes(visitor, expected[0], BoardStatus.ARRIVED)
    assert page.evaluate("document.activeElement.id") == f"rdv-{expected[1].pk}"

    # Who waits is next; the number is copied, a document ticked, the person served.
    keys.press("n")
    expect(page.locator(".bd-sheet")).to_contain_text(expected[0].reference)
    keys.press("g")
    becomes(visitor, expected[0], BoardStatus.SERVING)
    keys.press("c")
    number = expected[0].people.get().pre_application_number
    expect(page.locator("#annonces")).to_contain_text(number)
    assert page.evaluate("navigator.clipboard.readText()") == number
    box = page.locator(".bd-sheet input[type=checkbox]").first
    box.focus()
    keys.press("Space")
    expect(box).to_be_checked()
    keys.press("s")
    becomes(visitor, expected[0], BoardStatus.SERVED)
    expect(box).to_be_checked()
    shot(visitor, "board-served")

    # A wrong click and its undoing; keys held down do nothing more.
    walk_to(visitor, keys, expected[1])
    keys.press("x")
    becomes(visitor, expected[1], BoardStatus.NO_SHOW)
    keys.press("z")
    becomes(visitor, expected[1], BoardStatus.EXPECTED)
    page.keyboard.down("a")
    for _n in range(5):
        page.keyboard.down("a")
    page.keyboard.up("a")
    keys.keys += 1
    becomes(visitor, expected[1], BoardStatus.ARRIVED)
    keys.press("s")
    becomes(visitor, expected[1], BoardStatus.SERVED)

    # Meanwhile a colleague settles a row this board still shows as expected: nothing is overwritten.
    walk_to(visitor, keys, expected[2])
    polls = re.compile(r"/tableau/\?jour=")
    page.route(polls, lambda route: route.fulfill(status=304))  # the board may not hear of it between the two
    finish(subject=expected[2], state=State.INCOMPLETE, version=seen(expected[2]), by=colleague)
    keys.press("a")
    expect(page.locator(".bd-notice")).to_contain_text("Rien n’a été écrasé")
    page.unroute(polls)
    becomes(visitor, expected[2], BoardStatus.INCOMPLETE)
    visitor.look()
    shot(visitor, "board-stale")

    # The telephone rings.
    before = keys.keys
    keys.press("b")
    page.wait_for_url("**/reserver/**")
    expect(page.locator("[name=type]").first).to_be_focused()
    visitor.look()
    shot(visitor, "book")
    keys.press("1", "1", "2")
    expect(page.locator("[name='p0-last_name']")).to_be_focused()
    keys.type("Appelante")
    keys.press("Tab")
    keys.type("Odile")
    keys.press("Tab", "Tab")
    keys.type("0612345678")
    keys.press("Enter")
    page.wait_for_url("**/reserve/**")
    phone_booking = keys.keys - before
    visitor.look()
    shot(visitor, "booked")
    booked = Appointment.objects.get(booked_by=agent)
    assert (booked.phone, booked.people.get().last_name) == ("+33612345678", "Appelante")
    assert phone_booking <= 25, phone_booking

    # Somebody without appointment gets a ticket.
    keys.press("t")
    page.wait_for_url("**/tableau/**")
    keys.press("t")
    page.wait_for_url("**/sans-rendez-vous/**")
    visitor.look()
    shot(visitor, "walk-in")
    expect(page.locator("[name=type]").first).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#numero")).to_be_visible()
    visitor.look()
    shot(visitor, "ticket")
    ticket = WalkInTicket.objects.get()
    keys.press("t")
    page.wait_for_url("**/tableau/**")
    expect(status(visitor, ticket)).to_have_attribute("aria-current", "true")
    shot(visitor, "board-ticket")
    keys.press("g")
    becomes(visitor, ticket, BoardStatus.SERVING)
    keys.press("s")
    becomes(visitor, ticket, BoardStatus.SERVED)

    # The rest of the day, to the last who does not come.
    for appointment, key, word in (
        (expected[3], "s", BoardStatus.SERVED),
        (expected[4], "i", BoardStatus.INCOMPLETE),
        (expected[5], "x", BoardStatus.NO_SHOW),
    ):
        keys.press("n")
        walk_to(visitor, keys, appointment)
        keys.press(key)
        becomes(visitor, appointment, word)
    visitor.look()
    shot(visitor, "board-end")
    states = [Appointment.objects.get(pk=one.pk).state for one in expected]
    assert states == ["attended", "attended", "incomplete", "attended", "incomplete", "no_show"]
    with capsys.disabled():
        print(f"\nthe day: {keys.keys} keys and {keys.own} of own data; a phone booking: {phone_booking} keys")


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_the_same_steps_without_javascript(
    visit: Visit, world: World, agent: StaffMember, expected: list[Appointment], viewport: Any
) -> None:
    visitor = signed_in(visit(viewport, javascript=False), agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]))
    visitor.page.locator(f"#rdv-{expected[4].pk}").click()
    visitor.look()
    shot(visitor, "plain-board")
    for name, word in (
        ("Arrivé", BoardStatus.ARRIVED),
        ("Au guichet", BoardStatus.SERVING),
        ("Servi", BoardStatus.SERVED),
    ):
        visitor.page.get_by_role("group", name="Actions").get_by_role("button", name=name).click()
        becomes(visitor, expected[4], word)
    visitor.page.get_by_role("button", name="Défaire").click()
    becomes(visitor, expected[4], BoardStatus.SERVING)

    visitor.open(reverse("counter:book"))
    visitor.page.locator("[name=personnes][value='2']").check()
    visitor.page.locator("#voir").click()
    visitor.look()
    expect(visitor.page.locator("[data-person='2']")).to_be_visible()
    visitor.page.locator("[name=creneau]").nth(1).check()
    visitor.page.locator("[name='p0-last_name']").fill("Appelante")
    shot(visitor, "plain-book")
    visitor.page.get_by_role("button", name="Réserver", exact=False).last.click()
    visitor.page.wait_for_url("**/reserve/**")
    assert Appointment.objects.get(booked_by=agent).people_count == 2


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_the_board_fits_and_can_be_read(
    visit: Visit, world: World, agent: StaffMember, expected: list[Appointment], viewport: Any
) -> None:
    visitor = signed_in(visit(viewport), agent)
    arrive(subject=expected[0], version=seen(expected[0]), by=agent)
    finish(subject=expected[1], state=State.NO_SHOW, version=seen(expected[1]), by=agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]))
    shot(visitor, "states")
    visitor.open(reverse("counter:book") + f"?lieu={world.facilities[0].pk}")
    shot(visitor, "desk")
    visitor.page.locator("[name=personnes][value='3']").check()
    expect(visitor.page.locator("[data-person='3']")).to_be_visible()
    visitor.open(reverse("counter:walk_in", args=[world.facilities[0].pk]))
    shot(visitor, "tickets")
    dark = signed_in(visit(viewport, color_scheme="dark"), agent)
    dark.open(reverse("counter:board", args=[world.facilities[0].pk]))
    shot(dark, "dark")


def test_keys_can_be_switched_off(visit: Visit, world: World, agent: StaffMember, expected: list[Appointment]) -> None:
    """A letter alone acts only while its owner wants it to: voice control types letters too (WCAG 2.1.4)."""
    visitor = signed_in(visit(WIDE), agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]))
    visitor.press("?")
    visitor.page.locator("#touches-actives").uncheck()
    visitor.page.locator(f"#rdv-{expected[0].pk}").focus()
    visitor.press("a", "x")
    visitor.page.wait_for_timeout(300)
    assert Appointment.objects.get(pk=expected[0].pk).board_status == BoardStatus.EXPECTED


@pytest.mark.parametrize("javascript", [True, False])
def test_enter_on_a_box_to_tick_takes_no_step(
    visit: Visit, world: World, agent: StaffMember, expected: list[Appointment], javascript: bool
) -> None:
    """Enter in a form presses its first button, and here that would be "undo" or "arrived"."""
    arrive(subject=expected[0], version=seen(expected[0]), by=agent)
    visitor = signed_in(visit(WIDE, javascript=javascript), agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]) + f"?rdv=rdv-{expected[0].pk}")
    visitor.page.locator(".bd-sheet input[type=checkbox]").first.focus()
    visitor.press("Enter")
    visitor.page.wait_for_timeout(300)
    assert Appointment.objects.get(pk=expected[0].pk).board_status == BoardStatus.ARRIVED


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_caller_comes_an_hour_later_in_three_keys(
    visit: Visit, world: World, agent: StaffMember, viewport: Any
) -> None:
    day = day_ahead()
    booked = world.book(at(day, 9))
    visitor = signed_in(visit(viewport), agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]) + f"?jour={day}&rdv=rdv-{booked.pk}")
    shot(visitor, "board-other-day")
    visitor.press("m")
    visitor.page.wait_for_url("**/deplacer/**")
    visitor.look()
    expect(visitor.page.locator("[name=creneau]").first).to_be_focused()
    shot(visitor, "move")
    wanted = visitor.page.locator("[name=creneau][data-digit='3']").get_attribute("value")
    visitor.press("3", "Enter")
    visitor.page.wait_for_url("**/tableau/**")
    visitor.look()
    expect(visitor.page.locator("main")).to_contain_text(f"{booked.reference} est déplacé")
    shot(visitor, "moved")
    moved = Appointment.objects.get(pk=booked.pk)
    assert f"{moved.facility_id}-{moved.starts_at:%Y%m%d%H%M}" == wanted


def test_a_caller_is_moved_without_javascript(visit: Visit, world: World, agent: StaffMember) -> None:
    day = day_ahead()
    booked = world.book(at(day, 9))
    visitor = signed_in(visit(PHONE, javascript=False), agent)
    visitor.open(reverse("counter:day", args=[world.facilities[0].pk]) + f"?jour={day}")
    visitor.click("link", "Déplacer…")
    visitor.page.locator("#id_lieu").select_option("")
    visitor.page.locator("#voir").click()
    visitor.look()
    visitor.page.locator("[name=creneau]").last.check()
    shot(visitor, "move-plain")
    visitor.page.locator("form#reservation button[type=submit]", has_text="Déplacer").last.click()
    visitor.page.wait_for_url("**/guichets/**")
    assert Appointment.objects.get(pk=booked.pk).sequence == 1
