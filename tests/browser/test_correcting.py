"""A file corrected on a phone by its holder, at the counter by keyboard: looked at narrow and wide, axe each time."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from booking.appointments.bookings.queries import people_of
from booking.residents.actions import link_expiry, mint_link
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import signed_in
from tests.factories.appointments import at
from tests.people import INES, LOIC, MEHDI, ODILE
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
SHOTS = os.environ.get("SHOTS", "")


def shoot(visitor: Visitor, name: str) -> None:
    visitor.look()
    if SHOTS:
        visitor.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def world() -> World:
    return shared_calendar(
        code="carte-identite", name={"fr": "Carte d’identité", "de": "Ausweis", "en": "Identity card"}
    )


def test_the_holder_of_the_link_on_a_phone(visit: Visit, world: World) -> None:
    booked = world.book(at(day_ahead(), 9), ODILE, LOIC, INES)
    token = mint_link(subject_type="appointment", subject_id=booked.pk, expires_at=link_expiry(booked.ends_at))
    holder = visit(PHONE)
    holder.open(f"/lien/{token}/")
    holder.page.get_by_role("link", name="Corriger mon dossier").first.click()
    holder.page.wait_for_load_state("load")
    shoot(holder, "corriger-360")
    holder.page.locator("#id_p0-last_name").fill("")
    holder.click("button", "Enregistrer")
    expect(holder.page.get_by_role("alert")).to_contain_text("Écrivez le nom")
    shoot(holder, "corriger-erreur-360")
    holder.page.locator("#id_p0-last_name").fill("Réelle")
    holder.page.get_by_label("Cette personne ne vient plus").nth(1).check()
    holder.click("button", "Enregistrer")
    expect(holder.page.get_by_role("status").first).to_contain_text("Votre dossier est corrigé")
    assert [(one.first_name, one.last_name) for one in people_of(booked)] == [("Odile", "Réelle"), ("Inès", "Fictive")]
    for language in ("de", "en"):
        holder.open(f"/{language}/rendez-vous/mon-rendez-vous/{booked.pk}/corriger/")


def test_the_agent_by_keyboard(visit: Visit, world: World) -> None:
    booked = world.book(at(day_ahead(), 9))
    world.book(at(day_ahead(), 9, 20), MEHDI)
    agent = people.agent_of(world.facilities[0])
    desk = signed_in(visit(WIDE), agent)
    day = day_ahead().isoformat()
    desk.open(f"/agents/guichets/{world.facilities[0].pk}/tableau/?jour={day}&rdv=rdv-{booked.pk}")
    desk.page.keyboard.press("f")
    desk.page.wait_for_url("**/corriger/")
    for choice in desk.page.locator(".govuk-radios--inline .govuk-radios__label").all():
        box = choice.bounding_box()
        assert box is not None and box["height"] < 40, f"« {choice.inner_text()} » is broken into lines"
    shoot(desk, "corriger-agent-1280")
    desk.page.get_by_role("button", name="Ajouter une personne").focus()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_load_state("load")
    desk.page.locator("#id_p1-last_name").fill("Fictif")
    desk.page.locator("#id_p1-number").fill(LOIC.number)
    phone = desk.page.locator("#id_phone")
    phone.fill("0690 12 34 56")
    phone.press("Tab")
    expect(desk.page.locator("output")).to_contain_text("+590")
    desk.page.locator("#id_note").fill("Vient avec son fils")
    desk.page.locator("#id_p0-last_name").press("Enter")
    desk.page.wait_for_load_state("load")
    expect(desk.page.get_by_role("alert")).to_contain_text("trop court")
    shoot(desk, "corriger-sans-place-1280")
    desk.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    shoot(desk, "corriger-sans-place-360")
    desk.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    desk.page.locator("button[name=creneau]").first.press("Enter")
    desk.page.wait_for_url("**/tableau/**")
    booked.refresh_from_db()
    assert (booked.people_count, booked.phone, booked.counter_note) == (2, "+590690123456", "Vient avec son fils")
    shoot(desk, "fiche-note-1280")
    desk.open(f"/agents/guichets/rendez-vous/{booked.pk}/annuler/")
    shoot(desk, "annuler-1280")
