"""The agents' door in Chromium: a passkey is set up and used, an absence loses nothing, a page is previewed."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from municipalities.access import SEEN
from municipalities.models import Facility, Municipality, StaffMember
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories.municipalities import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


def sign_in(visitor: Visitor, staff: StaffMember) -> None:
    visitor.open("/agents/")
    visitor.page.get_by_label("Courriel").fill(staff.email)
    visitor.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    visitor.click("button", "Se connecter")


@pytest.mark.ignore_template_errors
def test_a_passkey_is_set_up_and_opens_the_door(
    visit: Visit, settings: Any, rixheim_town_hall: Facility, live_server: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    agent = people.agent_of(rixheim_town_hall)
    visitor = visit(WIDE)
    # A passkey belongs to a name, not to an address.
    visitor.site = visitor.site.replace("127.0.0.1", "localhost")
    if "localhost" not in visitor.site:
        pytest.skip("the live server has no name")
    device = visitor.page.context.new_cdp_session(visitor.page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(visitor, agent)
    assert "Un second facteur, avant de commencer" in visitor.page.content()
    visitor.click("link", "Ajouter une clé d’accès")
    if visitor.page.get_by_label("Mot de passe", exact=True).count():
        visitor.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        visitor.page.locator("main button[type=submit]").first.click()
        visitor.page.wait_for_load_state("load")
    visitor.page.locator("#id_passwordless").check()
    visitor.page.locator("#mfa_webauthn_add").click()
    visitor.page.wait_for_url(lambda url: "webauthn/add" not in url)
    visitor.open("/agents/")
    assert "Agathe Guichet" in visitor.page.content()
    visitor.page.context.clear_cookies()
    visitor.open("/compte/login/")
    visitor.page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    visitor.page.wait_for_url("**/agents/")
    visitor.look()


@pytest.mark.parametrize("view", [{"viewport": WIDE}, {"viewport": PHONE, "javascript": False}])
def test_what_was_being_typed_survives_an_absence(view: dict[str, Any], visit: Visit, rixheim: Municipality) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    visitor = visit(**view)
    sign_in(visitor, people.manager_of_municipality(rixheim))
    visitor.open(f"/agents/communes/{rixheim.pk}/etablissements/nouveau/")
    visitor.page.get_by_label("Nom", exact=True).fill("Annexe du port")
    (cookie,) = [one for one in visitor.page.context.cookies() if one["name"] == "sessionid"]
    session = SessionStore(cookie["value"])
    session[SEEN] = int(time.time()) - 31 * 60
    session.save()
    visitor.click("button", "Ajouter l’établissement")
    assert "Session arrêtée" in visitor.page.content()
    visitor.page.get_by_label("Courriel").fill(StaffMember.objects.get().email)
    visitor.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    visitor.click("button", "Se connecter")
    assert "Reprendre où vous en étiez" in visitor.page.content()
    assert "Annexe du port" in visitor.page.content()
    visitor.click("button", "Envoyer maintenant")
    assert visitor.page.get_by_label("Nom", exact=True).input_value() == "Annexe du port"
    assert "Il y a un problème" in visitor.page.content()


@pytest.mark.parametrize("view", [{"viewport": WIDE}, {"viewport": PHONE}])
def test_a_page_is_prepared_previewed_and_published_by_keyboard(
    view: dict[str, Any], visit: Visit, rixheim: Municipality
) -> None:
    visitor = visit(**view)
    sign_in(visitor, people.manager_of_municipality(rixheim))
    visitor.open(f"/agents/communes/{rixheim.pk}/")
    colour = visitor.page.get_by_label("Couleur", exact=True)
    colour.fill("#0b5d3b")
    with visitor.page.expect_navigation():
        visitor.press("Enter")
    visitor.look()
    visitor.page.get_by_role("link", name="Voir l’aperçu").focus()
    visitor.press("Enter")
    visitor.page.wait_for_url("**/communes/rixheim/**")
    visitor.look()
    assert "Aperçu du brouillon" in visitor.page.content() and "#0b5d3b" in visitor.page.content()
    visitor.page.get_by_role("button", name="Publier").focus()
    visitor.press("Enter")
    visitor.page.wait_for_url("**/agents/communes/**")
    visitor.look()
    rixheim.refresh_from_db()
    assert rixheim.colour == "#0b5d3b"


def test_the_auditors_pages_are_fit_for_everybody(visit: Visit, rixheim_town_hall: Facility) -> None:
    Facility.objects.update(phone="+33389111111")
    for size in (WIDE, PHONE):
        visitor = visit(size)
        sign_in(visitor, people.auditor())
        for path in ("/agents/controle/", "/agents/controle/lectures/", "/agents/roles/", "/compte/sessions/"):
            visitor.open(path)
