"""Every component renders with as little as its first lines ask for, and escapes what it is given."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import engines

FACILITY = SimpleNamespace(
    name="Mairie de <Rixheim>",
    address="28, rue Zuber",
    postal_code="68170",
    municipality=SimpleNamespace(name="Rixheim"),
    latitude=47.7497,
    longitude=7.40203,
)
START = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
SLOT = SimpleNamespace(token="12-202611240740", starts_at=START, facility=FACILITY)


def component(name: str, /, **given: Any) -> str:
    names = " ".join(f"{key}={key}" for key in given)
    source = f'{{% include "components/{name}.html" {"with" if given else ""} {names} only %}}'
    return str(engines["django"].from_string(source).render(given)).replace("\u00a0", " ")


def test_banner() -> None:
    for kind, role in (("success", "status"), ("warning", "status"), ("error", "alert"), ("info", "status")):
        html = component("banner", kind=kind, text="<b>")
        assert f'role="{role}"' in html and "&lt;b&gt;" in html and "<svg" in html
    assert "C’est noté" in component("banner", kind="success", title="C’est noté", text="")


def test_button() -> None:
    assert '<button class="govuk-button" type="submit">' in component("button", text="Chercher")
    link = component("button", text="Aller", href="/a/", kind="secondary", icon="arrow", context="à Rixheim")
    assert 'class="govuk-button govuk-button--secondary" href="/a/"' in link and "à Rixheim" in link
    assert 'name="n" value="0"' in component("button", text="Zéro", name="n", value=0)


def test_slot_button() -> None:
    html = component("slot_button", slot=SLOT)
    assert 'name="slot" value="12-202611240740"' in html
    assert "8 h 40" in html and "Mairie de &lt;Rixheim&gt;" in html
    assert "mardi 24 novembre" in component("slot_button", slot=SLOT, with_day=True, name="autre")


def test_ticket() -> None:
    html = component("ticket", starts_at=START, facility=FACILITY, reference="RX-7K2", type_name="Passeport", people=2)
    assert "à 8 h 40" in html and "RX-7K2" in html and "2 personnes" in html
    assert "mlat=47.74970" in html
    assert "personne" not in component("ticket", starts_at=START, facility=FACILITY, type_name="Retrait", people=1)


def test_field_and_date_parts() -> None:
    html = component("field", id="q", name="q", label="Commune")
    assert 'type="text" value=""' in html and "aria-describedby" not in html
    wrong = component("field", id="q", name="q", label="Commune", value="<", hint="Nom", error="Inconnue", width=10)
    assert 'aria-describedby="q_hint q_error"' in wrong and 'value="&lt;"' in wrong
    parts = component(
        "date_parts", id="du", name="du", legend="À partir du", day=0, month=13, error="Ce jour n’existe pas."
    )
    assert 'name="du_jour"' in parts and 'value="0"' in parts and 'value="13"' in parts


@pytest.mark.parametrize("kind", ["good", "warn", "bad", "quiet", "info"])
def test_a_state_has_a_word_and_an_icon(kind: str) -> None:
    html = component("tag", word="complet", kind=kind)
    assert "complet" in html and "<svg" in html and "<path" in html


def test_the_small_ones() -> None:
    assert "Retour" in component("back_link", href="/")
    assert 'href="/a/"' in component("breadcrumbs", items=[("Accueil", "/a/")])
    assert not component("pagination").strip()
    assert "Page suivante" in component("pagination", next_href="?page=2")
    assert "semaine passée" in component("pagination", previous_href="?", previous_text="semaine passée")
    assert "Rien" in component("empty", title="Rien")
    assert "<details" in component("details", summary="Pourquoi ?", text="Parce que.")
    assert "<dl" in component(
        "summary_list", rows=[{"label": "Nom", "value": "Odile", "href": "/", "action": "Changer"}]
    )
    assert "Attention" in component("warning", text="Attention")
    assert "<circle" in component("icon", name="clock")
    assert not component("staff_nav").strip()
