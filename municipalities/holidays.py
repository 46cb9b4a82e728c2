"""Public holidays of a municipality, by its INSEE code.

The national eleven, and what local law adds: in Alsace-Moselle 26 December everywhere, and Good Friday only in
municipalities with a Protestant or mixed church (order of 1892, article L. 3134-13 of the labour code), which is why
that one is a flag of the municipality. Overseas departments keep the day slavery ended.
"""

from datetime import date
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from holidays.countries.france import France

#: By the first characters of an INSEE code: the subdivision of the `holidays` package. "GES" would add nothing.
SUBDIVISIONS = {
    "67": "6AE",
    "68": "6AE",
    "57": "57",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}

NAMES: dict[str, Promise] = {
    "Jour de l'an": _("Jour de l’An"),
    "Vendredi saint": _("Vendredi saint"),
    "Lundi de Pâques": _("Lundi de Pâques"),
    "Fête du Travail": _("Fête du Travail"),
    "Fête de la Victoire": _("Victoire de 1945"),
    "Ascension": _("Ascension"),
    "Lundi de Pentecôte": _("Lundi de Pentecôte"),
    "Fête nationale": _("Fête nationale"),
    "Assomption": _("Assomption"),
    "Toussaint": _("Toussaint"),
    "Armistice": _("Armistice de 1918"),
    "Noël": _("Noël"),
    "Saint Étienne": _("Saint-Étienne"),
}
GOOD_FRIDAY = "Vendredi saint"


def public_holidays(year: int, *, insee_code: str, good_friday: bool) -> dict[date, str]:
    """Days off in that year, in order, with their name in the active language.

    `good_friday` is the municipality's own flag; it counts only where local law knows the day at all.
    """
    return {
        day: str(NAMES.get(name, name))
        for day, name in _of_subdivision(year, subdivision(insee_code))
        if good_friday or name != GOOD_FRIDAY
    }


def subdivision(insee_code: str) -> str | None:
    """The `holidays` subdivision of a municipality, None where only the national days count."""
    return SUBDIVISIONS.get(insee_code[:2]) or SUBDIVISIONS.get(insee_code[:3])


@lru_cache(maxsize=64)
def _of_subdivision(year: int, subdiv: str | None) -> tuple[tuple[date, str], ...]:
    return tuple(sorted(France(subdiv=subdiv, years=year, language="fr").items()))  # type: ignore[no-untyped-call]
