"""The board at three in the afternoon, a call, the screen of the waiting room, and the pages of places with a mouse."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.counter.screen_queries import calls_at
from booking.appointments.enums import Half, PriorityReason, State
from booking.appointments.models import Appointment, Counter, WalkInTicket
from municipalities.models import Facility, Municipality, StaffMember
from tests import people
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import AppointmentFactory, FacilityFactory
from tests.factories.appointments import at
from tests.worlds import World, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
VERY_WIDE = {"width": 1900, "height": 950}


@pytest.fixture
def three_o_clock() -> Iterator[None]:
    with time_machine.travel(at(timezone.localdate(), 15, 5)):
        yield


@pytest.fixture
def world(three_o_clock: None) -> World:
    """Six counters; all of the morning is served but one who never came, and some wait."""
    world = shared_calendar(counters=6, code="carte-identite", name={"fr": "Carte d’identité"})
    today, now = timezone.localdate(), timezone.now()
    for number, counter in enumerate(world.counters):
        counter.name = f"Guichet {number + 1}"
        counter.save()
        for row in range(27):
            starts_at = at(today, 8 + row // 3, 20 * (row % 3))
            more: dict[str, Any] = {"people": [{"last_name": f"Fictive {number}-{row}", "first_name": "Odile"}]}
            if starts_at < now - timedelta(minutes=30):
                more["state"] = State.NO_SHOW if (number + row) % 9 == 0 else State.ATTENDED
            elif starts_at < now:
                more["arrived_at"] = starts_at - timedelta(minutes=7)
            AppointmentFactory.create(type=world.type, counter=counter, starts_at=starts_at, **more)
    for number, reason in ((1, ""), (2, PriorityReason.STANDING)):
        WalkInTicket.objects.create(
            facility=world.facilities[0],
            day=today,
            half=Half.AFTERNOON,
            number=number,
            type=world.type,
            arrived_at=now - timedelta(minutes=20 - number),
            priority=reason,
        )
    return world


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


def test_the_board_opens_at_now_with_the_morning_folded(visit: Visit, world: World, agent: StaffMember) -> None:
    visitor = signed_in(visit(VERY_WIDE), agent)
    visitor.open(reverse("counter:board", args=[world.facilities[0].pk]))
    page = visitor.page
    past = page.locator("details.bd-past")
    assert past.get_attribute("open") is None
    served = Appointment.objects.filter(state=State.ATTENDED).count()
    assert f"{served} servis" in past.locator("summary").inner_text()
    scroll, now = page.locator(".bd-scroll").bounding_box(), page.locator(".bd-now").bounding_box()
    assert scroll is not None and now is not None
    assert scroll["y"] <= now["y"] < scroll["y"] + scroll["height"] / 2
    assert page.locator("#tableau").evaluate("one => one.getBoundingClientRect().width") > 1700, "the whole width"
    shot(visitor, "board-15h")
    page.set_viewport_size({"width": 1900, "height": 450})
    page.locator(".bd-scroll").evaluate("one => { one.scrollTop = one.scrollHeight; }")
    scroll = page.locator(".bd-scroll").bounding_box()
    assert scroll is not None
    assert page.locator("table[data-key=open] thead th").nth(1).evaluate(
        "one => one.getBoundingClientRect().top"
    ) == pytest.approx(scroll["y"], abs=6), "the heads stay"
    past.locator("summary").click()
    assert (
        page.locator("table[data-key=past] .bd-card").count()
        == Appointment.objects.filter(state__in=[State.ATTENDED, State.NO_SHOW]).count()
    )
    narrow = signed_in(visit(PHONE), agent)
    narrow.open(reverse("counter:board", args=[world.facilities[0].pk]))
    shot(narrow, "board-15h")


def test_a_call_goes_from_the_strip_to_the_screen(visit: Visit, world: World, agent: StaffMember) -> None:
    facility = world.facilities[0]
    visitor = signed_in(visit(VERY_WIDE), agent)
    visitor.open(reverse("counter:board", args=[facility.pk]))
    visitor.page.get_by_label("Mon guichet").select_option(label="Guichet 3")
    visitor.click("button", "C’est le mien")
    strip = visitor.page.locator(".bd-strip li")
    expect(strip.first).to_contain_text("Ticket A-2")
    expect(strip.first).to_contain_text("Ne peut pas attendre debout")
    visitor.press("g")  # whom to call next is chosen already
    expect(strip.first).to_contain_text("au guichet · Guichet 3")
    visitor.look()
    shot(visitor, "called")
    (call,) = calls_at(facility, now=timezone.now())
    assert (call.number, call.counter) == ("A-2", "Guichet 3")
    for javascript in (True, False):
        wall = visit({"width": 1280, "height": 720}, javascript=javascript)
        wall.open(reverse("screen", args=[facility.slug]))
        assert "A-2" in wall.page.locator(".sc-latest").inner_text()
        assert "Guichet 3" in wall.page.locator(".sc-latest").inner_text()
        assert "Fictive" not in wall.page.content()
        shot(wall, f"screen-{'js' if javascript else 'plain'}")
    due = Appointment.objects.get(
        counter=Counter.objects.get(name="Guichet 3"), starts_at=at(timezone.localdate(), 14, 40)
    )
    visitor.press("n")
    visitor.press("g")
    expect(wall.page.locator(".sc-latest")).to_contain_text(due.reference)
    small = visit(PHONE)
    small.open(reverse("screen", args=[facility.slug]))
    shot(small, "screen")
    visitor.press("p")
    expect(wall.page.locator(".sc-latest")).to_contain_text("A-2")


def test_a_place_is_pointed_at_and_a_colour_shows_what_it_makes(visit: Visit, world: World) -> None:
    town = world.municipality
    Municipality.objects.filter(pk=town.pk).update(latitude=47.75, longitude=7.34)
    facility = world.facilities[0]
    Facility.objects.filter(pk=facility.pk).update(latitude=47.75, longitude=7.34)
    FacilityFactory.create(municipality=town, name="Mairie annexe", latitude=47.76, longitude=7.35)
    manager = people.manager_of_municipality(town)
    visitor = signed_in(visit(), manager)
    visitor.open(reverse("staff:facility", args=[facility.pk]))
    drawing = visitor.page.locator("[data-place-map] svg")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box is not None
    shot(visitor, "place-map")
    drawing.click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    latitude, longitude = (
        float(visitor.page.locator(f"#id_{name}").input_value()) for name in ("latitude", "longitude")
    )
    assert latitude == pytest.approx(47.78, abs=0.001)
    assert longitude == pytest.approx(7.34, abs=0.001)
    visitor.click("button", "Enregistrer")
    facility.refresh_from_db()
    assert facility.latitude == latitude
    visitor.open(reverse("staff:municipality", args=[town.pk]))
    said = visitor.page.locator("[data-contrast]")
    visitor.page.get_by_label("Couleur", exact=True).fill("#ffcc00")
    expect(said).to_contain_text("1,5")
    expect(said).to_contain_text("plus foncée")
    visitor.page.get_by_label("Couleur", exact=True).fill("#0b5d3b")
    expect(said).to_contain_text("se lit bien")
    visitor.look()
    shot(visitor, "colours")
