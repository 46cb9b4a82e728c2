"""The columns of the list of a season's groups, as it is written and as it is read.

Words in the file are French, whichever language the page is in: a file goes from one person to the next.
"""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.activities.models import Group, Lane
from booking.activities.models.seasons import AgeDay, CreditRule, Level
from booking.activities.models.tariffs import Unit
from booking.activities.seasons.ages import say_age, say_last_age
from municipalities.wording import NBSP, WEEKDAYS

#: Between the lanes of a group.
AND = " + "
AGE_DAYS = {"premiere seance": AgeDay.FIRST_SESSION, "31 decembre": AgeDay.DECEMBER_31}
UNITS = {"saison": Unit.YEAR, "trimestre": Unit.TERM, "seance": Unit.SESSION}
CREDITS = {"avoir": CreditRule.CREDIT, "rattrapage": CreditRule.CATCH_UP, "rien": CreditRule.NOTHING}
LEVELS = {"découverte": Level.DISCOVERY, "débutant": Level.BEGINNER, "intermédiaire": Level.INTERMEDIATE}
LEVELS |= {"confirmé": Level.CONFIRMED}
YES_OR_NO = {"oui": True, "non": False}

#: Each column with the field of the form it stands for.
COLUMNS = {
    "activite": "activity",
    "groupe": "code",
    "piscine": "lanes",
    "bassin": "lanes",
    "lignes": "lanes",
    "jour": "weekday",
    "debut": "starts",
    "fin": "ends",
    "premier_jour": "first_day",
    "dernier_jour": "last_day",
    "vacances": "in_school_holidays",
    "maitre_nageur": "coach",
    "places": "capacity",
    "niveau_min": "level_from",
    "niveau_max": "level_to",
    "age_min": "age_from",
    "age_max": "age_to",
    "age_compte": "age_day",
    "code_tarif": "tariff_code",
    "vendu_pour": "unit",
    "essai": "allows_trial",
    "absence_heures": "absence_hours",
    "si_annulation": "credit_rule",
}
NEEDED = (
    "activite", "groupe", "piscine", "bassin", "lignes", "jour", "debut", "fin", "premier_jour", "dernier_jour",
    "places", "code_tarif",
)  # fmt: skip
OPTIONAL = tuple(name for name in COLUMNS if name not in NEEDED)
#: What a new group has where the file says nothing.
USUAL = {"age_compte": "premiere seance", "vendu_pour": "saison", "absence_heures": "24", "si_annulation": "avoir"}


def cells_of(group: Group, lanes: Sequence[Lane]) -> dict[str, str]:
    """A group as its line of the file, by column."""
    with override("fr"):
        cells = {
            "activite": group.activity.code,
            "groupe": group.code,
            "piscine": group.basin.pool.facility.name,
            "bassin": group.basin.name.in_language("fr"),
            "lignes": AND.join(lane.name.in_language("fr") for lane in lanes),
            "jour": WEEKDAYS["fr"][group.weekday],
            "debut": f"{group.starts:%H:%M}",
            "fin": f"{group.ends:%H:%M}",
            "premier_jour": f"{group.first_day:%d/%m/%Y}",
            "dernier_jour": f"{group.last_day:%d/%m/%Y}",
            "vacances": _word(YES_OR_NO, group.in_school_holidays),
            "maitre_nageur": group.coach.email if group.coach else "",
            "places": str(group.capacity),
            "niveau_min": _word(LEVELS, group.level_from),
            "niveau_max": _word(LEVELS, group.level_to),
            "age_min": say_age(group.months_from) if group.months_from else "",
            "age_max": say_last_age(group.months_below) if group.months_below else "",
            "age_compte": _word(AGE_DAYS, group.age_day),
            "code_tarif": group.tariff_code,
            "vendu_pour": _word(UNITS, group.unit),
            "essai": _word(YES_OR_NO, group.allows_trial),
            "absence_heures": str(group.absence_hours),
            "si_annulation": _word(CREDITS, group.credit_rule),
        }
    return {column: " ".join(cell.replace(NBSP, " ").split()) for column, cell in cells.items()}


def _word(words: Mapping[str, object], value: object) -> str:
    return next((word for word, meant in words.items() if meant == value), "") if value is not None else ""


def _one_of(words: Mapping[str, object], *, empty: object = "") -> Callable[[str], object]:
    def read(cell: str) -> object:
        if not cell:
            return empty
        folded = cell.casefold().replace("é", "e").replace("_", " ")
        for word, meant in words.items():
            if word.replace("é", "e") == folded:
                return meant
        raise ValueError(_("« %(value)s » : attendu %(words)s.") % {"value": cell[:40], "words": ", ".join(words)})

    return read


def _checkbox(cell: str) -> object:
    return "on" if _one_of(YES_OR_NO, empty=False)(cell) else ""


#: What turns a cell into what the form takes, where these differ. Each raises ValueError.
READERS: dict[str, Callable[[str], object]] = {
    "jour": _one_of({day: number for number, day in enumerate(WEEKDAYS["fr"])}),
    "vacances": _checkbox,
    "niveau_min": _one_of(LEVELS),
    "niveau_max": _one_of(LEVELS),
    "age_compte": _one_of(AGE_DAYS),
    "vendu_pour": _one_of(UNITS),
    "essai": _checkbox,
    "si_annulation": _one_of(CREDITS),
}
