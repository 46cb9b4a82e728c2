"""Pages on which a manager sets openings, types, stamps and reminders, and an agent notes outcomes: on any screen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.enums import State
from booking.appointments.models import Appointment, OpeningPeriod
from booking.appointments.rhythm import Rhythm
from notifications.models import ReminderPolicy
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import AppointmentFactory, FeeFactory
from tests.factories.appointments import at
from tests.worlds import World, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def world() -> World:
    return shared_calendar(code="carte-identite", name={"fr": "Carte d’identité"})


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_fit_for_everybody(viewport: dict[str, int], visit: Visit, world: World) -> None:
    fee = FeeFactory.create(types=[world.type])
    policy = ReminderPolicy.objects.create(facility=world.facilities[0])
    visitor = signed_in(visit(viewport), people.territory_manager())
    for name, arguments in (
        ("counter:offer", []),
        ("counter:new_type", []),
        ("counter:edit_type", [world.type.pk]),
        ("counter:edit_fee", [fee.pk]),
        ("counter:reminders", []),
        ("counter:edit_reminders", [policy.pk]),
        ("counter:morning", [world.facilities[0].pk]),
        ("counter:new_week", [world.counters[0].pk]),
        ("counter:facility_week", [world.facilities[0].pk]),
        ("counter:durations", []),
        ("staff:rights", []),
    ):
        visitor.open(reverse(name, args=arguments))
        shot(visitor, name.replace(":", "-"))
    auditor = signed_in(visit(viewport), people.auditor())
    auditor.open(reverse("staff:control"))
    auditor.page.locator("details summary").first.click()
    auditor.look()
    shot(auditor, "control")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_an_opening_of_every_second_week_shows_its_dates_first(
    viewport: dict[str, int], visit: Visit, world: World
) -> None:
    visitor = signed_in(visit(viewport), people.manager_of_facility(world.facilities[0]))
    visitor.open(reverse("counter:new_opening", args=[world.counters[0].pk]))
    page = visitor.page
    page.get_by_label("Jour", exact=True).select_option(label="samedi")
    page.get_by_label("De", exact=True).fill("09:00")
    page.get_by_label("À", exact=True).fill("12:00")
    page.get_by_label("Rythme").select_option(label="le premier du mois")
    visitor.click("button", "Voir les dates")
    assert page.locator("#dates + ul li").count() == 8
    shot(visitor, "opening")
    visitor.click("button", "Enregistrer", exact=True)
    assert OpeningPeriod.objects.get(weekday=5).rhythm == Rhythm(nth=1)


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_yesterday_is_closed_and_opened_again(viewport: dict[str, int], visit: Visit, world: World) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for hour in (9, 10, 11):
        AppointmentFactory.create(type=world.type, counter=world.counters[0], starts_at=at(yesterday, hour))
    visitor = signed_in(visit(viewport), people.agent_of(world.facilities[0]))
    visitor.open(reverse("staff:home"))
    visitor.click("link", "suites à noter")
    shot(visitor, "outcomes")
    visitor.click("button", "Servi")
    visitor.click("button", "noter 2 absents")
    states = Appointment.objects.order_by("starts_at").values_list("state", flat=True)
    assert list(states) == [State.ATTENDED, State.NO_SHOW, State.NO_SHOW]
    shot(visitor, "outcomes-noted")
    visitor.click("button", "Défaire")
    assert list(states.all()) == [State.ATTENDED, State.BOOKED, State.BOOKED]


def test_another_language_keeps_what_an_agent_or_a_family_typed(visit: Visit, world: World) -> None:
    """Of two forms on a page the one that was touched; a second language after the first; a family without script."""
    visitor = signed_in(visit(WIDE), people.manager_of_facility(world.facilities[0]))
    visitor.open(reverse("counter:new_opening", args=[world.counters[0].pk]))
    page = visitor.page
    page.get_by_label("De", exact=True).fill("09:05")
    page.get_by_label("Jour", exact=True).select_option(label="samedi")
    for language, code in (("Deutsch", "de"), ("English", "en")):
        visitor.click("link", language)
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator("#id_starts")).to_have_value("09:05")
        expect(page.locator("#id_weekday")).to_have_value("5")
    assert not OpeningPeriod.objects.filter(weekday=5).exists()
    visitor.open(reverse("counter:quotas", args=[world.facilities[0].pk]))
    page.locator("[name='w0am']").fill("7")
    visitor.click("link", "Deutsch")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("[name='w0am']")).to_have_value("7")

    family = visit(PHONE, javascript=False)
    family.open(reverse("family:sign_in"))
    family.page.locator("[name='email']").fill("odile@mail.example")
    family.click("button", "Deutsch")
    expect(family.page.locator("html")).to_have_attribute("lang", "de")
    expect(family.page.locator("[name='email']")).to_have_value("odile@mail.example")


def test_back_after_a_refusal_leads_to_the_form(visit: Visit, world: World) -> None:
    """Not to the browser's own page, which asks whether what was refused should be sent once more."""
    visitor = signed_in(visit(WIDE), people.manager_of_facility(world.facilities[0]))
    visitor.open(reverse("counter:new_opening", args=[world.counters[0].pk]))
    page = visitor.page
    page.get_by_label("Jour", exact=True).select_option(label="samedi")
    for until in ("08:00", "12:00"):
        page.get_by_label("De", exact=True).fill("09:00")
        page.get_by_label("À", exact=True).fill(until)
        visitor.click("button", "Enregistrer", exact=True)
    assert OpeningPeriod.objects.filter(starts="09:00", ends="12:00").exists()
    page.go_back()
    visitor.look()
    assert page.locator("#id_starts").is_visible()
    assert not page.locator(".govuk-error-summary").count()
