"""Pages required by law, and what machines ask of every site."""

import json
import re
import shutil
import tomllib
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.portal import legal
from booking.portal.machines import PAGES
from municipalities import services
from municipalities.models import Facility, Municipality
from tests.factories.appointments import CounterFactory, OpeningPeriodFactory

pytestmark = pytest.mark.django_db

EXAMPLE = Path(site.ROOT) / "config" / "demo" / "legal.toml"
AUDIT = '\n[accessibility.audit]\nby = "Cabinet Clair"\non = 2027-01-15\nrate = {rate}\nreport = "https://audit.example/r"\n'


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    """A file of the installation that the test may write."""
    path = tmp_path / "legal.toml"
    shutil.copy(EXAMPLE, path)
    settings.LEGAL_FILE = str(path)
    return path


class TestFile:
    def test_the_example_is_complete(self, file: Path) -> None:
        assert legal.faults() == []

    @pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in legal.NEEDED.items() for key in keys])
    def test_each_entry_is_missed(self, file: Path, table: str, key: str) -> None:
        head, mark, rest = file.read_text().partition(f"[{table}]")
        file.write_text(head + mark + re.sub(rf"(?m)^{key} = .*$", f'{key} = ""', rest, count=1))
        assert legal.faults() == [f"[{table}] {key} is missing"]

    def test_no_file_and_no_toml(self, settings: Any, file: Path) -> None:
        file.write_text("[territory")
        assert len(legal.faults()) == 1 and "cannot be read" in legal.faults()[0]
        settings.LEGAL_FILE = "/nowhere/legal.toml"
        assert "cannot be read" in legal.faults()[0]
        settings.LEGAL_FILE = ""
        assert legal.faults() == ["LEGAL_FILE is not set"]
        assert page("/mentions-legales/")

    def test_half_an_audit_is_none(self, file: Path) -> None:
        file.write_text(file.read_text() + '\n[accessibility.audit]\nby = "Cabinet"\n')
        assert legal.faults() == [f"[accessibility.audit] {key} is missing" for key in ("on", "rate", "report")]


class TestAccessibility:
    def test_nobody_has_looked_so_it_does_not_conform(self) -> None:
        html = page("/accessibilite/")
        assert "Ce site est non conforme" in html
        assert "Accessibilité : non conforme</a>" in html, "and the foot of each page says so"
        for part in (
            "État de conformité", "Résultats des tests", "Contenus non accessibles", "Non-conformités",
            "Dérogations pour charge disproportionnée", "Contenus non soumis à l’obligation d’accessibilité",
            "Établissement de cette déclaration", "Technologies utilisées", "Environnement de test",
            "Outils pour évaluer l’accessibilité", "Pages du site ayant fait l’objet de la vérification",
            "Retour d’information et contact", "Voies de recours", "Défenseur des droits", "2005-102",
        ):  # fmt: skip
            assert part in html, part

    @time_machine.travel("2027-06-01T08:00Z")
    @pytest.mark.parametrize(
        ("rate", "word"),
        [("49.9", "non conforme"), ("50", "partiellement conforme"), ("100", "totalement conforme")],
    )
    def test_an_audit_says_better(self, file: Path, rate: str, word: str) -> None:
        file.write_text(file.read_text() + AUDIT.format(rate=rate) + 'failing = ["1.1 : une image"]\n')
        html = page("/accessibilite/")
        assert f"Accessibilité : {word}</a>" in html
        assert "Cabinet Clair" in html and "15 janvier 2027" in html and "1.1 : une image" in html


class TestPrivacy:
    def test_it_says_who_for_how_long_and_to_whom_one_complains(self) -> None:
        html = page("/donnees-personnelles/")
        for said in (
            "Agglomération fictive",
            "dpo@guichet.example",
            "Messagerie fictive",
            "TSA 80715",
            "articles 15 à 21",
        ):
            assert said in html, said
        rows = services.kept()
        assert len(rows) > 5
        for row in rows:
            assert str(row.period).replace("\xa0", " ") in html

    def test_a_town_answers_under_its_own_name(self, file: Path, rixheim: Municipality) -> None:
        Municipality.objects.filter(pk=rixheim.pk).update(email="mairie@rixheim.example", siren="216802711")
        file.write_text(
            file.read_text() + '\n[towns.rixheim]\nprotection_officer = "dpo@rixheim.example"\ndirector = "la maire"\n'
        )
        html = page("/communes/rixheim/donnees-personnelles/")
        assert "dpo@rixheim.example" in html and "mairie@rixheim.example" in html and "SIREN 216802711" in html
        assert "dpo@guichet.example" not in html
        notice = page("/communes/rixheim/mentions-legales/")
        assert "la maire" in notice and "Agglomération fictive" in notice and "Hébergeur fictif SAS" in notice


