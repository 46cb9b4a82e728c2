"""The State's pre-application number, as people type it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NUMBER = re.compile(r"[0-9A-Z]{10}")


#: Separators people put inside a number, after the note of the State's own interface: , ; : - / . space
_SEPARATORS = re.compile(r"[\s,;:/._\-\u2010-\u2015]+")


class PreApplicationNumberField(forms.CharField):
    """Ten letters or digits, however they were spaced. Some are digits only: a letter is never demanded."""

    def to_python(self, value: Any) -> str:
        text = _SEPARATORS.sub("", str(value or "")).upper()
        if text and not NUMBER.fullmatch(text):
            raise ValidationError(
                _(
                    "Un numéro de pré-demande compte exactement dix lettres ou chiffres, par exemple A123456789. "
                    "Celui-ci ne convient pas : vérifiez-le sur votre récapitulatif."
                )
            )
        return text
