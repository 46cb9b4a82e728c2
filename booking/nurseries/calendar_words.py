"""Half-days, months and dates of a round as one says them, in French, German and English.

Pure functions, as those of `municipalities.wording`: nothing is read but the arguments and the active language.
"""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language

from municipalities.wording import say_month, say_weekday

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: After the name of the day.
HALVES = {
    "fr": {"am": " matin", "pm": " après-midi"},
    "de": {"am": "vormittag", "pm": "nachmittag"},
    "en": {"am": " morning", "pm": " afternoon"},
}
AND = {"fr": " et ", "de": " und ", "en": " and "}
FROM = {"fr": "à partir de ", "de": "ab ", "en": "from "}
IN = {"fr": "en ", "de": "im ", "en": "in "}
VOWELS = "aeiouéèêâ"


def _language() -> str:
    chosen = (get_language() or "fr")[:2]
    return chosen if chosen in HALVES else "fr"


def say_half_day(half_day: str) -> str:
    """« mardi matin » for tue_am."""
    day, half = half_day.split("_")
    return say_weekday(WEEK.index(day)) + HALVES[_language()][half]


def from_month(month: str) -> str:
    """« à partir d’octobre 2027 » for 2027-10."""
    language, name = _language(), _month(month)
    before = "à partir d’" if language == "fr" and name[0] in VOWELS else FROM[language]
    return before + name


def say_month_and_year(month: str) -> str:
    """« octobre 2027 » for 2027-10."""
    return _month(month)


def in_month(month: str) -> str:
    return IN[_language()] + _month(month)


def _month(month: str) -> str:
    return say_month(date.fromisoformat(f"{month}-01"), _language())


def say_date(day: date) -> str:
    """« 1er mars 2027 »: with its year, whatever the day on which it is read."""
    number = {"fr": "1er" if day.day == 1 else str(day.day), "de": f"{day.day}.", "en": str(day.day)}[_language()]
    return f"{number} {say_month(day, _language())}"


def say_days(half_days: Iterable[str]) -> str:
    """« lundi, mardi matin et jeudi »: a day whose two halves are there is the whole day."""
    there = set(half_days)
    words = []
    for number, day in enumerate(WEEK):
        halves = [half for half in (f"{day}_am", f"{day}_pm") if half in there]
        words += [say_weekday(number)] if len(halves) == 2 else [say_half_day(half) for half in halves]
    return AND[_language()].join(filter(None, (", ".join(words[:-1]), *words[-1:])))
