"""A held time is in sight on every page of its browser, and may be kept ten minutes longer, once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.appointments.models import Appointment
from booking.appointments.resident.held_bar import HOLD_COOKIE
from tests.booking.appointments.walks import SEARCH, Walk, text_of
from tests.factories.appointments import at
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return shared_calendar()


@pytest.mark.parametrize("path", ["/", "/aide/", "/communes/", "/retrouver/", SEARCH, "/de/aide/"])
def test_every_page_of_that_browser_shows_it(world: World, path: str) -> None:
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9))
    page = text_of(walk.client.get(path))
    assert 'class="gc-hold' in page
    assert address.partition("?")[0].removeprefix("/de") in page
    assert "/rendre/" in page and "/prolonger/" in page
    assert 'class="gc-hold' not in text_of(Client().get(path))


def test_it_says_when_and_how_long(world: World) -> None:
    walk = Walk(world)
    walk.held(at(day_ahead(), 9))
    Appointment.objects.update(expires_at=timezone.now() + timedelta(minutes=8))
    page = text_of(walk.client.get("/aide/"))
    assert "Vous retenez <strong>" in page and "(encore 8 min)" in page


def test_who_holds_nothing_pays_nothing(world: World) -> None:
    walk, stranger = Walk(world), Client()
    walk.held(at(day_ahead(), 9))
    for client in (stranger, walk.client):
        client.get("/aide/")
    with CaptureQueriesContext(connection) as without:
        response = stranger.get("/aide/")
    assert not response.cookies
    with CaptureQueriesContext(connection) as with_one:
        walk.client.get("/aide/")
    assert not any("browser_hash" in query["sql"] for query in without)
    assert sum("browser_hash" in query["sql"] for query in with_one) == 1
    # A cookie without a browser, or one that is not a number, asks nothing either.
    stranger.cookies[HOLD_COOKIE] = "nonsense"
    with CaptureQueriesContext(connection) as nonsense:
        assert stranger.get("/aide/").status_code == 200
    assert len(nonsense) == len(without)


def test_it_is_released_from_any_page(world: World) -> None:
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9)).partition("?")[0]
    response = walk.client.post(f"{address}rendre/", {"recherche": f"type={world.type.code}&personnes=1"})
    assert response["Location"] == f"{SEARCH}?type={world.type.code}&personnes=1"
    assert not Appointment.objects.held().exists()
    assert 'class="gc-hold' not in text_of(walk.client.get("/aide/"))


def test_once_confirmed_or_released_nothing_is_asked_and_other_holds_stay(world: World) -> None:
    walk = Walk(world)
    first = walk.held(at(day_ahead(), 9)).partition("?")[0]
    second = walk.held(at(day_ahead(), 10)).partition("?")[0]
    walk.confirm(first)
    page = text_of(walk.client.get("/aide/"))
    assert second in page and first not in page
    walk.client.post(f"{second}rendre/")
    assert walk.client.cookies[HOLD_COOKIE].value == ""
    with CaptureQueriesContext(connection) as queries:
        walk.client.get("/aide/")
    assert not any("browser_hash" in query["sql"] for query in queries)


def test_the_page_that_confirms_has_its_own(world: World) -> None:
    walk = Walk(world)
    assert text_of(walk.client.get(walk.held(at(day_ahead(), 9)))).count('class="gc-hold"') == 1


def test_ten_more_minutes_once_and_what_is_typed_stays(world: World) -> None:
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9)).partition("?")[0]
    until = Appointment.objects.get().expires_at
    assert until is not None
    first = walk.client.post(address, walk.fill(p0__first_name="Zoé") | {"prolonger": "1"})
    page = text_of(first)
    assert first.status_code == 200
    assert 'value="Zoé"' in page
    assert 'name="prolonger"' not in page
    assert "govuk-error-message" not in page
    assert Appointment.objects.get().expires_at == until + timedelta(minutes=10)
    assert walk.client.cookies[HOLD_COOKIE].value.endswith(f"-{int((until + timedelta(minutes=10)).timestamp())}")
    second = text_of(walk.client.post(address, walk.fill(p0__first_name="Zoé") | {"prolonger": "1"}))
    assert "ne l’est qu’une fois" in second and 'value="Zoé"' in second
    assert Appointment.objects.get().expires_at == until + timedelta(minutes=10)


def test_ten_more_minutes_from_another_page(world: World) -> None:
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9)).partition("?")[0]
    response = walk.client.post(f"{address}prolonger/")
    assert (response.status_code, response["Location"]) == (302, address)
    assert "/prolonger/" not in text_of(walk.client.get("/aide/"))
    until = Appointment.objects.get().expires_at
    again = walk.client.post(f"{address}prolonger/")
    assert (again.status_code, again["Location"]) == (302, address)
    assert Appointment.objects.get().expires_at == until
    assert Client().post(f"{address}prolonger/").status_code == 409


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_change_of_language_keeps_what_is_typed(world: World, language: str) -> None:
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9)).partition("?")[0]
    page = text_of(walk.client.get(address))
    assert f'formaction="/{language}{address}"' in page
    # Enter in a field presses the first button of the form: never that of a language.
    assert page.index('form="reservation" hidden') < page.index("formaction=")
    response = walk.client.post(f"/{language}{address}", walk.fill(p0__first_name="Zoé") | {"pieces": "1"})
    page = text_of(response)
    assert f'<html lang="{language}"' in page
    assert 'value="Zoé"' in page and 'value="A123456789"' in page
    assert Appointment.objects.held().count() == 1