@pytest.mark.parametrize("path", ["mentions-legales/", "plan-du-site/", "accessibilite/", "donnees-personnelles/"])
def test_in_three_languages_each_once_and_the_head_says_where(path: str, rixheim: Municipality) -> None:
    titles = set()
    for prefix in ("", "de/", "en/"):
        html = page(f"/{prefix}{path}")
        titles.add(re.search(r"<h1[^>]*>([^<]+)<", html)[1])  # type: ignore[index]
        assert f'<link rel="canonical" href="https://guichet.test/{prefix}{path}">' in html
        assert html.count('rel="canonical"') == 1
        assert f'hreflang="x-default" href="https://guichet.test/{path}"' in html
        assert re.search(r'<meta name="description"\s+content="[^"]{40,}"', html)
        for name in ("og:url", "og:site_name", "og:image", "og:type"):
            assert html.count(f'property="{name}"') == 1, name
        # Whoever shows a link takes the page's own title, unless another is said.
        assert "og:title" not in html
    assert len(titles) == 3
    under = page(f"/communes/rixheim/{path}")
    assert f'rel="canonical" href="https://guichet.test/communes/rixheim/{path}"' in under


class TestMachines:
    def test_robots(self) -> None:
        text = page("/robots.txt")
        assert "Disallow: /agents/" in text and "Disallow: /*/gestion/" in text and "Disallow: /calendriers/" in text
        assert "Sitemap: https://guichet.test/sitemap.xml" in text

    def test_every_address_of_the_sitemap_is_a_page_and_names_the_others(self, rixheim: Municipality) -> None:
        tree = ElementTree.fromstring(Client().get("/sitemap.xml").content)
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        addresses = [str(found.text) for found in tree.iter(f"{space}loc")]
        assert len(addresses) == len(set(addresses)) == 3 * (len(PAGES) + 1)
        assert "https://guichet.test/communes/rixheim/de/" in addresses
        services = ("appointments:search", "catalogue:offer", "catalogue:prices", "nurseries:offer")
        assert {f"https://guichet.test{reverse(name)}" for name in services} <= set(addresses)
        assert all(len(list(url)) == 4 for url in tree)
        for address in addresses:
            html = page(address.removeprefix("https://guichet.test"))
            assert f'rel="canonical" href="{address}"' in html, address

    def test_security(self) -> None:
        lines = dict(line.split(": ", 1) for line in page("/.well-known/security.txt").splitlines())
        assert lines["Contact"] == tomllib.loads(EXAMPLE.read_text())["security"]["contact"]
        left = datetime.fromisoformat(lines["Expires"]) - datetime.now(UTC)
        assert 100 < left.days < 365

    def test_manifest_and_icons(self) -> None:
        answer = Client().get("/manifest.webmanifest")
        assert answer["Content-Type"] == "application/manifest+json"
        told = json.loads(answer.content)
        assert told["start_url"] == "/"
        assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
        for icon in told["icons"]:
            assert finders.find(icon["src"].removeprefix("/static/"))
        for name in ("favicon.ico", "apple-touch-icon.png"):
            moved = Client().get(f"/{name}")
            assert moved.status_code == 302 and finders.find(moved["Location"].removeprefix("/static/"))
        assert 'rel="manifest"' in page("/") and 'rel="apple-touch-icon"' in page("/")


class TestOffices:
    def told(self, municipality: Municipality) -> list[dict[str, Any]]:
        html = page(f"/communes/{municipality.slug}/")
        [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
        found: list[dict[str, Any]] = json.loads(text)["@graph"]
        return found

    def test_an_office_says_where_it_is_and_when_it_is_open(self, rixheim_town_hall: Facility) -> None:
        for counter in CounterFactory.create_batch(2, facility=rixheim_town_hall):
            OpeningPeriodFactory.create(counter=counter, weekday=0, starts=time(8), ends=time(12))
        OpeningPeriodFactory.create(
            counter=counter, weekday=1, starts=time(8), ends=time(12), audience=Audience.ANY_STAFF
        )
        OpeningPeriodFactory.create(counter=counter, weekday=5, nth=1)
        OpeningPeriodFactory.create(counter=counter, weekday=2, every_weeks=2, counted_from=timezone.localdate())
        Facility.objects.filter(pk=rixheim_town_hall.pk).update(name="Mairie </script><b>", address="28 rue Zuber")
        [office] = self.told(rixheim_town_hall.municipality)
        assert office["@type"] == "GovernmentOffice"
        assert office["name"] == "Mairie </script><b>", "and the page is not broken by it"
        assert office["address"]["streetAddress"] == "28 rue Zuber"
        [hours] = office["openingHoursSpecification"]
        assert (hours["dayOfWeek"], hours["opens"], hours["closes"]) == ("https://schema.org/Monday", "08:00", "12:00")

    def test_a_town_without_offices_is_one(self, rixheim: Municipality) -> None:
        [office] = self.told(rixheim)
        assert (office["@type"], office["name"]) == ("GovernmentOffice", rixheim.name)
        assert timezone.localdate().isoformat() not in str(office)
