"""Fragments: what they are given is escaped, what they say is translated, what is missing is a failure."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.template import Context, Template, engines
from django.urls import reverse
from django.utils import translation
from jinja2 import UndefinedError


def drawn(source: str, **context: object) -> str:
    return str(engines["jinja2"].from_string(source).render(context))


def test_what_is_given_is_escaped_once() -> None:
    name = "<script>alert(1)</script> & d’Œuvre"
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; d’Œuvre"
    assert drawn("{{ name }}", name=name) == escaped
    assert drawn('{{ _("habite %(town)s", town=name) }}', name=name) == f"habite {escaped}"
    assert (
        drawn("{% macro said(x) %}<b>{{ x }}</b>{% endmacro %}{{ once(said)(name) }}", name=name) == f"<b>{escaped}</b>"
    )
    tag = drawn('{{ component("components/tag.html", word=name, kind="warn") }}', name=name)
    assert tag.startswith('<span class="gc-tag')
    assert escaped in tag


@pytest.mark.parametrize(("language", "said"), [("fr", "Heure"), ("de", "Uhrzeit"), ("en", "Time")])
def test_words_and_hours_are_in_the_language_of_the_page(language: str, said: str) -> None:
    with translation.override(language):
        assert drawn('{{ _("Heure") }}') == said
        hour = drawn("{{ at|say_time }}", at=datetime(2026, 11, 24, 7, 40, tzinfo=UTC))
    assert hour == {"fr": "8\xa0h\xa040", "de": "8.40\xa0Uhr", "en": "8:40\xa0am"}[language]


def test_a_typing_mistake_fails_in_the_tests() -> None:
    with pytest.raises(UndefinedError):
        drawn("{{ nmae }}", name="Odile")


def test_addresses_of_rows_are_those_django_makes() -> None:
    pk = uuid4()
    assert drawn('{{ addresses("counter:mark")(pk) }}', pk=pk) == reverse("counter:mark", args=[pk])


def test_what_is_shared_is_drawn_once() -> None:
    asked = []
    drawn("{% set say = once(draw) %}{{ say(1) }}{{ say(1) }}{{ say(2) }}", draw=lambda one: asked.append(one) or "")
    assert asked == [1, 2]


def test_a_page_draws_a_fragment_with_what_it_names() -> None:
    page = Template(
        '{% load fragments %}{% fragment "counter/day_rows.html" rows=rows form="f" may_serve=1 may_mark=1 now=0 %}'
    )
    assert page.render(Context({"rows": [], "form": "another"})).strip() == ""
