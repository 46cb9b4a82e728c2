"""What nobody sees is not there, in every text field of every form, and every word to search for."""

import unicodedata
from collections.abc import Iterator

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver, reverse

from booking.appointments.bookings.fields import PreApplicationNumberField
from booking.residents.forms.contact import EmailField, LostLinkForm
from booking.residents.forms.fields import PersonNameField, PhoneField
from municipalities.forms.fields import DayField, HourField
from municipalities.visible import visible
from tests.factories.municipalities import MunicipalityFactory

#: One that fits each kind of field, and some that fit none.
TYPED = (
    "Noémie Bœrsch",
    "zoe@example.fr",
    "06 12 34 56 78",
    "A123456789",
    "24/11/2026",
    "8 h 30",
    "https://ville.example/rendez-vous",
    "68200",
    "12",
    "mulhouse",
    "n’est rien de tout cela",
)
#: What mail programmes, telephones and word processors leave around and inside.
STRAY = ("\u200b", "\u202a", "\u200e", "\ufeff", "\u00ad", "\u2060", "\u200d", "\ufe0f")
OTHER = (forms.PasswordInput, forms.FileInput, forms.CheckboxInput)


def soiled(text: str) -> Iterator[str]:
    for stray in STRAY:
        yield f"{stray}{text[:3]}{stray}{text[3:]}{stray}"
    yield text.replace(" ", "\u00a0")
    yield text.replace(" ", "\u202f")
    yield unicodedata.normalize("NFD", text)


def verdict(field: forms.Field, text: str) -> object:
    try:
        return field.clean(text)
    except ValidationError as error:
        return error.messages


def text_fields() -> list[tuple[str, forms.Field]]:
    assert get_resolver().url_patterns and apps.ready  # whatever the pages use is loaded
    found, classes = [], list(forms.BaseForm.__subclasses__())
    for form in classes:
        classes += form.__subclasses__()
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field.widget, (forms.widgets.Input, forms.Textarea)) and not isinstance(field.widget, OTHER):
                found.append((f"{form.__name__}.{name}", field))
    return found


@pytest.mark.django_db
def test_every_text_field_of_every_form_judges_what_is_seen() -> None:
    fields = text_fields()
    for where, field in fields:
        for text in TYPED:
            seen = verdict(field, text)
            for typed in soiled(text):
                if isinstance(field.widget, forms.Textarea) and set(typed) & {"\u00a0", "\u202f"}:
                    continue  # spaces of prose are seen
                assert verdict(field, typed) == seen, (where, ascii(typed))
    names = {where for where, _field in fields}
    assert len(names) > 60
    assert {
        "PersonForm.first_name",
        "PersonForm.number",
        "DeskContactForm.phone",
        "LostLinkForm.contact",
        "MoveForm.du",
        "MunicipalityForm.website",
    } <= names


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        (EmailField(), "zoe@example.fr\u200b", "zoe@example.fr"),
        (EmailField(), "\u202azoe@exam\u00adple.fr\u202c", "zoe@example.fr"),
        (EmailField(), "\ufeffzoe@example.fr", "zoe@example.fr"),
        (PersonNameField(), "Noe\u0301mie", "Noémie"),
        (PersonNameField(), "Anne\u00a0Marie\u200b", "Anne Marie"),
        (PersonNameField(), "\u202eanA", "anA"),
        # Persian and Sinhala spell with joiners.
        (PersonNameField(), "علی\u200cرضا", "علی\u200cرضا"),
        (PersonNameField(), "ශ්\u200dරී", "ශ්\u200dරී"),
        (PhoneField(), "06\u00a012\u202f34\u200b56 78", "+33612345678"),
        (PreApplicationNumberField(), "\u200eA1234\u00ad56789\u200b", "A123456789"),
    ],
)
def test_what_is_kept_is_what_was_seen(field: forms.Field, typed: str, kept: str) -> None:
    assert field.clean(typed) == kept


def test_days_and_hours_pasted_from_a_letter() -> None:
    assert str(DayField(any_year=True).clean("24/11/2026\u200b")) == "2026-11-24"
    assert str(HourField().clean("8\u00a0h\u202f30")) == "08:30:00"


def test_lost_link_finds_a_pasted_address() -> None:
    form = LostLinkForm({"contact": "\u2068zoe@example.fr\u2069\u200b"})
    assert form.is_valid()
    assert form.cleaned_data["contact"] == "zoe@example.fr"


def test_passwords_stay_as_typed() -> None:
    field = forms.CharField(widget=forms.PasswordInput, strip=False)
    assert field.clean("a\u00a0b\u200b") == "a\u00a0b\u200b"


def test_the_text_itself() -> None:
    assert visible("« 8\u202fh »") == "« 8 h »"
    assert visible("👩\u200d🏫") == "👩🏫"
    assert visible("e\u0301\u200b") == "é"


@pytest.mark.django_db
def test_a_town_is_found_by_a_pasted_name(client: Client) -> None:
    MunicipalityFactory(name="Saint-Louis", slug="saint-louis")
    page = client.get(reverse("portal:municipalities"), {"q": "Saint\u00ad-Louis\u200b"}).content.decode()
    assert "saint-louis" in page


def test_prose_keeps_the_spaces_of_french_print() -> None:
    said = "Fermé\u00a0: «\u00a0Pont de l’Ascension\u00a0»"
    assert forms.CharField(widget=forms.Textarea()).clean(said + "\u200b") == said
    assert forms.CharField().clean(said) == said.replace("\u00a0", " ")
