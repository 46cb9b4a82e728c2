"""Fields that read what people really type, and say in a sentence what they cannot accept."""

import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

COUNTRIES = ("FR", "DE", "CH")


class PersonNameField(forms.CharField):
    """Letters of any script, marks, apostrophes, hyphens, points and spaces; no control characters, no < or >.

    What else is invisible has come off before (`municipalities.forms.visible`).
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


class PhoneField(forms.CharField):
    """A French, German or Swiss number, to E.164. `mobile_only` where a text message must reach it."""

    def __init__(self, *, mobile_only: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mobile_only = mobile_only

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return ""
        if len(text) > 40:
            raise ValidationError(_("Ce numéro de téléphone est trop long."))
        fallback: phonenumbers.PhoneNumber | None = None
        for country in COUNTRIES:
            try:
                number = phonenumbers.parse(text, country)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.region_code_for_number(number) not in COUNTRIES:
                continue
            if not phonenumbers.is_valid_number(number):
                continue
            if phonenumbers.number_type(number) in _MOBILE:
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            # A French number with a digit missing may well be a German landline: do not guess so far.
            if country == COUNTRIES[0]:
                fallback = number
        if fallback is None:
            raise ValidationError(
                _(
                    "Ce numéro de téléphone ne peut pas exister en France, en Allemagne ou en Suisse. "
                    "Exemples : 06 12 34 56 78, +49 1512 3456789."
                )
            )
        if self.mobile_only:
            raise ValidationError(
                _("Ce numéro est une ligne fixe : un SMS n’y arriverait pas. Donnez un mobile ou un courriel.")
            )
        return phonenumbers.format_number(fallback, phonenumbers.PhoneNumberFormat.E164)


_MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
