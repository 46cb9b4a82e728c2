"""Fields that read what people really type, and say in a sentence what they cannot accept."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from municipalities.phones import read_phone


class PersonNameField(forms.CharField):
    """Letters of any script, marks, apostrophes, hyphens, points and spaces; no control characters, no < or >.

    What else is invisible has come off before (`municipalities.visible`).
    """

    def to_python(self, value: Any) -> str:
        raw = str(value or "")
        if any(unicodedata.category(char) in {"Cc", "Co", "Cs", "Cn"} for char in raw.strip()):
            raise ValidationError(_("Ce nom contient un caractère invisible. Effacez-le et écrivez-le à nouveau."))
        text = " ".join(raw.split())
        if any(char in text for char in '<>{}[]|\\^~`@#%=*+"$€£§°²&_;'):
            raise ValidationError(_("Un nom s’écrit avec des lettres, des tirets et des apostrophes."))
        if text and not any(char.isalpha() for char in text):
            raise ValidationError(_("Un nom contient au moins une lettre."))
        return str(super().to_python(text) or "")


class PhoneInput(forms.TextInput):
    """Says below, in full, which number was understood: before the form is sent, so before anybody is written to."""

    template_name = "residents/widgets/phone.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        look = {"type": "tel", "inputmode": "tel", "autocomplete": "tel", "class": "govuk-input govuk-input--width-20"}
        super().__init__({**look, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        phone = read_phone(str(value)[: PhoneField.LONGEST]) if value else None
        return context | {"phone": phone, "read_at": reverse("residents:phone")}


class PhoneField(forms.CharField):
    """A number of France, here or overseas, or of a neighbour with its country code, to E.164. Landlines count."""

    LONGEST = 40
    widget = PhoneInput

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return ""
        if len(text) > self.LONGEST:
            raise ValidationError(_("Ce numéro de téléphone est trop long."))
        phone = read_phone(text)
        if phone is None:
            raise ValidationError(
                _(
                    "Ce numéro de téléphone ne peut pas exister en France. Exemple : 06 12 34 56 78. D’un autre pays, "
                    "commencez par son indicatif : +49 1512 3456789, +41, +352, +32 ou +39."
                )
            )
        return phone.e164
