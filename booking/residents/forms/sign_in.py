"""The two pages of the sign-in: where to send a code, and the code."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.residents.forms.contact import EmailField

WHERE = [
    ("own", _("Mon téléphone ou mon ordinateur")),
    ("shared", _("Un ordinateur que d’autres utilisent")),
]


class AskCodeForm(forms.Form):
    email = EmailField(
        label=_("Votre courriel"),
        error_messages={"required": _("Écrivez votre courriel : le code y est envoyé.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "class": "govuk-input"}),
    )
    where = forms.ChoiceField(
        label=_("Où êtes-vous ?"),
        choices=WHERE,
        initial="own",
        help_text=_("Sur un ordinateur partagé, la page se ferme après une demi-heure sans activité."),
        error_messages={
            "required": _("Dites si d’autres utilisent cet appareil."),
            "invalid_choice": _("Choisissez une réponse."),
        },
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )

    @property
    def is_shared(self) -> bool:
        return bool(self.cleaned_data["where"] == "shared")


class CodeForm(forms.Form):
    #: So called wherever what is typed must never be written into a page again.
    code = forms.CharField(
        label=_("Code à six chiffres"),
        max_length=40,
        error_messages={"required": _("Écrivez le code à six chiffres du courriel.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "govuk-input govuk-input--width-10",
            }
        ),
    )

    def clean_code(self) -> Any:
        digits = re.sub(r"\D", "", self.cleaned_data["code"])
        if len(digits) != 6:
            raise ValidationError(_("Le code a six chiffres."))
        return digits
