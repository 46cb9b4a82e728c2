import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from booking.appointments.search.availability import first_slot
from booking.portal import map
from booking.portal.map import PHONE, WIDE, place_dots, town_map, write_names
from booking.portal.towns import Town, list_towns, matches, without_accents
from config import errors
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality
from municipalities.wording import say_soon
from tests.factories.appointments import CounterFactory, at
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode().replace("\u00a0", " ")


def test_three_doors_and_only_one_is_open(client: Client) -> None:
    html = page(client, "/")
    assert "Aucun rendez-vous n’est libre en ce moment." in html
    assert html.count("Pas encore ouvert ici") == 2
    assert 'href="/rendez-vous/"' in html and 'href="/retrouver/"' in html


@pytest.mark.parametrize("path", ["/", "/communes/", "/aide/", "/accessibilite/", "/donnees-personnelles/"])
@pytest.mark.parametrize("language", ["", "de/", "en/"])
def test_every_page_has_one_title_one_main_and_its_other_languages(path: str, language: str, client: Client) -> None:
    html = page(client, f"/{language}{path[1:]}")
    assert html.count("<h1") == 1 and html.count("<main") == 1
    assert re.search(r"<title>[^<]+ – [^<]+</title>", html)
    for code, prefix in (("fr", ""), ("de", "de/"), ("en", "en/")):
        assert f'hreflang="{code}" href="https://guichet.test/{prefix}{path[1:]}"' in html


@time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False)
def test_the_open_door_has_a_live_answer(client: Client) -> None:
    world = shared_calendar(town_halls=2, weekdays=(1,))
    first = first_slot(world.type)
    assert first is not None
    answer = say_soon(first.starts_at).replace("\u00a0", " ")
    door = page(client, "/")
    assert answer in door and "Prochain rendez-vous :" in door
    world.book(first.starts_at)
    later = first_slot(world.type, facilities=(world.facilities[0].pk,))
    assert later is not None and later.starts_at > first.starts_at
    front = page(client, f"/communes/{world.municipality.slug}/")
    own = front[front.index("Dans ma commune") : front.index("Dans toutes les mairies")]
    assert say_soon(later.starts_at).replace("\u00a0", " ") in own
    assert answer in front[front.index("Dans toutes les mairies") :]


@time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False)
def test_the_map_and_the_list_say_the_first_free_time_of_each_town(client: Client, rixheim: Municipality) -> None:
    world = shared_calendar(town_halls=2, weekdays=(1,))
    here, there = world.facilities
    # Names stand where there is room: not all in one place.
    Municipality.objects.filter(pk=here.municipality_id).update(latitude=47.6)
    Municipality.objects.filter(pk=there.municipality_id).update(latitude=47.9)
    world.book(at(date(2026, 11, 24), 8), facility=there, browser="a")
    home, towns = page(client, "/"), page(client, "/communes/")
    for facility, said, short in ((here, "demain à 8 h", "mar 24, 8 h"), (there, "demain à 8 h 20", "mar 24, 8 h 20")):
        name = facility.municipality.name
        assert f"<title>{name}, dès {said}</title>" in home
        assert f">{short}</tspan>" in home
        line = towns[towns.index(f">{name}</a>") :]
        assert f"<strong>{said}</strong>" in line[: line.index("</li>")]
    assert "<title>Rixheim</title>" in home
    on_a_phone = home[home.index("gc-instead-of-map") :]
    assert on_a_phone.index(here.municipality.name) < on_a_phone.index(there.municipality.name)


