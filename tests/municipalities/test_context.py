import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from municipalities.context import identity, language_links
from municipalities.models import Municipality
from tests.factories.municipalities import MunicipalityFactory, StaffMemberFactory


@pytest.mark.parametrize(
    ("path", "links"),
    [
        ("/", ["/", "/de/", "/en/"]),
        ("/de/aide/", ["/aide/", "/de/aide/", "/en/aide/"]),
        ("/de", ["/", "/de/", "/en/"]),
        ("/design/?q=a%26b", ["/design/?q=a%26b", "/de/design/?q=a%26b", "/en/design/?q=a%26b"]),
        ("/communes/?q=%C3%A9", ["/communes/?q=%C3%A9", "/de/communes/?q=%C3%A9", "/en/communes/?q=%C3%A9"]),
        ("/caf%C3%A9/", ["/caf%C3%A9/", "/de/caf%C3%A9/", "/en/caf%C3%A9/"]),
    ],
)
def test_the_same_page_in_each_language(path: str, links: list[str], rf: RequestFactory) -> None:
    assert [link.url for link in language_links(rf.get(path))] == links


def test_no_language_link_leaves_the_site(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.path_info = "//evil.example/"
    assert all(not link.url.startswith("//") for link in language_links(request))


def test_search_engines_get_whole_addresses_without_what_was_asked(rf: RequestFactory) -> None:
    assert [link.absolute for link in language_links(rf.get("/aide/?q=1"))] == [
        "https://guichet.test/aide/",
        "https://guichet.test/de/aide/",
        "https://guichet.test/en/aide/",
    ]


@pytest.mark.django_db
def test_a_municipality_shows_its_name_its_coat_and_its_accent(client: Client) -> None:
    MunicipalityFactory.create(name="Rixheim", colour="#8a1538", has_invented_data=True)
    answer = client.get("/communes/rixheim/aide/")
    page = answer.content.decode()
    assert re.search(r"<title>\s*Aide\s+– Rixheim</title>", page)
    assert "/identite/rixheim/blason.svg?v=" in page
    assert "Données fictives" in page
    nonce = re.search(r'<style nonce="([^"]+)">:root\{--accent:#8a1538;', page)
    assert nonce and f"'nonce-{nonce[1]}'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_portal_shows_its_own_name_and_needs_no_inline_style(client: Client) -> None:
    page = client.get("/aide/").content.decode()
    assert re.search(r"<title>\s*Aide\s+– Guichet commun</title>", page)
    assert "<style" not in page
    assert "Licence Ouverte 2.0" in page and "GeoNames (CC BY 4.0)" in page


@pytest.mark.django_db
def test_a_resident_without_session_costs_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/aide/")
    with django_assert_num_queries(0):
        answer = client.get("/aide/")
    assert "sessionid" not in answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.django_db
def test_an_agent_sees_the_way_back_on_every_page(client: Client) -> None:
    client.force_login(StaffMemberFactory.create(name="Agathe Fictive"))
    page = client.get("/aide/").content.decode()
    assert "Agathe Fictive" in page and "Se déconnecter" in page


@pytest.mark.django_db
def test_a_session_cookie_that_is_nobodys_shows_no_menu(client: Client) -> None:
    client.cookies["sessionid"] = "x" * 32
    assert "Se déconnecter" not in client.get("/aide/").content.decode()


def test_it_works_for_a_request_that_never_met_the_middleware(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    assert identity(request)["municipality"] is None


def test_on_its_own_host_a_municipality_points_to_the_portal(
    rixheim: Municipality, client: Client, settings: Any
) -> None:
    settings.MUNICIPALITY_HOSTS = {"rdv.rixheim.example": "rixheim"}
    page = client.get("/de/aide/", headers={"host": "rdv.rixheim.example"}).content.decode()
    assert "– Rixheim</title>" in page
    assert '<a class="govuk-link" href="https://guichet.test/de/">' in page
    assert 'hreflang="en" href="https://guichet.test/communes/rixheim/en/aide/"' in page
    assert re.search(r'href="/aide/"\s+hreflang="fr"', page)


def test_the_portal_stays_reachable_from_a_municipality(rixheim: Municipality, client: Client) -> None:
    assert '<a class="govuk-link" href="/de/">' in client.get("/communes/rixheim/de/aide/").content.decode()
