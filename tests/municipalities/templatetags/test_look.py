import re
from typing import Any

import pytest
from django import forms
from django.template import engines

CHOICES = [("a", "Première"), ("b", "Deuxième")]


class Example(forms.Form):
    name = forms.CharField(label="Nom", help_text="Comme sur la pièce.", max_length=20)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    day = forms.DateField(label="Jour", widget=forms.DateInput(attrs={"type": "date", "class": "big"}))
    town = forms.ChoiceField(label="Commune", choices=CHOICES)
    kind = forms.ChoiceField(label="Motif", choices=CHOICES, widget=forms.RadioSelect, help_text="Un seul.")
    needs = forms.MultipleChoiceField(
        label="Besoins", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    agree = forms.BooleanField(label="D’accord", help_text="Sans quoi rien.")
    when = forms.SplitDateTimeField(label="Quand", required=False)
    secret = forms.CharField(widget=forms.HiddenInput)


def field(name: str, data: dict[str, Any] | None = None) -> str:
    return " ".join(Example(data)[name].as_field_group().split())  # attributes may stand on lines of their own


def render(source: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context)


def test_a_text_field_has_label_hint_and_error_tied_to_it() -> None:
    html = field("name", {"name": ""})
    assert '<label class="govuk-label" for="id_name">Nom</label>' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described and set(described[1].split()) == {"id_name_helptext", "id_name_error"}
    assert 'aria-invalid="true"' in html
    assert 'class="govuk-input govuk-input--error"' in html
    assert "govuk-form-group--error" in html


def test_what_was_typed_is_kept_and_escaped() -> None:
    assert 'value="&lt;script&gt;"' in field("name", {"name": "<script>"})


def test_without_error_nothing_is_red() -> None:
    html = field("name", {"name": "Odile"})
    assert "error" not in html and 'aria-describedby="id_name_helptext"' in html


def test_optional_fields_say_so() -> None:
    assert "(facultatif)" in field("note")
    assert "(facultatif)" not in field("name")


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("note", 'class="govuk-textarea"'),
        ("town", 'class="govuk-select"'),
        ("day", 'class="govuk-input big govuk-input--width-10"'),
        ("agree", 'class="govuk-checkboxes__input"'),
    ],
)
def test_every_kind_of_widget_is_dressed(name: str, classes: str) -> None:
    assert classes in field(name)


def test_a_class_given_by_the_form_is_not_doubled() -> None:
    class Dressed(forms.Form):
        name = forms.CharField(widget=forms.TextInput(attrs={"class": "govuk-input wide", "placeholder": "Nom"}))

    html = str(Dressed()["name"].as_field_group())
    assert html.count("govuk-input") == 1
    assert "placeholder" not in html


def test_radios_are_a_group_with_a_legend() -> None:
    html = field("kind", {"kind": "b"})
    assert '<fieldset class="govuk-fieldset" id="id_kind"' in html and 'role="radiogroup"' in html
    assert re.search(r'value="b"[^>]* checked', html)
    assert html.count('type="radio"') == 2
    for number, label in enumerate(("Première", "Deuxième")):
        assert f'for="id_kind_{number}">{label}</label>' in html and f'id="id_kind_{number}"' in html


def test_an_error_on_a_group_is_tied_to_the_group() -> None:
    html = field("kind", {"kind": ""})
    opening = html[: html.index(">", html.index("<fieldset"))]
    assert "id_kind_error" in opening and "id_kind_helptext" in opening


def test_boxes_and_grouped_inputs() -> None:
    assert field("needs").count('class="govuk-checkboxes__input"') == 2
    assert field("when").count("<input") == 2 and "<legend" in field("when")


def test_a_single_box_has_its_label_behind_it() -> None:
    html = field("agree", {})
    assert html.index("<input") < html.index("D’accord")
    assert 'id="id_agree_error"' in html


def test_the_whole_form_starts_with_its_errors() -> None:
    html = str(Example({}))
    assert html.index("govuk-error-summary") < html.index("govuk-label")
    assert 'href="#id_name"' in html and 'href="#id_kind_0"' in html.replace('href="#id_kind"', 'href="#id_kind_0"')
    assert 'type="hidden" name="secret"' in html
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in html


def test_the_summary_names_hidden_and_general_errors() -> None:
    form = Example({})
    form.add_error(None, "Ce créneau vient d’être pris.")
    html = render('{% include "components/error_summary.html" %}', form=form)
    assert "Ce créneau vient d’être pris." in html
    assert "autofocus" in html and 'role="alert"' in html


def test_the_summary_takes_several_forms_or_one_sentence_or_nothing() -> None:
    two = [Example({}, prefix="p0"), Example({}, prefix="p1")]
    html = render('{% include "components/error_summary.html" with forms=two only %}', two=two)
    assert "#id_p0-name" in html and "#id_p1-name" in html
    assert "Trop tard" in render('{% include "components/error_summary.html" with text="Trop tard" only %}')
    assert not render('{% include "components/error_summary.html" with form=form only %}', form=Example()).strip()
