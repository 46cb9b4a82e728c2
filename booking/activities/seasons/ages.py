"""Ages as people write them: « 6 ans », « 18 mois ». Kept in full months, the upper one excluded."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.activities.models.seasons import MOST_MONTHS
from municipalities.wording import NBSP

YEAR = 12
_AGE = re.compile(r"(\d{1,3})\s*(mois|monate?|months?|ans?|jahre?|years?|)\.?", re.IGNORECASE)


def read_age(text: str) -> tuple[int, int]:
    """The months at which this age begins, and those at which it is over. A bare number is years. Raises ValueError."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("« %(text)s » n’est pas un âge : 6 ans, 18 mois.") % {"text": text[:40]})
    number = int(found[1])
    length = 1 if found[2].lower().startswith(("mo",)) else YEAR
    if number * length >= MOST_MONTHS:
        raise ValueError(_("« %(text)s » n’est pas un âge : 6 ans, 18 mois.") % {"text": text[:40]})
    return number * length, (number + 1) * length


def say_age(months: int) -> str:
    """« 6 ans », « 18 mois »."""
    if months % YEAR == 0 and months:
        years = months // YEAR
        return ngettext("%(n)d an", "%(n)d ans", years) % {"n": years}
    return _months(months)


def _months(number: int) -> str:
    return _("%(n)d mois") % {"n": number}


def say_last_age(months_below: int) -> str:
    """The last age that is still meant: below 156 months is « 12 ans », below 37 is « 36 mois »."""
    if _ends_with_a_year(months_below):
        return say_age(months_below - YEAR)
    return _months(months_below - 1)


def _ends_with_a_year(months_below: int) -> bool:
    return months_below % YEAR == 0 and months_below > YEAR


def say_ages(months_from: int, months_below: int | None) -> str:
    """« de 6 à 12 ans », « de 18 mois à 3 ans », « dès 16 ans »; nothing for everybody."""
    if months_below is None:
        return _("dès %(age)s") % {"age": say_age(months_from)} if months_from else ""
    last = say_last_age(months_below)
    if not months_from:
        return _("jusqu’à %(age)s") % {"age": last}
    first = say_age(months_from)
    if first == last:
        return first
    in_years = months_from % YEAR == 0
    if in_years == _ends_with_a_year(months_below):
        first = str(months_from // YEAR if in_years else months_from)
    return _("de %(first)s à %(last)s") % {"first": first, "last": last}


class AgeField(forms.CharField):
    """Cleaned to months: those at which the age begins, or with `last` those at which it is over; None when empty."""

    def __init__(self, *, last: bool = False, **kwargs: object) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", gettext_lazy("En ans, ou en mois : 6 ans, 18 mois."))
        super().__init__(max_length=20, **kwargs)  # type: ignore[arg-type]
        self.last = last

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, int):
            return value
        said = say_last_age(value) if self.last else say_age(value)
        return said.replace(NBSP, " ")

    def to_python(self, value: object) -> int | None:  # type: ignore[override]
        if isinstance(value, int):
            return value
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return read_age(text)[1 if self.last else 0]
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def validate(self, value: object) -> None:
        """Emptiness is looked at by whoever requires something."""

    def run_validators(self, value: object) -> None:
        """Judged when it was read."""
