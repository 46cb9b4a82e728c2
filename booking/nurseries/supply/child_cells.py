"""What the cells of an operator's list of children mean, and how they are written."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.supply.retention import SCHOOL_AGE_MONTHS
from municipalities.wording import without_accents

#: Names of the columns, as the header of a list says them.
NURSERY, NUMBER, BORN, SECTION, HALF, EXIT, HOURS, GUARANTEED = (
    "creche",
    "numero",
    "naissance",
    "section",
    "demi_journees",
    "sortie",
    "heures",
    "garantie",
)
NEEDED = (NUMBER,)
OPTIONAL = (NURSERY, BORN, SECTION, HALF, EXIT, HOURS, GUARANTEED)
COLUMNS = (NURSERY, NUMBER, BORN, SECTION, HALF, EXIT, HOURS, GUARANTEED)

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi")
_SHORT = ("lun", "mar", "mer", "jeu", "ven")
_HALVES = {"matin": "am", "am": "am", "apres-midi": "pm", "aprem": "pm", "pm": "pm"}
_SECTIONS = {
    "bebes": Section.SMALL,
    "bebe": Section.SMALL,
    "petits": Section.SMALL,
    "moyens": Section.MIDDLE,
    "grands": Section.BIG,
    **{section.value: section for section in Section},
}
_SECTION_WORDS = {Section.SMALL: "bébés", Section.MIDDLE: "moyens", Section.BIG: "grands"}
_MONTH = (
    re.compile(r"(?P<y>20\d{2})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?", re.ASCII),
    re.compile(r"(?:(?P<d>\d{1,2})[/.])?(?P<m>\d{1,2})[/.](?P<y>20\d{2})", re.ASCII),
)


def number_in(cell: str) -> str:
    """Raises ValueError."""
    if not re.fullmatch(r"[0-9A-Za-z._/-]{1,20}", cell):
        raise ValueError(
            _("« %(value)s » n’est pas un numéro d’enfant (vingt lettres ou chiffres au plus, sans nom).")
            % {"value": cell[:30]}
        )
    return cell


def month_in(cell: str) -> str:
    """« 2026-03 » from 2026-03, 03/2026, 15/03/2026 or 2026-03-15. Raises ValueError."""
    for shape in _MONTH:
        if found := shape.fullmatch(cell):
            with suppress(ValueError):
                return f"{date(int(found['y']), int(found['m']), int(found['d'] or 1)):%Y-%m}"
    raise ValueError(_("« %(value)s » n’est pas un mois, par exemple 03/2026.") % {"value": cell[:30]})


def birth_in(cell: str) -> str:
    """The month of a birth that may be that of a child who is in a nursery. Raises ValueError."""
    born, today = month_in(cell), timezone.localdate()
    age = (today.year - int(born[:4])) * 12 + today.month - int(born[5:])
    if age < 0:
        raise ValueError(_("« %(value)s » est encore à venir.") % {"value": cell[:30]})
    if age > SCHOOL_AGE_MONTHS:
        raise ValueError(_("« %(value)s » : cet enfant aurait plus de six ans.") % {"value": cell[:30]})
    return born


def section_in(cell: str) -> str:
    """Raises ValueError."""
    found = _SECTIONS.get(without_accents(cell).casefold())
    if found is None:
        raise ValueError(_("« %(value)s » n’est pas une section : bébés, moyens ou grands.") % {"value": cell[:30]})
    return found.value


def half_days_in(cell: str) -> list[str]:
    """« lundi, mardi matin, jeudi »; « tous » is the whole week. Raises ValueError."""
    text = without_accents(cell).casefold().replace("après", "apres")
    if text.strip() in ("tous", "semaine"):
        return list(HALF_DAYS)
    found: set[str] = set()
    for part in filter(None, (one.strip() for one in re.split(r"[,;+|]", text))):
        found.update([part] if part in HALF_DAYS else _one_day(part, cell))
    if not found:
        raise ValueError(_("aucune demi-journée."))
    return [day for day in HALF_DAYS if day in found]


def _one_day(part: str, cell: str) -> list[str]:
    words = re.sub(r"apres[ -]midi", "apres-midi", part).split()
    day = next((n for n in range(5) if words[0].rstrip(".") in (_DAYS[n], _SHORT[n])), None)
    half = _HALVES.get(words[1], "") if len(words) == 2 else None
    if day is None or half == "" or len(words) > 2:
        raise ValueError(
            _("« %(value)s » : écrivez « lundi », « mardi matin » ou « jeudi après-midi », séparés par des virgules.")
            % {"value": cell[:60]}
        )
    both = HALF_DAYS[2 * day : 2 * day + 2]
    return [one for one in both if half is None or one.endswith(half)]


def hours_in(cell: str) -> float:
    """Raises ValueError."""
    if not re.fullmatch(r"\d{1,2}([.,]\d)?", cell) or not 0 < float(cell.replace(",", ".")) <= 60:
        raise ValueError(_("« %(value)s » n’est pas un nombre d’heures par semaine.") % {"value": cell[:30]})
    return float(cell.replace(",", "."))


def yes_in(cell: str) -> bool:
    """Raises ValueError."""
    answers = {"oui": True, "1": True, "non": False, "0": False}
    if cell.casefold() not in answers:
        raise ValueError(_("« %(value)s » : attendu « oui » ou « non ».") % {"value": cell[:30]})
    return answers[cell.casefold()]


def half_days_out(half_days: Iterable[str]) -> str:
    """As `half_days_in` reads them."""
    there = set(half_days)
    parts = []
    for number, name in enumerate(_DAYS):
        halves = [day for day in HALF_DAYS[2 * number : 2 * number + 2] if day in there]
        if len(halves) == 2:
            parts.append(name)
        elif halves:
            parts.append(f"{name} {'matin' if halves[0].endswith('am') else 'après-midi'}")
    return ", ".join(parts)


def section_out(section: str) -> str:
    return _SECTION_WORDS[Section(section)] if section else ""
