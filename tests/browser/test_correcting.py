"""A file corrected on a phone by its holder, in three languages, with axe at each step."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from booking.appointments.bookings.queries import people_of
from booking.residents.actions import link_expiry, mint_link
from tests.browser.conftest import PHONE, Visitor
from tests.factories.appointments import at
from tests.people import INES, LOIC, ODILE
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
    holder.page.get_by_role("link", name="Corriger le dossier").first.click()
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