@pytest.mark.parametrize("path", ["/", "/communes/", "/aide/"])
def test_pages_only_answer_to_reading(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


def test_nothing_inline_that_the_policy_would_refuse(client: Client, rixheim: Municipality) -> None:
    for path in ("/", "/communes/", "/communes/rixheim/", "/compte/login/"):
        html = page(client, path)
        assert not re.search(r'\sstyle="|\son[a-z]+="|<script(?![^>]*src=)(?![^>]*application/(?:ld\+)?json)', html)
        assert not re.search(r'(?:src|action)="(?:https?:)?//', html)


def test_the_home_page_asks_little_of_the_database(
    client: Client, rixheim: Municipality, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/")
    with django_assert_num_queries(2):
        client.get("/")
    MunicipalityFactory.create_batch(3)
    client.get("/")
    with django_assert_num_queries(2):
        client.get("/")


class TestDirectory:
    @pytest.fixture(autouse=True)
    def towns(self) -> None:
        MunicipalityFactory.create(name="Mulhouse", postal_codes=["68100", "68200"], population=105000)
        MunicipalityFactory.create(name="Brunstatt-Didenheim", postal_codes=["68350"])
        MunicipalityFactory.create(name="Éguisheim", postal_codes=["68420"])
        MunicipalityFactory.create(name="Ailleurs", is_member=False)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("", {"mulhouse", "brunstatt-didenheim", "eguisheim"}),
            ("mul", {"mulhouse"}),
            ("EGUIS", {"eguisheim"}),
            ("68200", {"mulhouse"}),
            ("didenheim brun", {"brunstatt-didenheim"}),
            ("Brunstatt-Did", {"brunstatt-didenheim"}),
            ("ulhouse", set()),
            ("ailleurs", set()),
        ],
    )
    def test_found_by_name_or_postal_code(self, asked: str, found: set[str], client: Client) -> None:
        html = client.get("/communes/", {"q": asked}).content.decode()
        listed = html[html.index('id="liste-titre"') : html.index("<figure")]
        assert set(re.findall(r'href="/communes/([^"/]+)/"', listed)) == found

    def test_nothing_found_says_what_to_do(self, client: Client) -> None:
        html = page(client, "/communes/?q=<atlantide>")
        assert "Aucune commune ne correspond" in html and "&lt;atlantide&gt;" in html
        assert "Voir toutes les communes" in html

    def test_sorted_as_one_reads(self) -> None:
        assert [town.municipality.name for town in list_towns()] == ["Brunstatt-Didenheim", "Éguisheim", "Mulhouse"]

    def test_links_keep_the_language_and_leave_the_town(self, client: Client) -> None:
        assert 'href="/communes/eguisheim/de/"' in page(client, "/communes/mulhouse/de/communes/")

    def test_very_long_words_are_cut(self, client: Client) -> None:
        assert client.get("/communes/", {"q": "x" * 5000}).status_code == 200


def test_plain_text() -> None:
    assert without_accents("  L’Île-d'Œuf ") == "l ile d œuf"
    assert matches(Municipality(name="L’Île", postal_codes=[]), "ile")


class TestMap:
    def town(self, name: str, latitude: float, longitude: float, population: int = 3000) -> Town:
        municipality = Municipality(name=name, latitude=latitude, longitude=longitude, population=population)
        return Town(municipality, f"/communes/{name}/", has_counter=False)

    def test_north_is_up_and_east_is_right(self) -> None:
        dots = {
            dot.town.municipality.name: dot
            for dot in place_dots(
                [self.town("nord", 47.9, 7.2), self.town("sud", 47.6, 7.2), self.town("est", 47.7, 7.5)]
            )
        }
        assert dots["nord"].y < dots["est"].y < dots["sud"].y
        assert dots["est"].x > dots["nord"].x == dots["sud"].x

    def test_larger_for_more_people_and_never_huge(self) -> None:
        village, city = place_dots([self.town("v", 47.7, 7.3, 0), self.town("c", 47.8, 7.4, 9_000_000)])[::-1]
        assert village.radius < city.radius <= 22

    def test_one_town_or_none_is_a_map_too(self) -> None:
        assert place_dots([]) == []
        (dot,) = place_dots([self.town("seule", 47.7, 7.3)])
        assert (dot.x, dot.y) == (320, 280)

    @pytest.mark.parametrize("written", [WIDE, PHONE], ids=["wide", "phone"])
    def test_names_never_cover_one_another(self, written: tuple[float, int]) -> None:
        crowd = [self.town(f"Commune-{n}", 47.7 + n / 5000, 7.3 + n / 5000, n) for n in range(40)]
        crowd.append(self.town("Loin", 47.9, 7.6))
        names = write_names(place_dots(crowd), *written)
        assert "Loin" in {name.dot.town.municipality.name for name in names}
        assert len(names) < len(crowd)

    @pytest.mark.parametrize("written", [WIDE, PHONE], ids=["wide", "phone"])
    def test_names_stay_on_the_map(self, written: tuple[float, int]) -> None:
        towns = [self.town("Un nom vraiment long", 47.7 + n / 10, 7.3 + n / 10) for n in range(3)]
        assert all(0 < name.x < map.MAP_WIDTH for name in write_names(place_dots(towns), *written))

    def test_where_few_have_room_those_with_a_time_to_tell_come_first(self) -> None:
        small = replace(self.town("Petite", 47.6, 7.1, 10), first=datetime(2026, 11, 24, 8, tzinfo=UTC))
        drawn = town_map([self.town("Grande", 47.9, 7.5, 90_000), small])
        for names in (drawn.names, drawn.names_on_a_phone):
            assert [name.dot.town.municipality.name for name in names] == ["Petite", "Grande"]
            assert names[0].time.replace("\u00a0", " ") == "mar 24, 9 h"

    def test_where_a_name_has_no_room_the_time_alone_is_told(self) -> None:
        long = self.town("Une commune au nom si long que rien ne reste autour d’elle", 47.7, 7.3)
        (name,) = town_map([replace(long, first=datetime(2026, 11, 24, 8, tzinfo=UTC))]).names_on_a_phone
        assert (name.words, bool(name.time)) == ("", True)


