"""Who comes: the people of an appointment, as booked and as corrected. Shape only."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.fields import PreApplicationNumberField
from booking.appointments.enums import Situation
from booking.appointments.models import AppointmentType
from booking.residents.forms.contact import INLINE
from booking.residents.forms.fields import PersonNameField
from municipalities.forms.errors import ErrorRow, anchor

ADULT, MINOR = "majeur", "mineur"
AGES = [(ADULT, _("18 ans ou plus")), (MINOR, _("Moins de 18 ans"))]
OLDEST = 120


@dataclass(frozen=True)
class TypedPerson:
    """What is known of a person so far: enough for the list of documents, before everything is right."""

    is_minor: bool = False
    birth_year: int | None = None
    situation: str = Situation.RENEWAL


class PersonForm(forms.Form):
    #: The year is asked of minors only, and hidden else.
    needed_sometimes: tuple[str, ...] = ("birth_year",)
    first_name = PersonNameField(
        label=_("Prénom"),
        max_length=80,
        error_messages={"required": _("Écrivez le prénom."), "max_length": _("Ce prénom est trop long.")},
        widget=forms.TextInput(attrs={"class": "govuk-input", "spellcheck": "false"}),
    )
    last_name = PersonNameField(
        label=_("Nom"),
        max_length=80,
        error_messages={"required": _("Écrivez le nom."), "max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs={"class": "govuk-input", "spellcheck": "false"}),
    )
    age = forms.ChoiceField(
        label=_("Âge le jour du rendez-vous"),
        choices=AGES,
        widget=forms.RadioSelect(attrs={"class": INLINE}),
        error_messages={"required": _("Dites si cette personne est majeure ou mineure.")},
    )
    birth_year = forms.CharField(
        label=_("Année de naissance"),
        required=False,
        help_text=_("Quatre chiffres, par exemple 2012. Le prix du timbre en dépend."),
        widget=forms.TextInput(
            attrs={"class": "govuk-input govuk-input--width-4", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    situation = forms.ChoiceField(
        label=_("Pourquoi cette demande ?"),
        choices=Situation.choices,
        error_messages={
            "required": _("Choisissez une situation."),
            "invalid_choice": _("Cette situation n’est pas dans la liste. Choisissez-en une."),
        },
        widget=forms.Select(attrs={"class": "govuk-select"}),
    )
    number = PreApplicationNumberField(
        label=_("Numéro de pré-demande"),
        help_text=_("Dix lettres ou chiffres, par exemple A123456789."),
        error_messages={
            "required": _("Le numéro de pré-demande est nécessaire : il se trouve sur votre récapitulatif."),
        },
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input govuk-input--width-20",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )

    def __init__(
        self,
        *args: Any,
        index: int,
        kind: AppointmentType,
        by_staff: bool = False,
        number_later: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.index = index
        self.use_required_attribute = False
        if not kind.is_deposit:
            del self.fields["situation"]
        if not kind.needs_number or kind.is_collection:
            del self.fields["number"]
        elif by_staff or number_later:
            self.fields["number"].required = False
        whose = {"first_name": "given-name", "last_name": "family-name"}
        for name, token in whose.items():
            self.fields[name].widget.attrs["autocomplete"] = token if index == 0 and not by_staff else "off"

    def clean_birth_year(self) -> int | None:
        text = str(self.cleaned_data["birth_year"]).strip()
        if not text:
            return None
        year = timezone.localdate().year
        if not (text.isascii() and text.isdigit() and len(text) == 4):
            raise ValidationError(_("Écrivez l’année en quatre chiffres, par exemple 2012."))
        if int(text) > year:
            raise ValidationError(_("Cette année n’est pas encore venue."))
        if int(text) < year - OLDEST:
            raise ValidationError(_("Cette année est trop ancienne."))
        return int(text)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        year, this_year = data.get("birth_year"), timezone.localdate().year
        if data.get("age") == MINOR and "birth_year" not in self.errors:
            if year is None:
                self.add_error("birth_year", _("Pour une personne mineure, écrivez l’année de naissance."))
            elif this_year - year > 18:
                self.add_error("birth_year", _("Une personne née cette année-là est majeure."))
        if data.get("age") == ADULT:
            # The field is hidden for an adult; what it held is of no use and not kept.
            data["birth_year"] = None
            self.errors.pop("birth_year", None)
        return data

    def typed_person(self) -> TypedPerson:
        """For the list of documents while the form is being filled in."""
        age = self["age"].value()
        year = str(self["birth_year"].value() or "").strip()
        situation = self["situation"].value() if "situation" in self.fields else Situation.RENEWAL
        return TypedPerson(
            is_minor=age == MINOR,
            birth_year=int(year) if age == MINOR and len(year) == 4 and year.isascii() and year.isdigit() else None,
            situation=situation if situation in Situation.values else Situation.RENEWAL,
        )

    @property
    def heading(self) -> str:
        """The person's name once typed."""
        name = str(self["first_name"].value() or "").strip()
        return name[:40] if name else ""


P = TypeVar("P", bound=PersonForm)


class PeopleForms(ABC, Generic[P]):
    """Everybody of an appointment and what goes with them: one page, one answer to "is it right?"."""

    people: Sequence[P]

    @property
    @abstractmethod
    def parts(self) -> Sequence[forms.Form]:
        """The forms in the order of the page."""

    def fill_in(self, data: QueryDict) -> None:
        """Show what is typed so far, judging nothing."""
        for form in self.parts:
            for name in form.fields:
                key = form.add_prefix(name)
                if key in data:
                    form.initial[name] = data.getlist(key) if name == "accessibility" else data[key]

    def is_valid(self) -> bool:
        # Every part is asked, also after one has said no: all errors are shown at once.
        wrong = [form for form in self.parts if not form.is_valid()]
        return self._numbers_differ() and not wrong

    def _numbers_differ(self) -> bool:
        seen: dict[str, int] = {}
        for person in self.people:
            typed = person.cleaned_data if person.is_bound else {}
            number = typed.get("number")
            if not number or typed.get("leaves"):
                continue
            if number in seen:
                person.add_error(
                    "number",
                    ValidationError(
                        _(
                            "Ce numéro est déjà celui de la personne %(other)s. Chaque personne a son propre numéro : "
                            "vérifiez les deux récapitulatifs."
                        ),
                        params={"other": seen[number] + 1},
                    ),
                )
                return False
            seen[number] = person.index
        return True

    def refuse_number(self, number: str, sentence: str) -> None:
        """The calendar says that this number has an appointment already."""
        for person in self.people:
            if person.cleaned_data.get("number") == number:
                person.add_error("number", sentence)

    def errors(self) -> Iterator[ErrorRow]:
        """(id of the field, who, sentence) in the order of the page, for the summary."""
        for form in self.parts:
            if not form.is_bound:
                continue
            for name in form.fields:
                for sentence in form.errors.get(name, []):
                    yield anchor(form[name]), self._who(form), str(sentence)

    def _who(self, form: forms.Form) -> str:
        if not isinstance(form, PersonForm) or len(self.people) == 1:
            return ""
        return form.heading or str(_("Personne %(n)s") % {"n": form.index + 1})
