"""Fields that read what people really type, and say in a sentence what they cannot accept."""

import re
import unicodedata
from datetime import date, time
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

COUNTRIES = ("FR", "DE", "CH")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LOCAL = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_TIME = re.compile(r"(\d{1,2})\s*(?:[:hH.]\s*(\d{2})?)?\s*(?:Uhr)?")


class DayField(forms.CharField):
    """A date as browsers send it (2026-11-24) or as people write it (24/11/2026, 24.11.2026)."""

    def to_python(self, value: Any) -> date | None:  # type: ignore[override]
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        if found := _ISO.fullmatch(text):
            parts = [int(part) for part in found.groups()]
        elif found := _LOCAL.fullmatch(text):
            parts = [int(part) for part in reversed(found.groups())]
        else:
            raise ValidationError(
                _("« %(text)s » n’est pas une date. Écrivez par exemple 24/11/2026."), params={"text": text[:40]}
            )
        try:
            return date(*parts)
        except ValueError:
            raise ValidationError(
                _("Le %(text)s n’existe pas. Écrivez par exemple 24/11/2026."), params={"text": text[:40]}
            ) from None


class HourField(forms.CharField):
    """A time of day: 8:30, 8h30, 8 h, 14."""

    def to_python(self, value: Any) -> time | None:  # type: ignore[override]
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        found = _TIME.fullmatch(text)
        if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValidationError(
                _("« %(text)s » n’est pas une heure. Écrivez par exemple 8:30."), params={"text": text[:40]}
            )
        return time(int(found[1]), int(found[2] or 0))


class PersonNameField(forms.CharField):
    """Letters of any script, marks, apostrophes, hyphens, points and spaces; no control characters, no < or >."""

    def to_python(self, value: Any) -> str:
        raw = str(value or "")
        if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"} for char in raw.strip()):
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
