import pytest
from django.test import Client

from municipalities.identity import coat_url
from municipalities.models import Municipality
from tests.factories.municipalities import MunicipalityFactory

pytestmark = pytest.mark.django_db


def test_the_coat_is_kept_for_a_year_under_its_version(rixheim: Municipality, client: Client) -> None:
    answer = client.get(coat_url(rixheim))
    assert answer["Content-Type"] == "image/svg+xml"
    assert "max-age=31536000" in answer["Cache-Control"]
    assert b"dessin du projet" in answer.content
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_without_version_or_with_an_old_one_it_is_kept_briefly(rixheim: Municipality, client: Client) -> None:
    for query in ("", "?v=0123456789"):
        assert client.get(f"/identite/rixheim/blason.svg{query}")["Cache-Control"] == "public, max-age=300"


def test_an_unchanged_picture_is_not_sent_again(rixheim: Municipality, client: Client) -> None:
    first = client.get("/identite/rixheim/blason.svg")
    again = client.get("/identite/rixheim/blason.svg", headers={"If-None-Match": f'W/"x", {first["ETag"]}'})
    assert again.status_code == 304 and not again.content
    assert client.head("/identite/rixheim/blason.svg").status_code == 200


def test_the_logo_is_the_png_that_was_stored(client: Client) -> None:
    MunicipalityFactory.create(name="Rixheim", logo=b"\x89PNG\r\n\x1a\n...")
    answer = client.get("/identite/rixheim/logo.png")
    assert (answer["Content-Type"], answer.content) == ("image/png", b"\x89PNG\r\n\x1a\n...")


def test_without_logo_the_coat_stands_in(rixheim: Municipality, client: Client) -> None:
    assert client.get("/identite/rixheim/logo.png")["Content-Type"] == "image/svg+xml"


def test_nobody_has_no_picture(client: Client) -> None:
    assert client.get("/identite/atlantide/blason.svg").status_code == 404
    assert client.get("/identite/atlantide/logo.png").status_code == 404
    assert client.post("/identite/atlantide/logo.png").status_code == 405
