"""The public page of rules, in three languages, reached from the home page's second door."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Personne n’est refusé par une machine"),
        ("de", "Niemand wird von einer Maschine abgelehnt"),
        ("en", "Nobody is refused by a machine"),
    ],
)
def test_the_rules_are_public(language, words, settings):
    with translation.override(language):
        page = Client().get(reverse("nurseries:rules"))
    text = page.content.decode()
    assert page.status_code == 200 and words in text
    assert "manage.py allocate SESSION.json" in text and "L.312-1-3" in text and settings.VERSION in text


def test_the_second_door_and_the_map_of_the_site_lead_there():
    address = reverse("nurseries:rules")
    assert f'href="{address}"' in Client().get(reverse("portal:home")).content.decode()
    assert f'href="{address}"' in Client().get(reverse("portal:site_map")).content.decode()
    assert address in Client().get("/sitemap.xml").content.decode()


def test_nothing_is_changed_there():
    assert Client().post(reverse("nurseries:rules")).status_code == 405
