"""What the booking form reads, and the sentence for each thing it cannot accept."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from booking.appointments.bookings.fields import PreApplicationNumberField
from booking.appointments.enums import TypeKind
from booking.appointments.models import AppointmentType
from booking.appointments.resident.forms.booking import BookForm
from booking.residents.forms.contact import ContactForm, LostLinkForm
from booking.residents.forms.fields import PersonNameField, PhoneField
from municipalities.forms.fields import DayField, HourField


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("A123456789", "A123456789"),
        ("a123456789", "A123456789"),
        (" A12 345 6789 ", "A123456789"),
        ("A1-23.45/67:8;9,", "A123456789"),
        ("6123155111", "6123155111"),  # digits only exist
        ("A12\u00a03456\u2011789", "A123456789"),
        ("", ""),
    ],
)
def test_number_is_read_however_it_was_spaced(typed: str, kept: str) -> None:
    assert PreApplicationNumberField(required=False).clean(typed) == kept


@pytest.mark.parametrize(
    "typed", ["A12345678", "A1234567890", "Ａ123456789", "é123456789", "A12345678!", "<script>aa", "١٢٣٤٥٦٧٨٩٠"]
)
def test_malformed_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="dix lettres ou chiffres, par exemple A123456789"):
        PreApplicationNumberField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+41 79 123 45 67", "+41791234567"),
        ("0041 79 123 45 67", "+41791234567"),
        ("", ""),
    ],
)
def test_mobile_of_several_countries(typed: str, kept: str) -> None:
    assert PhoneField(required=False).clean(typed) == kept


@pytest.mark.parametrize("typed", ["12", "06 12 34 56", "+1 202 555 0143", "+33 9999", "abc", "0" * 39, "'; drop"])
def test_phone_that_cannot_be(typed: str) -> None:
    with pytest.raises(ValidationError, match="ne peut pas exister"):
        PhoneField().clean(typed)


def test_landline_is_kept_for_the_voice() -> None:
    assert PhoneField().clean("03 89 32 58 58") == "+33389325858"


@pytest.mark.parametrize(("email", "is_enough"), [("", False), ("zoe@example.fr", True)])
def test_landline_alone_reaches_nobody_by_what_we_write(email: str, is_enough: bool) -> None:
    form = ContactForm({"email": email, "phone": "03 89 32 58 58", "language": "fr"})
    assert form.is_valid() is is_enough
    assert ("phone" in form.errors) is not is_enough
    assert ContactForm({"phone": "03 89 32 58 58", "language": "fr"}, contact_optional=True).is_valid()


def test_endless_phone_is_refused() -> None:
    with pytest.raises(ValidationError, match="trop long"):
        PhoneField().clean("0" * 41)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoë-Maëlle ", "Zoë-Maëlle"),
        ("d’Œuvre-N’Guyen", "d’Œuvre-N’Guyen"),
        ("O'Brien", "O'Brien"),
        ("Anne   Marie", "Anne Marie"),
        ("Łukasz", "Łukasz"),
        ("Юлия", "Юлия"),
        ("St. Exupéry", "St. Exupéry"),
    ],
)
def test_names_of_people(typed: str, kept: str) -> None:
    assert PersonNameField().clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("<script>alert(1)</script>", "lettres, des tirets"),
        ("Ana\u0000", "invisible"),
        ("Ana\u0007Belle", "invisible"),
        ("Ana\r\nBcc: x", "invisible"),
        ("{{ 7*7 }}", "lettres, des tirets"),
        ("---", "au moins une lettre"),
        ("1234", "au moins une lettre"),
    ],
)
def test_script_and_control_characters_in_names(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        PersonNameField().clean(typed)


@pytest.mark.parametrize("typed", ["2026-11-24", "24/11/2026", "24.11.2026", "24-11-2026", "24 11 2026"])
def test_day_as_browsers_or_people_write_it(typed: str) -> None:
    assert DayField().clean(typed) == date(2026, 11, 24)


@pytest.mark.parametrize("typed", ["demain", "2026-13-45", "31/02/2026", "0000-00-00", "99999-01-01"])
def test_day_that_is_none(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"24/11/2026"):
        DayField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "said"), [("8:30", "08:30"), ("8h30", "08:30"), ("8 h", "08:00"), ("14", "14:00"), ("08.30", "08:30")]
)
def test_hour_as_people_write_it(typed: str, said: str) -> None:
    assert f"{HourField().clean(typed):%H:%M}" == said


@pytest.mark.parametrize("typed", ["25:00", "8:75", "matin", "-1", "8:30:00:00"])
def test_hour_that_is_none(typed: str) -> None:
    with pytest.raises(ValidationError, match="n’est pas une heure"):
        HourField().clean(typed)


class TestContact:
    def test_one_of_the_two_is_enough(self) -> None:
        assert ContactForm({"email": "o@mail.example", "language": "fr"}).is_valid()
        assert ContactForm({"phone": "0612345678", "language": "fr"}).is_valid()

    def test_neither_is_not(self) -> None:
        form = ContactForm({"language": "fr"})
        assert "l’un des deux suffit" in str(form.errors["email"])

    def test_agent_may_note_neither(self) -> None:
        assert ContactForm({"language": "fr"}, contact_optional=True).is_valid()

    @pytest.mark.parametrize(
        "typed",
        ["odile", "odile@", "@mail.example", "a@b", "o@mail.example\nBcc: x@y.example", "a" * 250 + "@mail.example"],
    )
    def test_mail_that_cannot_be(self, typed: str) -> None:
        form = ContactForm({"email": typed, "language": "fr"})
        assert form.errors["email"]
        assert len(form.errors["email"]) == 1  # not also "give one of the two"

    def test_unknown_language(self) -> None:
        assert "language" in ContactForm({"email": "o@mail.example", "language": "xx"}).errors

    @pytest.mark.parametrize(
        ("typed", "kept"), [("o@mail.example ", "o@mail.example"), ("06 12 34 56 78", "+33612345678")]
    )
    def test_lost_link_by_mail_or_phone(self, typed: str, kept: str) -> None:
        form = LostLinkForm({"contact": typed})
        assert form.is_valid()
        assert form.cleaned_data["contact"] == kept

    @pytest.mark.parametrize("typed", ["", "rien", "o@", "123"])
    def test_lost_link_that_cannot_be(self, typed: str) -> None:
        assert not LostLinkForm({"contact": typed}).is_valid()


DEPOSIT = AppointmentType(code="carte", name={"fr": "Carte"}, kind=TypeKind.DEPOSIT, needs_number=True)
COLLECTION = AppointmentType(code="retrait", name={"fr": "Retrait"}, kind=TypeKind.COLLECTION)


def typed(people: int = 1, **changes: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for n in range(people):
        data.update(
            {
                f"p{n}-first_name": f"Ana{chr(97 + n)}",
                f"p{n}-last_name": "Fictive",
                f"p{n}-age": "majeur",
                f"p{n}-situation": "renewal",
                f"p{n}-number": f"A12345678{n}",
            }
        )
    data.update({"email": "ana@mail.example", "language": "fr"})
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return data


def book_form(
    data: QueryDict | None, kind: AppointmentType = DEPOSIT, people: int = 1, by_staff: bool = False
) -> BookForm:
    return BookForm(data, kind=kind, people=people, municipalities=[], language="fr", by_staff=by_staff)


class TestBookForm:
    def test_complete(self) -> None:
        assert book_form(typed(2), people=2).is_valid()

    def test_all_errors_at_once_and_in_the_order_of_the_page(self) -> None:
        form = book_form(typed(2, p0__first_name="", p1__number="A1", email="x"), people=2)
        assert not form.is_valid()
        assert [anchor for anchor, _who, _sentence in form.errors()] == ["id_p0-first_name", "id_p1-number", "id_email"]
        assert list(form.errors())[1][1] == "Anab"

    def test_number_is_required_online(self) -> None:
        form = book_form(typed(p0__number=""))
        assert not form.is_valid()
        assert "nécessaire" in str(form.people[0].errors["number"])

    def test_agent_may_leave_the_number_out(self) -> None:
        assert book_form(typed(p0__number="", email=""), by_staff=True).is_valid()

    def test_collection_never_asks_for_a_number(self) -> None:
        form = book_form(typed(), kind=COLLECTION)
        assert "number" not in form.people[0].fields
        assert "situation" not in form.people[0].fields
        assert form.is_valid()
        assert "number" not in form.people[0].cleaned_data

    def test_same_number_twice_in_the_form(self) -> None:
        form = book_form(typed(2, p1__number="a 123 456 780"), people=2)
        assert not form.is_valid()
        assert "Chaque personne a son propre numéro" in str(form.people[1].errors["number"])

    @pytest.mark.parametrize(
        ("year", "sentence"),
        [
            ("", "écrivez l’année de naissance"),
            ("12", "quatre chiffres"),
            ("deux mille", "quatre chiffres"),
            ("9999", "pas encore venue"),
            ("1850", "trop ancienne"),
            ("1980", "est majeure"),
        ],
    )
    def test_year_of_birth_of_a_minor(self, year: str, sentence: str) -> None:
        form = book_form(typed(p0__age="mineur", p0__birth_year=year))
        assert not form.is_valid()
        assert sentence in str(form.people[0].errors["birth_year"])

    def test_a_minor_of_this_year(self) -> None:
        year = timezone.localdate().year
        form = book_form(typed(p0__age="mineur", p0__birth_year=str(year)))
        assert form.is_valid()
        assert form.typed_people()[0].birth_year == year

    def test_adult_keeps_no_year_whatever_the_hidden_field_held(self) -> None:
        form = book_form(typed(p0__birth_year="nonsense"))
        assert form.is_valid()
        assert form.people[0].cleaned_data["birth_year"] is None

    @pytest.mark.parametrize("name", ["p0__age", "p0__situation"])
    def test_choice_that_is_not_offered(self, name: str) -> None:
        assert not book_form(typed(**{name: "astronaute"})).is_valid()

    def test_unknown_home_and_need(self) -> None:
        form = book_form(typed(home="atlantide", accessibility="dragon"))
        assert not form.is_valid()
        assert set(form.household.errors) == {"home", "accessibility"}

    def test_half_typed_people_have_a_list_of_documents(self) -> None:
        form = book_form(None)
        form.fill_in(typed(p0__age="mineur", p0__birth_year="20", p0__situation="dragon"))
        person = form.typed_people()[0]
        assert (person.is_minor, person.birth_year, person.situation) == (True, None, "renewal")
