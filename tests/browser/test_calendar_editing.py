"""A manager changes the calendar in Chromium: a new week, a copied day, a closed counter; wide and on a phone."""

import os
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from booking.appointments.enums import Audience
from booking.appointments.models import Appointment, CounterClosure, OpeningPeriod
from municipalities.models import StaffMember
from notifications.tasks import deliver_due
from tests.booking.appointments.rehoming.test_actions import fill_first_counter
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories.appointments import OpeningPeriodFactory
from tests.people import PASSWORD, manager_of_facility
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def world() -> World:
    return shared_calendar(
        town_halls=2,
        counters=2,
        opens=time(8),
        closes=time(14, 40),
        code="carte-identite",
        name={"fr": "Carte d’identité", "de": "Personalausweis", "en": "Identity card"},
    )


@pytest.fixture
def manager(world: World) -> StaffMember:
    return manager_of_facility(world.facilities[0])


def sign_in(visitor: Visitor, staff: StaffMember) -> None:
    visitor.open("/compte/login/")
    visitor.page.locator("[name=login]").fill(staff.email)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.locator("main form button[type=submit]").first.click()
    visitor.page.wait_for_load_state("load")


def shot(visitor: Visitor, name: str) -> None:
    if SHOTS:
        wide = (visitor.page.viewport_size or {}).get("width")
        visitor.page.screenshot(path=str(Path(SHOTS) / f"{name}-{wide}.png"), full_page=True)


@pytest.mark.parametrize(("viewport", "javascript"), [(WIDE, True), (PHONE, True), (PHONE, False)])
def test_a_new_week_is_set_and_a_day_copied(
    viewport: dict[str, int], javascript: bool, visit: Visit, world: World, manager: StaffMember
) -> None:
    counter = world.counters[0]
    OpeningPeriodFactory.create(
        counter=counter,
        weekday=1,
        starts=time(15),
        ends=time(16),
        audience=Audience.ANY_STAFF,
        fallback_days=1,
        fallback_time=time(12),
    )
    visitor = visit(viewport, javascript=javascript)
    sign_in(visitor, manager)
    visitor.open(f"/agents/guichets/{world.facilities[0].pk}/semaine/")
    shot(visitor, "week-facility")
    monday = day_ahead(0).isoformat()
    visitor.open(f"/agents/guichets/guichet/{counter.pk}/semaine/?semaine={monday}")
    shot(visitor, "week")
    visitor.click("link", "Nouvelle semaine à partir d’une date")
    page = visitor.page
    shot(visitor, "week-new")
    page.locator("[name='h0-0-a']").fill("11:00")
    page.locator("[name='h0-1-de']").fill("13:30")
    page.locator("[name='h0-1-a']").fill("12:00")
    visitor.click("button", "Enregistrer la semaine")
    assert "La plage doit finir après son début" in page.content()
    shot(visitor, "week-new-error")
    page.locator("[name='h0-1-a']").fill("17:00")
    page.get_by_role("button", name="Une ligne de plus mardi").click()
    page.wait_for_load_state("load")
    visitor.look()
    assert page.locator("[name='h1-3-de']").count() == 1
    page.get_by_label(world.counters[1].name).check()
    # Enter anywhere in the form saves.
    page.locator("[name='h0-1-a']").press("Enter")
    page.wait_for_load_state("load")
    visitor.look()
    assert "2\xa0guichets" in page.content() or "2 guichets" in page.content()
    rows = OpeningPeriod.objects.filter(weekday=0, valid_from=day_ahead(0)).values_list("starts", "ends")
    assert set(rows) == {(time(8), time(11)), (time(13, 30), time(17))}
    assert rows.count() == 4
    visitor.click("link", "Copier ce jour", exact=False)
    page.get_by_label("samedi").check()
    shot(visitor, "day-copy")
    visitor.click("button", "Copier")
    assert OpeningPeriod.objects.filter(counter=counter, weekday=5).count() == 2
    visitor.open(f"/agents/guichets/{world.facilities[0].pk}/historique/")
    shot(visitor, "history")


@pytest.mark.parametrize(("viewport", "javascript"), [(WIDE, True), (PHONE, True), (WIDE, False)])
def test_a_counter_is_closed_and_its_people_led_elsewhere(
    viewport: dict[str, int], javascript: bool, visit: Visit, world: World, manager: StaffMember
) -> None:
    fill_first_counter(world, 20)
    mail.outbox.clear()
    deliver_due()
    mail.outbox.clear()
    visitor = visit(viewport, javascript=javascript)
    sign_in(visitor, manager)
    counter, page = world.counters[0], visitor.page
    visitor.open(f"/agents/guichets/{world.facilities[0].pk}/fermer/")
    shot(visitor, "which")
    visitor.click("link", counter.name)
    page.get_by_label("La journée").check()
    page.get_by_label("Le", exact=True).fill(day_ahead().isoformat())
    shot(visitor, "close")
    visitor.click("button", "Voir où vont les rendez-vous")
    expect(page.get_by_text("20 rendez-vous trouvent une autre place")).to_be_visible()
    shot(visitor, "plan")
    # One person is not to be moved: their agent knows them.
    kept = page.locator("input[name=rdv]").nth(3)
    reference = page.locator("tbody .ag-number").nth(3).inner_text()
    kept.uncheck()
    visitor.click("button", "Fermer et déplacer les rendez-vous cochés")
    expect(page.get_by_text("19 rendez-vous déplacés")).to_be_visible()
    expect(page.get_by_text("1 personne à appeler")).to_be_visible()
    assert reference in page.content()
    shot(visitor, "rehomed")
    deliver_due()
    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 19
    assert CounterClosure.objects.count() == 1
    assert Appointment.objects.filter(counter=counter).count() == 1


def test_what_a_closure_touches_is_shown_first(visit: Visit, world: World, manager: StaffMember) -> None:
    fill_first_counter(world, 3)
    for viewport in (WIDE, PHONE):
        visitor = visit(viewport)
        sign_in(visitor, manager)
        visitor.open(f"/agents/guichets/fermetures/nouvelle/?lieu=etablissement-{world.facilities[0].pk}")
        day: Any = day_ahead()
        visitor.page.locator("[name=from_day]").fill(day.isoformat())
        visitor.page.locator("[name=until_day]").fill((day + timedelta(days=1)).isoformat())
        visitor.page.locator("[name=reason_fr]").fill("Travaux")
        visitor.click("button", "Voir ce que cela touche")
        expect(visitor.page.get_by_text("Ce que cette fermeture touche")).to_be_visible()
        shot(visitor, "closure")
