"""A municipality's page: prepared, previewed, published."""

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from municipalities.models import AuditEntry, Municipality, MunicipalityDraft, StaffMember
from tests import people

pytestmark = pytest.mark.django_db


def _as(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _page(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def mathilde(rixheim: Municipality) -> StaffMember:
    return people.manager_of_municipality(rixheim)


@pytest.fixture
def manager(mathilde: StaffMember) -> Client:
    return _as(mathilde)


@pytest.fixture
def address(rixheim: Municipality) -> str:
    return reverse("staff:municipality", args=[rixheim.pk])


def _typed(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Rixheim",
        "colour": "#6b2e1f",
        "second_colour": "#9cc5e8",
        "coat_pattern": "chevron",
        "postal_codes": "68170",
        "welcome_text_fr": "Un mot tout neuf",
        "geste": "brouillon",
        "vu": "",
    } | changed


def _seen() -> str:
    return MunicipalityDraft.objects.get().changed_at.isoformat()


def _logo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "#336699").save(out, format="PNG")
    out.seek(0)
    out.name = "logo.png"
    return out


def test_a_draft_is_seen_by_its_managers_only(
    manager: Client, address: str, rixheim: Municipality, client: Client
) -> None:
    assert manager.post(address, _typed(logo_file=_logo())).status_code == 302
    front = f"/communes/{rixheim.slug}/"
    preview = _page(manager.get(front + "?apercu=1"))
    assert "Un mot tout neuf" in preview and "Aperçu du brouillon" in preview
    assert "brouillon/embleme" in preview
    assert manager.get(reverse("staff:draft_emblem", args=[rixheim.pk]))["Content-Type"] == "image/png"
    assert "Un mot tout neuf" not in _page(manager.get(front))
    for stranger in (client, _as(people.auditor())):
        page = _page(stranger.get(front + "?apercu=1"))
        assert "Un mot tout neuf" not in page and "Aperçu du brouillon" not in page
    rixheim.refresh_from_db()
    assert rixheim.colour != "#6b2e1f" and not rixheim.logo


def test_a_preview_shows_the_fallback_in_other_languages(manager: Client, address: str, rixheim: Municipality) -> None:
    manager.post(address, _typed(welcome_text_de="Ein neues Wort"))
    assert "Ein neues Wort" in _page(manager.get(f"/communes/{rixheim.slug}/de/?apercu=1"))
    assert "Un mot tout neuf" in _page(manager.get(f"/communes/{rixheim.slug}/en/?apercu=1"))
    page = _page(manager.get(address))
    assert "Textes sans traduction" in page and "en anglais" in page.split("Textes sans traduction")[1]


def test_publishing_shows_it_to_everybody_and_says_who_did(
    manager: Client, mathilde: StaffMember, address: str, rixheim: Municipality, client: Client
) -> None:
    manager.post(address, _typed(logo_file=_logo()))
    assert "Un mot tout neuf" in _page(manager.get(address))
    preview = _page(manager.get(f"/communes/{rixheim.slug}/?apercu=1"))
    assert f'name="vu" value="{_seen()}"' in preview
    manager.post(reverse("staff:publish_draft", args=[rixheim.pk]), {"vu": _seen()})
    rixheim.refresh_from_db()
    assert (str(rixheim.welcome_text), rixheim.colour) == ("Un mot tout neuf", "#6b2e1f")
    assert rixheim.logo and not MunicipalityDraft.objects.exists()
    assert "Un mot tout neuf" in _page(client.get(f"/communes/{rixheim.slug}/"))
    who = AuditEntry.objects.filter(table="municipalities_municipality", verb="U").values_list("staff", flat=True)
    assert set(who) == {mathilde.pk}
    gone = manager.post(reverse("staff:publish_draft", args=[rixheim.pk]), follow=True)
    assert "Il n’y a plus de brouillon" in _page(gone)


def test_a_draft_is_given_up(manager: Client, address: str, rixheim: Municipality) -> None:
    manager.post(address, _typed())
    manager.post(reverse("staff:discard_draft", args=[rixheim.pk]))
    assert "Un mot tout neuf" not in _page(manager.get(address))


def test_two_managers_do_not_overwrite_each_other(manager: Client, address: str, rixheim: Municipality) -> None:
    manager.post(address, _typed())
    other = _as(people.manager_of_municipality(rixheim, email="maud@rixheim.example"))
    page = _page(other.post(address, _typed(welcome_text_fr="Le mien")))
    assert "Quelqu’un a changé le brouillon" in page and "Le mien" in page
    assert f'name="vu" value="{_seen()}"' in page
    assert other.post(address, _typed(welcome_text_fr="Le mien", vu=_seen())).status_code == 302
    assert MunicipalityDraft.objects.get().values["welcome_text"] == {"fr": "Le mien"}


def test_only_what_was_looked_at_is_published(manager: Client, address: str, rixheim: Municipality) -> None:
    manager.post(address, _typed())
    looked_at = _seen()
    other = _as(people.manager_of_municipality(rixheim, email="maud@rixheim.example"))
    other.post(address, _typed(welcome_text_fr="Ajouté après coup", vu=looked_at))
    for said in (looked_at, ""):
        page = _page(manager.post(reverse("staff:publish_draft", args=[rixheim.pk]), {"vu": said}, follow=True))
        assert "Rien n’est publié" in page
    rixheim.refresh_from_db()
    assert "Ajouté" not in str(rixheim.welcome_text)
    manager.post(reverse("staff:publish_draft", args=[rixheim.pk]), {"vu": _seen()})
    rixheim.refresh_from_db()
    assert str(rixheim.welcome_text) == "Ajouté après coup"


@pytest.mark.parametrize(
    ("colours", "sentence"),
    [
        ({"colour": "#777777", "second_colour": "#888888"}, "contraste mesuré 1,2"),
        ({"colour": "#6b2e1f", "second_colour": "#6B2E1F"}, "contraste mesuré 1"),
        ({"colour": "vert", "second_colour": "#888888"}, "Une couleur s’écrit #"),
    ],
)
def test_colours_that_cannot_be_told_apart_are_refused_with_what_was_measured(
    colours: dict[str, str], sentence: str, manager: Client, address: str
) -> None:
    page = _page(manager.post(address, _typed(**colours)))
    assert sentence in page
    assert "Un mot tout neuf" in page and f'value="{colours["colour"]}"' in page
    assert not MunicipalityDraft.objects.exists()


def test_a_light_colour_is_darkened_and_the_ratio_shown(manager: Client, address: str) -> None:
    manager.post(address, _typed(colour="#9cc5e8", second_colour="#1f2d3a"))
    page = _page(manager.get(address))
    assert "contraste 1,8 avec un fond blanc" in page and "C’est moins que 4,5" in page


@pytest.mark.parametrize("broken", [b"", b"GIF89a", b"%PDF-1.7 pas une image", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_a_logo_that_is_no_picture_keeps_the_typed_text(broken: bytes, manager: Client, address: str) -> None:
    file = io.BytesIO(broken)
    file.name = "logo.png"
    page = _page(manager.post(address, _typed(logo_file=file)))
    assert "Erreur" in page and "Un mot tout neuf" in page
    assert not MunicipalityDraft.objects.exists()
