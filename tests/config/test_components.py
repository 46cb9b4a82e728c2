"""Every component renders with as little as its first lines ask for, and escapes what it is given."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines


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


def test_field() -> None:
    html = component("field", id="q", name="q", label="Commune")
    assert 'type="text" value=""' in html and "aria-describedby" not in html
    wrong = component("field", id="q", name="q", label="Commune", value="<", hint="Nom", error="Inconnue", width=10)
    assert 'aria-describedby="q_hint q_error"' in wrong and 'value="&lt;"' in wrong


@pytest.mark.parametrize("kind", ["good", "warn", "bad", "quiet", "info"])
def test_a_state_has_a_word_and_an_icon(kind: str) -> None:
    html = component("tag", word="complet", kind=kind)
    assert "complet" in html and "<svg" in html and "<path" in html


def test_the_small_ones() -> None:
    assert "Retour" in component("back_link", href="/")
    assert "Rien" in component("empty", title="Rien")
    assert "<dl" in component(
        "summary_list", rows=[{"label": "Nom", "value": "Odile", "href": "/", "action": "Changer"}]
    )
    assert "Attention" in component("warning", text="Attention")
    assert "<circle" in component("icon", name="clock")
    assert not component("staff_nav").strip()


def test_a_question_is_not_followed_by_a_colon() -> None:
    said = component("error_summary", errors=[("q", "Pourquoi ?", "Dites-le."), ("n", "Nom", "Écrivez-le.")])
    assert "Pourquoi ? Dites-le." in said and "Nom : Écrivez-le." in said


def test_a_form_says_its_errors_once() -> None:
    """`{{ form }}` has the summary in it."""
    twice = [
        path.name
        for path in Path(settings.ROOT, "booking").rglob("templates/**/*.html")
        if re.search(r"\{\{ ?form ?\}\}", text := path.read_text(encoding="utf-8"))
        and 'error_summary.html" with form=form' in text
    ]
    assert twice == []


def stacked_tables() -> list[Any]:
    """Every template in which a table becomes blocks on a telephone."""
    root = Path(settings.ROOT)
    found = [path for path in root.glob("*/**/templates/**/*.html") if "gc-stacked" in path.read_text()]
    return [pytest.param(path, id=str(path.relative_to(root))) for path in sorted(found)]


@pytest.mark.parametrize("template", stacked_tables())
def test_a_table_whose_rows_are_blocks_keeps_its_roles_and_names_its_cells(template: Path) -> None:
    """A browser forgets what a table is once its rows are blocks; and its head is not seen."""
    tables = re.findall(r"<table[^>]*gc-stacked.*?</table>", template.read_text(), re.DOTALL)
    assert tables
    for table in tables:
        parts = re.findall(r"<(table|thead|tbody|tfoot|tr|th|td)(?=[\s>])((?:{%.*?%}|[^>])*)>", table)
        assert [tag for tag, more in parts if "role=" not in more] == []
        assert [more for tag, more in parts if tag == "td" and "data-label" not in more and "colspan" not in more] == []
