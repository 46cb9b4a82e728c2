"""Affairs that every town keeps for its own residents: the town is asked first, and nothing is called full."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.appointments.models import CounterOffering, FreeGap
from municipalities.models import Municipality
from tests.booking.appointments.walks import SEARCH, Walk, text_of
from tests.factories.municipalities import MunicipalityFactory
from tests.people import agent_of
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept_at_home() -> World:
    world = shared_calendar(town_halls=2)
    CounterOffering.objects.update(shared_from=None)
    return world


@pytest.fixture
def without_counter() -> Municipality:
    return MunicipalityFactory.create(name="Zillisheim", phone="+33389060000", email="mairie@zillisheim.example")


def test_the_town_is_asked_first(kept_at_home: World) -> None:
    page = text_of(Walk(kept_at_home).search(f"personnes=2&du={day_ahead()}"))
    assert "chaque mairie la réserve à ses habitants" in page
    assert '<select class="govuk-select" name="commune"' in page
    assert 'name="personnes" value="2"' in page
    assert "pris" not in page and ">complet<" not in page


def test_a_resident_finds_time_and_the_other_town_hall_says_for_whom_it_is(kept_at_home: World) -> None:
    mine, other = kept_at_home.facilities
    page = text_of(Walk(kept_at_home).search(f"commune={mine.municipality.slug}"))
    assert 'name="creneau"' in page
    places = page[page.index("Dans chaque mairie") :]
    assert other.name in places and "réservé à ses habitants" in places
    assert ">complet<" not in places
    assert "Vous pouvez prendre rendez-vous partout" not in page


def test_a_town_without_a_counter_says_what_to_do(kept_at_home: World, without_counter: Municipality) -> None:
    page = text_of(Walk(kept_at_home).search(f"commune={without_counter.slug}"))
    assert "La mairie de Zillisheim ne donne pas ce rendez-vous en ligne" in page
    assert 'href="tel:+33389060000"' in page
    assert 'href="mailto:mairie@zillisheim.example"' in page
    assert "pris" not in page


def test_the_site_of_a_town_knows_the_town(kept_at_home: World) -> None:
    town = kept_at_home.facilities[0].municipality
    page = text_of(Client().get(f"/communes/{town.slug}{SEARCH}?type={kept_at_home.type.code}"))
    assert 'name="creneau"' in page


def test_htmx_is_told_to_load_the_page_that_asks(kept_at_home: World) -> None:
    response = Walk(kept_at_home).search("commune=", **{"HX-Request": "true", "HX-Target": "resultats"})
    assert response["HX-Redirect"]


def test_who_wants_to_wait_is_asked_for_the_town_too(kept_at_home: World) -> None:
    response = Client().get(f"{SEARCH}plus-tot/?type={kept_at_home.type.code}")
    assert response.status_code == 302
    assert response["Location"].startswith(SEARCH)


def test_an_agent_is_asked_too_for_whom_they_look(kept_at_home: World) -> None:
    walk = Walk(kept_at_home)
    walk.client.force_login(agent_of(kept_at_home.facilities[0]))
    page = text_of(walk.search())
    assert "chaque mairie la réserve à ses habitants" in page and 'name="creneau"' not in page


def test_a_share_that_has_ended_is_none(kept_at_home: World) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    CounterOffering.objects.update(shared_from=yesterday, shared_until=yesterday)
    assert "la réserve à ses habitants" in text_of(Walk(kept_at_home).search())


@pytest.mark.parametrize("query", ["", "jour={day}"])
def test_what_is_free_for_others_alone_is_not_called_full(query: str, without_counter: Municipality) -> None:
    """One of two town halls shares, and is full; the other keeps its time for its residents."""
    world = shared_calendar(town_halls=2, weekdays=(1,))
    sharing, keeping = world.facilities
    CounterOffering.objects.filter(facility=keeping).update(shared_from=None)
    FreeGap.objects.filter(facility_id=sharing.pk).delete()
    found: Any = Walk(world).search(f"commune={without_counter.slug}&" + query.format(day=day_ahead(1)))
    page = text_of(found)
    assert "réservé aux habitants de la commune qui le propose" in page
    assert "Tout est pris" not in page and ">complet<" not in page
