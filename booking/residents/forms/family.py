"""What a family writes about itself."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.residents.forms.contact import EmailField
from booking.residents.forms.fields import PersonNameField, PhoneField
from booking.residents.models import Member
from municipalities.directory import members
from municipalities.forms.fields import DayField
from municipalities.models import Municipality

OLDEST = 120
#: A due date may have passed by a few weeks, and lies nine months ahead at most.
LATE_BIRTH, LONGEST_WAIT = timedelta(days=30), timedelta(days=290)
INPUT = "govuk-input"


def _name(label: Any, autocomplete: str) -> PersonNameField:
    return PersonNameField(
        label=label,
        required=False,
        max_length=80,
        error_messages={"max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs={"class": INPUT, "autocomplete": autocomplete, "spellcheck": "false"}),
    )


def _day(label: Any, help_text: Any) -> DayField:
    return DayField(
        label=label,
        required=False,
        any_year=True,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{INPUT} govuk-input--width-10"}),
    )


class SafetyField(forms.CharField):
    """What a coach is to know in the water; as long as one reads at a glance."""

    def __init__(self, **kwargs: Any) -> None:
        field = Member._meta.get_field("safety_remark")
        kwargs.setdefault("label", _("Remarque de sécurité pour la piscine"))
        kwargs.setdefault("help_text", field.help_text)
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": INPUT, "autocomplete": "off"}))
        super().__init__(max_length=field.max_length, strip=True, **kwargs)


class MemberForm(forms.Form):
    """Somebody born, with a name and a birth date; or a child to come, with a due date and perhaps no name yet."""

    needed_sometimes: tuple[str, ...] = ("given_name", "family_name", "born_on", "expected_on")
    given_name = _name(_("Prénom"), "off")
    family_name = _name(_("Nom"), "off")
    born_on = _day(_("Date de naissance"), _("Par exemple 24/11/2018. Laissez vide pour un enfant à naître."))
    expected_on = _day(_("Enfant à naître : date prévue"), _("Seulement si l’enfant n’est pas encore né."))
    safety_remark = SafetyField(required=False)

    def clean_born_on(self) -> date | None:
        day: date | None = self.cleaned_data["born_on"]
        today = timezone.localdate()
        if day is not None and day > today:
            raise forms.ValidationError(_("Cette date est à venir. Pour un enfant à naître, donnez la date prévue."))
        if day is not None and day.year < today.year - OLDEST:
            raise forms.ValidationError(_("Cette date est trop ancienne : vérifiez l’année."))
        return day

    def clean_expected_on(self) -> date | None:
        day: date | None = self.cleaned_data["expected_on"]
        today = timezone.localdate()
        if day is not None and day < today - LATE_BIRTH:
            raise forms.ValidationError(_("Cette date est passée. L’enfant est né ? Donnez sa date de naissance."))
        if day is not None and day > today + LONGEST_WAIT:
            raise forms.ValidationError(_("Cette date est trop lointaine : vérifiez l’année."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"born_on", "expected_on"} & self.errors.keys():
            return data
        if bool(data.get("born_on")) == bool(data.get("expected_on")):
            self.add_error("born_on", _("Donnez la date de naissance, ou la date prévue : l’une des deux."))
        elif data.get("born_on"):
            for name, sentence in (("given_name", _("Écrivez le prénom.")), ("family_name", _("Écrivez le nom."))):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return data


class GuardianForm(forms.Form):
    """An adult of the family. The number is for calls; nothing is sent there."""

    name = PersonNameField(
        label=_("Prénom et nom"),
        max_length=120,
        error_messages={"required": _("Écrivez le prénom et le nom."), "max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs={"class": INPUT, "autocomplete": "name", "spellcheck": "false"}),
    )
    phone = PhoneField(label=_("Téléphone"), required=False)


class NewGuardianForm(GuardianForm):
    email = EmailField(
        label=_("Courriel"),
        help_text=_("Un courriel l’invite à entrer. Elle n’ouvre rien tant que la personne n’est pas entrée."),
        error_messages={"required": _("Écrivez le courriel de cette personne.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": INPUT}),
    )
    field_order = ("name", "email", "phone")


class HomeForm(forms.Form):
    """Where the household lives: a member of the territory, or elsewhere."""

    ELSEWHERE = "ailleurs"
    home = forms.ChoiceField(
        label=_("Votre commune"),
        error_messages={
            "required": _("Choisissez votre commune."),
            "invalid_choice": _("Cette commune n’est pas dans la liste. Choisissez-en une."),
        },
        widget=forms.Select(attrs={"class": "govuk-select"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = [(slug, town.name) for slug, town in members().items()]
        self.fields["home"].choices = [  # type: ignore[attr-defined]
            ("", _("Choisissez")),
            *towns,
            (self.ELSEWHERE, _("Une commune hors du territoire")),
        ]

    @property
    def town(self) -> Municipality | None:
        return members().get(self.cleaned_data["home"])


class HealthForm(forms.Form):
    attests = forms.BooleanField(
        label=_(
            "J’ai lu le questionnaire de santé avec cette personne, et toutes les réponses sont « non ». Sinon, je "
            "demande l’avis d’un médecin avant toute activité."
        ),
        error_messages={"required": _("Cochez la case pour attester.")},
        widget=forms.CheckboxInput(attrs={"class": "govuk-checkboxes__input"}),
    )


class EraseForm(forms.Form):
    sure = forms.BooleanField(
        label=_("J’ai compris : rien de ce qui est effacé ne peut être retrouvé."),
        error_messages={"required": _("Cochez la case pour effacer.")},
        widget=forms.CheckboxInput(attrs={"class": "govuk-checkboxes__input"}),
    )
