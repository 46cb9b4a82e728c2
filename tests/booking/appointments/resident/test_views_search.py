"""The search page: the answer first, every state in words, nothing crashes, nothing changes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from booking.appointments.enums import TypeKind
from booking.appointments.resident import rates
from municipalities.models import Facility
from tests.booking.appointments.walks import FOR_EVER, SEARCH, Walk, text_of
from tests.factories.appointments import AppointmentTypeFactory, at
from tests.people import agent_of
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


def test_without_a_type_one_chooses_in_plain_words() -> None:
    AppointmentTypeFactory.create(code="carte", name={"fr": "Carte d’identité"})
    AppointmentTypeFactory.create(code="retrait", name={"fr": "Retrait d’un titre"}, collection=True)
    page = text_of(Client().get(SEARCH))
    assert "Pour quoi prenez-vous rendez-vous" in page
    assert "?type=carte" in page
    assert "?type=retrait" in page


def test_the_answer_comes_first_as_a_button() -> None:
    walk = Walk(shared_calendar(town_halls=2))
    page = text_of(walk.search())
    assert page.index("Le plus tôt") < page.index("gc-month") < page.index("Dans chaque mairie")
    assert page.count('name="creneau"') > 10


def test_soonest_and_nearest_from_home() -> None:
    world = shared_calendar(town_halls=2)
    near, far = world.facilities
    Facility.objects.filter(pk=far.pk).update(latitude=48.5)
    page = text_of(Walk(world).search(f"commune={near.municipality.slug}"))
    assert "Le plus tôt, et le plus proche" in page or "Le plus proche de chez vous" in page
    assert "km" in page


def test_the_month_says_free_closed_and_past_in_words() -> None:
    walk = Walk(shared_calendar())
    page = text_of(walk.search(f"mois={day_ahead():%Y-%m}"))
    assert "<small>libre</small>" in page
    assert ">fermé</small>" in page


def test_a_closed_day_says_so_and_leads_on() -> None:
    saturday = day_ahead(5)
    page = text_of(Walk(shared_calendar()).search(f"jour={saturday}"))
    assert "Les mairies sont fermées ce jour-là" in page
    assert 'rel="prev"' in page
    assert 'rel="next"' in page


def test_empty_says_why_and_what_to_do() -> None:
    page = text_of(Walk(shared_calendar(town_halls=2)).search("jours=dim&personnes=2"))
    assert "Aucun rendez-vous libre" in page
    assert "Rien n’est libre aux jours et heures demandés" in page
    assert "Chercher tous les jours" in page
    assert "une personne de moins" in page
    assert "Appeler" in page


def test_nothing_at_all_for_so_many_people() -> None:
    world = shared_calendar()
    page = text_of(Walk(shared_calendar(closes=at(timezone.localdate(), 8, 30).time())).search("personnes=6"))
    assert "Aucun rendez-vous libre" in page
    assert world


@pytest.mark.parametrize(
    ("query", "sentence", "kept"),
    [
        ("personnes=0", "au moins une personne", 'value="0"'),
        ("personnes=7", "six personnes au plus", 'value="7"'),
        ("commune=atlantide", "« atlantide » n’est pas une commune", ""),
        ("du=24/13/2026", "n’existe pas", 'value="24/13/2026"'),
        ("au=hier", "n’est pas une date", 'value="hier"'),
        ("au=2001-01-01", "est passé", 'value="2001-01-01"'),
        ("du=2990-01-01", "un an à l’avance", 'value="2990-01-01"'),
        ("de=midi", "n’est pas une heure", 'value="midi"'),
        ("jours=xyz", "n’est pas un jour", ""),
    ],
)
def test_bad_parameters_have_a_sentence_and_keep_what_was_typed(query: str, sentence: str, kept: str) -> None:
    response = Walk(shared_calendar()).search(query)
    assert response.status_code == 200
    page = text_of(response)
    assert page.count(sentence) >= 2  # in the summary and beside the field
    assert kept in page
    assert 'name="creneau"' not in page


def test_unknown_type_is_told() -> None:
    shared_calendar()
    page = text_of(Client().get(SEARCH + "?type=licorne"))
    assert "« licorne » n’est pas une démarche proposée" in page


@pytest.mark.parametrize(
    "query",
    [
        "type=%01",
        "jour=%ff&mois=%ff",
        "mairie=nulle-part&mairie=%3Cscript%3E",
        "deplace=nonsense",
        "personnes=%F0%9F%98%80",
        "du=" + "9" * 500,
        "jours=" + ",".join(["lun"] * 200),
        "commune=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "tri=%27%3B--",
    ],
)
def test_nonsense_never_crashes_and_is_escaped(query: str) -> None:
    response = Walk(shared_calendar()).search(query)
    assert response.status_code in {200, 403}
    assert "<script>alert" not in text_of(response)


def test_unknown_town_hall_is_told_and_the_rest_searched() -> None:
    page = text_of(Walk(shared_calendar()).search("mairie=nulle-part"))
    assert "« nulle-part » n’est pas une mairie" in page
    assert "Le plus tôt" in page


def test_collection_asks_first_where_the_file_was_lodged_then_searches_only_there() -> None:
    world = shared_calendar(town_halls=2, kind=TypeKind.COLLECTION)
    walk = Walk(world)
    page = text_of(walk.search())
    assert "Où avez-vous déposé votre dossier" in page
    here, other = world.facilities
    page = text_of(walk.search(f"mairie={here.slug}"))
    assert here.name in page
    assert other.name not in page


def test_under_a_municipality_its_own_town_hall_comes_first_and_home_is_preset() -> None:
    world = shared_calendar(town_halls=3)
    last = world.facilities[2]
    response = Client().get(f"/communes/{last.municipality.slug}{SEARCH}?type={world.type.code}")
    page = text_of(response)
    places = page[page.index("Dans chaque mairie") :]
    assert places.index(last.name) < places.index(world.facilities[0].name)
    assert f"depuis {last.municipality.name}" in page
    assert f'action="/communes/{last.municipality.slug}/rendez-vous/retenir/"' in page


class TestWithHtmx:
    HEADERS = {"HX-Request": "true", "HX-Target": "resultats"}

    def test_only_the_results_come_with_a_sentence_to_announce(self) -> None:
        walk = Walk(shared_calendar())
        here = f"http://testserver{SEARCH}?type={walk.world.type.code}"
        response = walk.search("jours=mar", **self.HEADERS, **{"HX-Current-URL": here})
        page = text_of(response)
        assert "<html" not in page
        assert "Premier rendez-vous :" in page
        assert "horaires libres" in page
        assert "HX-Request" in response["Vary"]

    def test_errors_and_another_type_load_the_whole_page(self) -> None:
        walk = Walk(shared_calendar())
        assert "HX-Redirect" in walk.search("personnes=9", **self.HEADERS)
        other = {"HX-Current-URL": f"http://testserver{SEARCH}?type=autre"}
        assert "HX-Redirect" in walk.search("", **self.HEADERS, **other)


def test_agents_are_told_for_whom_they_look() -> None:
    world = shared_calendar()
    walk = Walk(world)
    walk.client.force_login(agent_of(world.facilities[0]))
    assert "Vous réservez pour un usager" in text_of(walk.search())


@pytest.mark.usefixtures("before_anything_opens")
def test_residents_never_read_the_session_table(django_assert_num_queries: Any) -> None:
    walk = Walk(shared_calendar())
    walk.search()
    with django_assert_num_queries(5) as queries:
        walk.search()
    # What ran prepared before is not told again: those are the search's own, and read no session.
    assert not any("session" in (query["sql"] or "") for query in queries)


@pytest.mark.usefixtures("before_anything_opens")
@pytest.mark.parametrize("town_halls", [1, 3])
def test_same_number_of_queries_for_one_and_three_town_halls(
    django_assert_num_queries: DjangoAssertNumQueries, town_halls: int
) -> None:
    walk = Walk(shared_calendar(town_halls=town_halls))
    home = walk.world.facilities[0].municipality.slug
    walk.search()
    # One more than without a day: the first starts lie on another.
    with django_assert_num_queries(6):
        walk.search(f"commune={home}&jour={day_ahead()}")


def test_too_many_searches(settings: Any) -> None:
    settings.RATE_LIMITS = {rates.SEARCHES.name: (2, 100, FOR_EVER)}
    walk = Walk(shared_calendar())
    for _n in range(3):
        assert walk.search().status_code == 200  # the first came without a token
    refused = walk.search()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "Réessayez dans" in text_of(refused)
    assert Walk(walk.world).search().status_code == 200


def test_past_start_date_of_an_old_bookmark_still_searches() -> None:
    page = text_of(Walk(shared_calendar()).search(f"du={timezone.localdate() - timedelta(days=3)}"))
    assert "est passé : nous cherchons à partir d’aujourd’hui" in page
    assert "Le plus tôt" in page
