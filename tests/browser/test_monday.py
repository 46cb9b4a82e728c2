"""A Monday at a counter by keyboard alone: from the start page to the screen of the waiting room, without a mouse."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from booking.appointments.bookings.queries import people_of
from booking.appointments.counter.board_actions import arrive
from booking.appointments.enums import Half, State
from booking.appointments.models import Appointment, WalkInTicket
from municipalities.models import StaffMember
from notifications.models import Message
from tests import people
from tests.browser.conftest import WIDE, Visitor
from tests.browser.test_agent_day import seen, shot, signed_in
from tests.browser.test_paper import printed
from tests.factories import AppointmentFactory
from tests.factories.appointments import at, next_weekday
from tests.people import INES, LOIC, ODILE
from tests.worlds import World, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
MONDAY = next_weekday(0, weeks=1)
#: More presses of Tab than any page of agents has things to stop at.
MOST_STOPS = 160


@pytest.fixture
def world() -> Iterator[World]:
    """It is Monday, five past eight. On Friday three were left without a word of what became of them."""
    with time_machine.travel(at(MONDAY, 8, 5)):
        world = shared_calendar(counters=2, code="carte-identite", name={"fr": "Carte d’identité"}, max_people=4)
        for number, counter in enumerate(world.counters):
            counter.name = f"Guichet {number + 1}"
            counter.save()
        friday = MONDAY - timedelta(days=3)
        for hour, fields in ((9, {}), (10, {"arrived_at": at(friday, 10)})):
            AppointmentFactory.create(
                type=world.type, counter=world.counters[0], starts_at=at(friday, hour),
                people=[{"last_name": "Vendredi"}], **fields,
            )  # fmt: skip
        WalkInTicket.objects.create(
            facility=world.facilities[0], day=friday, half=Half.AFTERNOON, number=2, type=world.type,
            arrived_at=at(friday, 15),
        )  # fmt: skip
        yield world


def tab_to(visitor: Visitor, text: str) -> None:
    """Press Tab until what has the focus says, or is labelled, `text`."""
    said = """() => {
        const at = document.activeElement;
        if (!at.matches("a, button, input, select, textarea, summary")) return [];
        return [at, ...(at.labels || [])].map((one) => one.textContent.replace(/\\s+/g, " "));
    }"""
    for _n in range(MOST_STOPS):
        if any(text in (one or "") for one in visitor.page.evaluate(said)):
            return
        visitor.press("Tab")
    raise AssertionError(f"the keyboard never reaches « {text} »")


def test_a_monday_by_keyboard(visit: Visit, world: World) -> None:
    agent: StaffMember = people.agent_of(world.facilities[0])
    family = world.book(at(MONDAY, 9), ODILE, LOIC, INES)
    AppointmentFactory.create(
        type=world.type, counter=world.counters[1], starts_at=at(MONDAY, 10),
        people=[{"first_name": "Élise", "last_name": "Imaginaire"}],
    )  # fmt: skip
    desk = signed_in(visit(WIDE), agent)
    page = desk.page

    # Friday's open files are a task of the start page: one noted by hand, the ticket too, the day closed for the rest.
    desk.open(reverse("staff:home"))
    tab_to(desk, "rendez-vous ou tickets passés")
    desk.press("Enter")
    page.wait_for_url("**/suites/**")
    shot(desk, "monday-open-files")
    desk.look()
    friday = Appointment.objects.filter(people__last_name="Vendredi").order_by("starts_at")
    tab_to(desk, f"Servi {friday[1].reference}")
    desk.press("Enter")
    expect(page.locator("main")).to_contain_text("Ce que vous venez de noter")
    tab_to(desk, "Servi A-2")
    desk.press("Enter")
    expect(page.locator("main")).not_to_contain_text("Ticket A-2")
    tab_to(desk, "Clore")
    desk.press("Enter")
    expect(page.locator("main")).to_contain_text("Tout est noté")
    assert [one.state for one in friday] == [State.NO_SHOW, State.ATTENDED]
    assert WalkInTicket.objects.get().state == State.ATTENDED

    # The list on paper.
    desk.open(reverse("counter:board", args=[world.facilities[0].pk]))
    desk.press("l")
    page.wait_for_url("**/?jour=*")
    desk.look()
    assert len(printed(desk, "monday")) == 1

    # The name without accent, surname first.
    desk.press("/")
    page.keyboard.type("imaginaire elise")
    desk.press("Enter")
    page.wait_for_url("**q=*")
    expect(page.locator("main")).to_contain_text("Élise Imaginaire")
    desk.look()

    # The family of three of which one dropped out.
    desk.open(reverse("counter:board", args=[world.facilities[0].pk]) + f"?rdv=rdv-{family.pk}")
    desk.press("f")
    page.wait_for_url("**/corriger/")
    shot(desk, "monday-family")
    leaves = page.get_by_label("Cette personne ne vient plus")
    for _n in range(MOST_STOPS):
        if leaves.nth(1).evaluate("one => one === document.activeElement"):
            break
        desk.press("Tab")
    desk.press("Space")
    expect(leaves.nth(1)).to_be_checked()
    tab_to(desk, "Enregistrer")
    desk.press("Enter")
    page.wait_for_url("**/tableau/**")
    desk.look()
    assert [one.first_name for one in people_of(family)] == ["Odile", "Inès"]
    before, family = family.ends_at, Appointment.objects.get(pk=family.pk)
    assert family.people_count == 2 and family.ends_at < before, "the rest is free at once"

    # The caller with a landline: nothing is promised to it, nothing sent.
    already = Message.objects.count()
    desk.press("b")
    page.wait_for_url("**/reserver/**")
    expect(page.locator("[name=type]").first).to_be_focused()
    desk.press("1", "1", "2")
    expect(page.locator("[name='p0-last_name']")).to_be_focused()
    page.keyboard.type("Appelante")
    desk.press("Tab")
    page.keyboard.type("Odile")
    desk.press("Tab", "Tab")
    page.keyboard.type("03 89 45 67 89")
    desk.press("Enter")
    page.wait_for_url("**/reserve/**")
    desk.look()
    expect(page.locator("main")).to_contain_text("imprimez le billet")
    shot(desk, "monday-landline")
    assert Appointment.objects.get(booked_by=agent).phone == "+33389456789"
    assert Message.objects.count() == already

    # A call: the counter is chosen once, and the screen says who goes where, without a name.
    arrive(subject=family, version=seen(family), by=agent)
    desk.open(reverse("counter:board", args=[world.facilities[0].pk]))
    tab_to(desk, "Mon guichet")
    page.keyboard.type("Guichet 2")
    tab_to(desk, "C’est le mien")
    with page.expect_navigation():
        desk.press("Enter")
    desk.press("n", "g")
    expect(page.locator(".bd-strip li").first).to_contain_text("Guichet 2")
    wall = visit({"width": 1280, "height": 720})
    wall.open(reverse("screen", args=[world.facilities[0].slug]))
    latest = wall.page.locator(".sc-latest")
    expect(latest).to_contain_text(family.reference)
    expect(latest).to_contain_text("Guichet 2")
    assert ODILE.last_name not in wall.page.content()
    shot(wall, "monday-screen")
