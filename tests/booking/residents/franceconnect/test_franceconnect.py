"""The second door, and the attack table: every lie is refused, and none reaches an agent's page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import requests
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import translation

from booking.residents.franceconnect import client as fc
from booking.residents.models import Guardian, Household, HouseholdSession
from municipalities.models import Facility
from tests import people
from tests.booking.residents.visitor import browser_of
from tests.factories import GuardianFactory
from tests.simulators.franceconnect import CLIENT, LIES, PERSON, SECRET, Simulator, franceconnect

pytestmark = pytest.mark.django_db
HOME, MET = reverse("family:home"), reverse("family:franceconnect_met")
BACK = reverse("family:franceconnect_back")


@pytest.fixture
def simulator(settings: Any) -> Iterator[Simulator]:
    with franceconnect() as found:
        settings.FRANCECONNECT_URL = found.issuer
        settings.FRANCECONNECT_CLIENT_ID = CLIENT
        settings.FRANCECONNECT_CLIENT_SECRET = SECRET
        yield found


def leave(client: Client, suite: str = "") -> str:
    """To the provider and through it; the path and query with which it sends the browser back."""
    where = client.get(reverse("family:franceconnect"), {"suite": suite})["Location"]
    sent_back = requests.get(where, allow_redirects=False, timeout=5).headers["Location"]
    assert sent_back.startswith(f"https://guichet.test{BACK}?")
    return sent_back.removeprefix("https://guichet.test")


def come(client: Client, suite: str = "") -> Any:
    return client.get(leave(client, suite))


def is_in(client: Client) -> bool:
    return bool(client.get(HOME).status_code == 200)


def test_an_unknown_identity_opens_a_family_by_a_press_and_is_known_from_then_on(simulator: Simulator) -> None:
    client = Client()
    assert come(client)["Location"] == MET
    assert "Angela" in client.get(MET).content.decode()
    assert not Household.objects.exists() and not is_in(client)
    assert client.post(MET)["Location"] == HOME
    assert is_in(client)
    guardian = Guardian.objects.get()
    assert (guardian.email, guardian.name) == ("", "Angela DUBOIS (fictif)")
    assert PERSON["sub"] not in str(list(Guardian.objects.values())) and guardian.franceconnect_hash
    again = Client()
    assert come(again, reverse("family:town"))["Location"] == reverse("family:town")
    assert is_in(again) and Household.objects.count() == 1
    assert simulator.wrong == []


def test_the_browser_is_asked_for_with_secrets_of_43_letters(simulator: Simulator) -> None:
    addresses = [Client().get(reverse("family:franceconnect"))["Location"] for _n in range(2)]
    asked = [parse_qs(urlparse(address).query) for address in addresses]
    assert len(asked[0]["state"][0]) == len(asked[0]["nonce"][0]) == 43
    assert asked[0]["state"] != asked[1]["state"] and asked[0]["nonce"] != asked[1]["nonce"]
    assert asked[0]["acr_values"] == ["eidas1"] and "email" not in asked[0]["scope"][0]


def test_a_mail_address_finds_nobody(simulator: Simulator) -> None:
    """Neither the family of that mailbox, nor the agent."""
    GuardianFactory.create(email=PERSON["email"])
    client = Client()
    assert come(client)["Location"] == MET
    client.post(MET)
    assert Guardian.objects.count() == 2 and Household.objects.count() == 2


@pytest.mark.parametrize("how", LIES)
def test_every_lie_is_refused_and_none_reaches_an_agents_page(
    how: str, simulator: Simulator, rixheim_town_hall: Facility
) -> None:
    agent = people.agent_of(rixheim_town_hall, email=PERSON["email"])
    known = GuardianFactory.create()
    Guardian.objects.filter(pk=known.pk).update(franceconnect_hash=fc.keyed_hash("franceconnect sub", PERSON["sub"]))
    simulator.how = how
    client = Client()
    answer = come(client)
    assert answer.status_code == 403, f"{how}: {answer.status_code}"
    assert "govuk-label" in answer.content.decode(), "the code is offered instead"
    assert not is_in(client) and not HouseholdSession.objects.exists()
    assert client.get(MET)["Location"] == reverse("family:sign_in")
    assert client.get(reverse("staff:home"))["Location"].startswith(reverse("account_login"))
    assert not Session.objects.exists()
    agent.refresh_from_db()
    assert agent.last_login is None
    assert "/api/v2/elsewhere" not in simulator.asked, "no redirect is followed"


def test_the_truth_after_all_lies_lets_in(simulator: Simulator) -> None:
    """The table could not fail for another reason."""
    known = GuardianFactory.create()
    Guardian.objects.filter(pk=known.pk).update(franceconnect_hash=fc.keyed_hash("franceconnect sub", PERSON["sub"]))
    client = Client()
    assert come(client)["Location"] == HOME and is_in(client)
    assert client.get(reverse("staff:home"))["Location"].startswith(reverse("account_login"))


def test_a_code_is_replayed_in_vain(simulator: Simulator) -> None:
    client = Client()
    back = leave(client)
    away = client.cookies["gc_fc_parti"].value
    assert client.get(back).status_code == 302
    client.cookies["gc_fc_parti"] = away
    client.cookies.pop("gc_fc_revenu")
    assert client.get(back).status_code == 403
    assert client.get(MET)["Location"] == reverse("family:sign_in")


def test_a_foreign_state_is_refused_before_anything_is_asked(simulator: Simulator) -> None:
    mine, theirs = Client(), Client()
    back, foreign = leave(mine), leave(theirs)
    asked = len(simulator.asked)
    assert mine.get(foreign).status_code == 403
    assert Client().get(back).status_code == 403, "a browser that never left"
    assert mine.get(back).status_code == 403, "the state is used up by the first return"
    assert len(simulator.asked) == asked


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?state=x&code=y", "?code=y", "?state=%C3%A9&code=y"])
def test_coming_back_with_nothing_is_refused(simulator: Simulator, query: str) -> None:
    client = Client()
    leave(client)
    assert client.get(BACK + query).status_code == 403 and not is_in(client)


def test_a_refusal_there_is_said_here(simulator: Simulator) -> None:
    client = Client()
    state = parse_qs(urlparse(leave(client)).query)["state"][0]
    answer = client.get(BACK, {"state": state, "error": "access_denied"})
    assert answer.status_code == 403 and "n’a pas confirmé votre identité" in answer.content.decode()


def test_a_provider_that_is_away_is_said_and_codes_go_on(simulator: Simulator, settings: Any) -> None:
    client = Client()
    back = leave(client)
    settings.FRANCECONNECT_URL = "http://127.0.0.1:9/api/v2"
    answer = client.get(back)
    assert answer.status_code == 403 and "ne répond pas" in answer.content.decode()


def test_a_forged_cookie_ties_nobody(simulator: Simulator) -> None:
    client = Client()
    client.cookies["gc_fc_revenu"] = "eyJzdWIiOiIwMCJ9:1vNx:forged"
    assert client.post(MET)["Location"] == reverse("family:sign_in")


def test_a_family_that_is_signed_in_ties_the_identity_by_a_press_and_parts_from_it(simulator: Simulator) -> None:
    guardian = GuardianFactory.create(name="Camille Fictive")
    browser = browser_of(guardian)
    assert come(browser)["Location"] == MET
    guardian.refresh_from_db()
    assert guardian.franceconnect_hash is None
    assert browser.post(MET)["Location"] == HOME
    assert come(Client())["Location"] == HOME
    other = browser_of(GuardianFactory.create())
    assert come(other)["Location"] == MET
    answer = other.post(MET)
    assert answer.status_code == 409 and "déjà une famille" in answer.content.decode()
    browser.post(reverse("family:franceconnect_part"))
    guardian.refresh_from_db()
    assert guardian.franceconnect_hash is None and guardian.name == "Camille Fictive"


def test_signing_out_leads_out_of_franceconnect_too(simulator: Simulator) -> None:
    client = Client()
    come(client)
    client.post(MET)
    kept = HouseholdSession.objects.get().logout_token
    assert kept is not None and not bytes(kept).startswith(b"ey"), "the token lies there encrypted"
    page = client.post(reverse("family:sign_out")).content.decode()
    address = page.split(f'href="{simulator.issuer}/session/end?')[1].split('"')[0].replace("&amp;", "&")
    told = parse_qs(address)
    assert told["id_token_hint"][0].startswith("ey")
    assert told["post_logout_redirect_uri"] == [f"https://guichet.test{reverse('family:signed_out')}"]
    assert not is_in(client)


def test_without_its_settings_it_is_not_offered(client: Client) -> None:
    assert "FranceConnect" not in client.get(reverse("family:sign_in")).content.decode()
    for name in ("family:franceconnect", "family:franceconnect_back"):
        assert client.get(reverse(name)).status_code == 404


def test_with_its_settings_it_stands_beside_the_code(simulator: Simulator, client: Client) -> None:
    page = client.get(reverse("family:sign_in")).content.decode()
    assert reverse("family:franceconnect") in page and 'name="email"' in page


def test_whoever_leaves_from_a_german_page_comes_back_to_german_pages(simulator: Simulator) -> None:
    """The address that FranceConnect knows has no language of its own."""
    client = Client()
    with translation.override("de"):
        address = leave(client)
        met, home = reverse("family:franceconnect_met"), reverse("family:home")
    assert met.startswith("/de/") and client.get(address)["Location"] == met
    assert client.post(met)["Location"] == home
    assert Household.objects.get().language == "de"
    refused = Client()
    with translation.override("de"):
        state = parse_qs(urlparse(leave(refused)).query)["state"][0]
    said = refused.get(BACK, {"state": state, "error": "access_denied"})
    assert said.status_code == 403 and '<html lang="de"' in said.content.decode()
