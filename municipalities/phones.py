"""Telephone numbers as people type them: French, or with the code of a country. Never guessed into another one."""

import re
from dataclasses import dataclass

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from municipalities.wording import NBSP

#: Where we write and call: the neighbours, and France with what belongs to it. Region of ISO 3166 → its name.
COUNTRIES: dict[str, str | Promise] = {
    "FR": _("France"),
    "DE": _("Allemagne"),
    "CH": _("Suisse"),
    "LU": _("Luxembourg"),
    "BE": _("Belgique"),
    "IT": _("Italie"),
    "GP": _("Guadeloupe"),
    "BL": _("Saint-Barthélemy"),
    "MF": _("Saint-Martin"),
    "GF": _("Guyane"),
    "MQ": _("Martinique"),
    "RE": _("La Réunion"),
    "YT": _("Mayotte"),
    "PM": _("Saint-Pierre-et-Miquelon"),
    "NC": _("Nouvelle-Calédonie"),
    "PF": _("Polynésie française"),
    "WF": _("Wallis-et-Futuna"),
}
#: Overseas one dials ten digits as in France, and the first ones say where: they have country codes of their own.
#: First digits after the zero → region. More than the library knows: new series are given out every year.
OVERSEAS = {
    "590": "GP", "690": "GP", "691": "GP",
    "594": "GF", "694": "GF",
    "596": "MQ", "696": "MQ", "697": "MQ",
    "262": "RE", "263": "RE", "692": "RE", "693": "RE",
    "269": "YT", "639": "YT",
}  # fmt: skip
#: Dialled like these, and kept without the three digits, which are its country's code.
_SAINT_PIERRE = "508"
_FRANCE, _NATIONAL_DIGITS = 33, 9
_HAS_CODE = re.compile(r"\W*(\+|00|33)")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_FIXED = (PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.UAN)


@dataclass(frozen=True, slots=True)
class Phone:
    """One number. `e164` is how it is kept, `in_full` how it is shown before it is used, `region` where it rings."""

    e164: str
    region: str
    takes_sms: bool

    @property
    def in_full(self) -> str:
        return say_in_full(self.e164)

    @property
    def country(self) -> str:
        return str(COUNTRIES[self.region])


def read_phone(text: str) -> Phone | None:
    """The number, or None where it can be none of ours. Without country code it is French, of here or of overseas."""
    text = " ".join(text.split())
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    is_ours = number.country_code == _FRANCE and not _HAS_CODE.match(text) and len(national) == _NATIONAL_DIGITS
    region = OVERSEAS.get(national[:3])
    if region and len(national) == _NATIONAL_DIGITS and (is_ours or number.country_code == _code(region)):
        return Phone(f"+{_code(region)}{national}", region, national.startswith("6"))
    number = _as_it_rings(number, national) if is_ours else number
    region = phonenumbers.region_code_for_number(number)
    if region not in COUNTRIES or not phonenumbers.is_valid_number(number):
        return None
    kind = phonenumbers.number_type(number)
    if kind not in (*_MOBILE, *_FIXED):
        # Premium rates, pagers: nobody is reached there.
        return None
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), region, kind in _MOBILE)


def takes_sms(number: str) -> bool:
    """Whether a text message reaches this number, as kept; a landline is only spoken to."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    if parsed.country_code in _FRENCH_CODES:
        return str(parsed.national_number)[:1] in ("6", "7")
    return phonenumbers.number_type(parsed) in _MOBILE


def say_in_full(number: str) -> str:
    """« +590 690 12 34 56 »: as kept, with the code of its country. What is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL).replace(" ", NBSP)


def _as_it_rings(french: PhoneNumber, national: str) -> PhoneNumber:
    """Ten digits that are nobody's in France and somebody's overseas: of a series that several share, as 0709."""
    if national.startswith(_SAINT_PIERRE):
        return PhoneNumber(_code("PM"), int(national.removeprefix(_SAINT_PIERRE)))
    if not phonenumbers.is_valid_number(french):
        for region in (*dict.fromkeys(OVERSEAS.values()), "PM"):
            there = PhoneNumber(_code(region), french.national_number)
            if phonenumbers.is_valid_number_for_region(there, region):
                return there
    return french


def _code(region: str) -> int:
    return int(phonenumbers.country_code_for_region(region))


#: Those whose mobiles begin with 6 or 7, also in series younger than the library.
_FRENCH_CODES = {_FRANCE, *(_code(region) for region in OVERSEAS.values())}
