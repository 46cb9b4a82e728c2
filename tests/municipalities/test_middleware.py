from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_script_prefix, reverse
from pytest_django import DjangoAssertNumQueries

from municipalities.middleware import current_municipality, municipality_middleware
from municipalities.models import Municipality
from tests.factories.municipalities import MunicipalityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen() -> dict[str, Any]:
    return {}


@pytest.fixture
def ask(seen: dict[str, Any], rf: RequestFactory) -> Callable[..., HttpResponse]:
    """Sends a request through the middleware alone and notes what a view would see."""

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(
            path_info=request.path_info,
            path=request.path,
            municipality=current_municipality(request),
            prefix=get_script_prefix(),
            link=reverse("portal:help"),
        )
        return HttpResponse()

    def ask(path: str, **headers: str) -> HttpResponse:
        return municipality_middleware(view)(rf.get(path, headers=headers))

    return ask


def test_the_prefix_is_stripped_and_put_back_on_links(
    rixheim: Municipality, ask: Callable[..., HttpResponse], seen: dict[str, Any]
) -> None:
    ask("/communes/rixheim/rendez-vous/?personnes=2")
    assert seen["municipality"] == rixheim
    assert seen["path_info"] == "/rendez-vous/"
    assert seen["path"] == "/communes/rixheim/rendez-vous/"
    assert seen["link"] == "/communes/rixheim/aide/"
    assert get_script_prefix() == "/"


def test_the_prefix_is_forgotten_even_when_the_page_fails(rixheim: Municipality, rf: RequestFactory) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        municipality_middleware(broken)(rf.get("/communes/rixheim/"))
    assert get_script_prefix() == "/"


@pytest.mark.parametrize("path", ["/", "/communes/", "/static/css/guichet.css", "/sante/vivant", "/metrics", "/de/"])
def test_other_paths_are_left_alone_and_cost_nothing(
    path: str,
    ask: Callable[..., HttpResponse],
    seen: dict[str, Any],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        ask(path)
    assert seen["municipality"] is None
    assert seen["path_info"] == path


def test_two_queries_that_leave_the_logo_where_it_is(
    ask: Callable[..., HttpResponse], seen: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    MunicipalityFactory.create(name="Rixheim", logo=b"png")
    with django_assert_num_queries(2) as queries:
        ask("/communes/rixheim/")
        assert seen["municipality"].has_logo
    assert '"logo",' not in queries.captured_queries[1]["sql"]


def test_the_form_without_slash_is_completed(rixheim: Municipality, ask: Callable[..., HttpResponse]) -> None:
    answer = ask("/communes/rixheim?langue=de")
    assert (answer.status_code, answer["Location"]) == (301, "/communes/rixheim/?langue=de")


def test_an_unknown_name_is_left_to_the_portal(ask: Callable[..., HttpResponse], seen: dict[str, Any]) -> None:
    ask("/communes/atlantide/rendez-vous/")
    assert seen["municipality"] is None
    assert seen["path_info"] == "/communes/atlantide/rendez-vous/"


def test_a_neighbour_outside_of_the_territory_has_no_page(
    ask: Callable[..., HttpResponse], seen: dict[str, Any]
) -> None:
    MunicipalityFactory.create(name="Altkirch", is_member=False)
    ask("/communes/altkirch/")
    assert seen["municipality"] is None


def test_a_municipality_may_have_its_own_host(
    rixheim: Municipality, ask: Callable[..., HttpResponse], seen: dict[str, Any], settings: Any
) -> None:
    settings.MUNICIPALITY_HOSTS = {"rdv.rixheim.example": "rixheim"}
    ask("/aide/", host="RDV.Rixheim.example:8000")
    assert seen["municipality"] == rixheim
    assert seen["link"] == "/aide/"
    ask("/aide/", host="guichet.example")
    assert seen["municipality"] is None


def test_languages_and_missing_slashes_work_under_a_municipality(rixheim: Municipality, client: Client) -> None:
    german = client.get("/communes/rixheim/de/aide/")
    assert german.status_code == 200
    assert b'<html lang="de"' in german.content
    assert b'href="/communes/rixheim/de/communes/"' in german.content
    assert client.get("/communes/rixheim/aide")["Location"] == "/communes/rixheim/aide/"


def test_the_language_may_come_first(rixheim: Municipality, client: Client) -> None:
    answer = client.get("/de/communes/rixheim/rendez-vous/?personnes=2")
    assert (answer.status_code, answer["Location"]) == (301, "/communes/rixheim/de/rendez-vous/?personnes=2")
    assert client.get("/communes/Rixheim/")["Location"] == "/communes/rixheim/"


def test_an_unknown_name_gets_a_friendly_page(rixheim: Municipality, client: Client) -> None:
    answer = client.get("/communes/atlantide/rendez-vous/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Atlantide".lower() in page
    assert 'href="/communes/rixheim/"' in page


@pytest.mark.parametrize("slug", ["%F0%9F%98%80", "..", "%2e%2e%2f"])
def test_no_address_breaks_the_page(client: Client, slug: str) -> None:
    assert client.get(f"/communes/{slug}/").status_code == 404
    assert client.get(f"/communes/{slug}/rendez-vous/").status_code == 404


@pytest.mark.parametrize("slug", ["%00", "a%00b"])
def test_an_address_that_cannot_be_read_is_refused(client: Client, slug: str) -> None:
    assert client.get(f"/communes/{slug}/").status_code == 400
    assert client.get(f"/communes/{slug}/rendez-vous/").status_code == 400