class TestFrontPage:
    def test_an_unequipped_town_says_so(self, riedisheim: Municipality, client: Client) -> None:
        html = page(client, "/communes/riedisheim/")
        assert "n’a pas de guichet pour les pièces d’identité" in html
        assert "Bienvenue à Riedisheim." in html
        assert "mailto:mairie@riedisheim.example" in html
        assert 'href="/communes/riedisheim/rendez-vous/"' in html
        assert "dessin du projet" in html

    def test_an_equipped_town_names_its_own_first_appointment(
        self, rixheim_town_hall: Facility, client: Client
    ) -> None:
        CounterFactory.create(facility=rixheim_town_hall)
        html = page(client, "/communes/rixheim/")
        assert "Dans ma commune, Rixheim" in html and "Mairie de Rixheim" in html
        assert "n’a pas de guichet" not in html

    def test_what_is_out_of_service_is_not_shown(self, rixheim: Municipality, client: Client) -> None:
        FacilityFactory.create(municipality=rixheim, name="Ancienne mairie", is_active=False)
        assert "Ancienne mairie" not in page(client, "/communes/rixheim/")


class TestErrors:
    def test_not_found(self, client: Client, rixheim: Municipality) -> None:
        html = page(client, "/rien/", 404)
        assert "Cette page n’existe pas" in html
        for name in ("portal:home", "residents:find", "family:home"):
            assert f'<li><a class="govuk-link" href="{reverse(name)}">' in html, name
        assert "Rixheim" in page(client, "/communes/rixheim/rien/", 404)

    def test_forbidden_tells_the_reason_when_there_is_one(self, rf: RequestFactory) -> None:
        assert "Votre rôle" in errors.forbidden(rf.get("/"), PermissionDenied("internal")).content.decode()
        assert b"internal" not in errors.forbidden(rf.get("/"), PermissionDenied("internal")).content
        assert "Trop tard" in errors.forbidden(rf.get("/"), Refusal("Trop tard")).content.decode()

    def test_bad_request_and_breakdown_need_nothing(
        self, rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            bad = errors.bad_request(rf.get("/"), SuspiciousOperation())
            broken = errors.broken(rf.get("/"))
        assert (bad.status_code, broken.status_code) == (400, 500)
        assert "de notre côté" in broken.content.decode()

    def test_a_form_without_its_token_is_explained(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post("/compte/login/", {})
        assert answer.status_code == 403
        assert "Ce formulaire a expiré" in answer.content.decode()


def test_the_sign_in_page_offers_no_sign_up(client: Client) -> None:
    html = page(client, "/compte/login/")
    assert "Espace des agents" in html and "signup" not in html
    assert 'class="govuk-input' in html


def test_a_wrong_password_is_told_on_top_and_keeps_the_address(client: Client) -> None:
    html = client.post("/compte/login/", {"login": "a@b.example", "password": "faux"}).content.decode()
    assert "govuk-error-summary" in html and 'value="a@b.example"' in html
