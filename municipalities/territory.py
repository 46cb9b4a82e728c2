"""A territory's municipalities from a CSV file: read, judge every line, then load all of them or none.

The columns, in any order, as `lists` reads them:

    insee          code INSEE, the key                                       needed
    nom            name                                                      needed
    codes_postaux  one or several, separated by spaces                       needed
    lat, lon       degrees, WGS 84; a decimal comma is understood            needed
    siren          nine digits
    population     whole number; population_insee_cog or population_municipale_epci are read too
    adresse        address of the page, made from the name when missing
    telephone, courriel, site
    vendredi_saint oui or non: Good Friday is a holiday there (law of Alsace-Moselle); oui when missing

Other columns are ignored and named in the report. A municipality that exists already (same code INSEE) is brought up to
date; its colours, texts and people stay. One that is missing from the file stays too, and is named.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _

from municipalities import lists
from municipalities.database.transactions import patient_transaction
from municipalities.lists import Problem, read_list
from municipalities.models import Municipality

NEEDED = ("insee", "nom", "codes_postaux", "lat", "lon")
OPTIONAL = ("siren", "population", "adresse", "telephone", "courriel", "site", "vendredi_saint")
#: Other names a column may have; the first one present is read.
ALSO_CALLED = {"population": ("population_insee_cog", "population_municipale_epci")}
#: From the middle of a territory to its farthest town; the widest ones of France reach half a degree.
WIDEST_DEGREES = 1.5
METROPOLITAN_FRANCE = ((41.0, 51.5), (-5.5, 10.0))


@dataclass
class Reading:
    """A file as read: the fields of each municipality, and what to say about it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """Names, in the order of the file."""

    created: list[str]
    changed: list[str]
    unchanged: list[str]
    absent: list[str]


def read_territory(content: bytes) -> Reading:
    """Read and judge a whole file. Touches no database; never raises for what the file holds."""
    found = read_list(content, needed=NEEDED, optional=OPTIONAL, also_called=ALSO_CALLED)
    reading = Reading(remarks=found.remarks)
    _judge(found, reading)
    reading.problems = found.in_order()
    if not reading.problems and not reading.rows:
        reading.problems.append(Problem(0, "", _("Le fichier ne contient aucune commune.")))
    return reading


def load_territory(reading: Reading, *, apply: bool, **defaults: Any) -> Outcome:
    """Compare with the database and, with `apply`, write everything in one transaction.

    `defaults` are further fields of municipalities that are created. Raises ValueError for a reading with problems.
    """
    if reading.problems:
        raise ValueError("a file with problems is not loaded")
    with patient_transaction():
        known = {m.insee_code: m for m in Municipality.objects.select_for_update().order_by("pk")}
        slugs = {m.slug: code for code, m in known.items()}
        outcome = Outcome([], [], [], [])
        for row in reading.rows:
            code, fields = row["insee_code"], dict(row)
            found = known.get(code)
            if found is None:
                fields["slug"] = _free_slug(fields, slugs)
                slugs[fields["slug"]] = code
                outcome.created.append(fields["name"])
                if apply:
                    Municipality.objects.create(**defaults | fields)
                continue
            if slugs.get(fields.get("slug", ""), code) != code:
                del fields["slug"]
            differing = [name for name, value in fields.items() if getattr(found, name) != value]
            (outcome.changed if differing else outcome.unchanged).append(fields["name"])
            if differing and apply:
                for name in differing:
                    setattr(found, name, fields[name])
                found.save(update_fields=differing)
        in_file = {row["insee_code"] for row in reading.rows}
        outcome.absent.extend(sorted(m.name for code, m in known.items() if code not in in_file))
    return outcome


def _judge(found: lists.Reading, reading: Reading) -> None:
    numbers: list[int] = []
    seen: dict[tuple[str, str], int] = {}
    for line in found.lines:
        row: dict[str, Any] = {}
        before = len(found.problems)
        for column, cell in line.cells.items():
            try:
                row |= PARSERS[column](cell)
            except ValueError as error:
                found.wrong(line.number, column, str(error))
            else:
                if column == "telephone" and (mended := _with_its_zero(cell)):
                    said = _("« %(value)s » est lu %(mended)s : le tableur avait ôté le zéro.")
                    said %= {"value": cell, "mended": mended}
                    reading.remarks.append(str(Problem(line.number, column, said)))
        for column, key in (("insee", "insee_code"), ("adresse", "slug")):
            value = row.get(key)
            if value and (first := seen.setdefault((key, value), line.number)) != line.number:
                sentence = _("« %(value)s » est déjà à la ligne %(line)d.") % {"value": value, "line": first}
                found.wrong(line.number, column, sentence)
        if len(found.problems) == before:
            reading.rows.append(row)
            numbers.append(line.number)
    _judge_places(found, reading, numbers)


def _judge_places(found: lists.Reading, reading: Reading, numbers: list[int]) -> None:
    """A town that lies far from the others, or from its country, has most often had its two degrees exchanged."""
    if not reading.rows:
        return
    middle = [median(row[key] for row in reading.rows) for key in ("latitude", "longitude")]
    for number, row in zip(numbers, list(reading.rows), strict=True):
        here = (row["latitude"], row["longitude"])
        if _may_lie(row["insee_code"], here, middle):
            continue
        if _may_lie(row["insee_code"], here[::-1], middle) or _may_lie(row["insee_code"], here[::-1], list(here[::-1])):
            sentence = _("latitude et longitude semblent échangées.")
        else:
            sentence = _("cette commune serait loin des autres, ou hors de son pays.")
        found.wrong(number, "lat", sentence)


def _may_lie(insee: str, place: tuple[float, ...], middle: list[float]) -> bool:
    """Near the middle of the territory and, unless the code is one of overseas, in metropolitan France."""
    is_near = all(abs(one - other) <= WIDEST_DEGREES for one, other in zip(place, middle, strict=True))
    in_france = all(low <= one <= high for one, (low, high) in zip(place, METROPOLITAN_FRANCE, strict=True))
    return is_near and (in_france or insee.startswith(("97", "98")))


def _free_slug(fields: dict[str, Any], taken: dict[str, str]) -> str:
    wanted = fields.get("slug") or slugify(fields["name"])[:54] or fields["insee_code"].lower()
    return wanted if wanted not in taken else f"{wanted}-{fields['insee_code'].lower()}"


def _figures(value: str) -> str:
    """A number that a spreadsheet has written its own way: spaces between thousands, `.0` at the end, an apostrophe.

    Raises ValueError where it has rounded: the figures are lost.
    """
    if re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+", value):
        raise ValueError(
            _("« %(value)s » a été arrondi par le tableur : mettez la colonne au format « Texte ».") % {"value": value}
        )
    return re.sub(r"[.,]0+$", "", re.sub(r"[\s’']", "", value))


def _insee(value: str) -> dict[str, Any]:
    code = _figures(value.upper()) if not re.match(r"2[AB]", value.upper()) else value.upper()
    if len(code) == 4 and code.isdigit():
        raise ValueError(_("« %(value)s » a quatre chiffres : le zéro du début s’est-il perdu ?") % {"value": value})
    if not re.fullmatch(r"([0-9]{2}|2[AB])[0-9]{3}", code):
        raise ValueError(
            _("« %(value)s » n’est pas un code INSEE (cinq caractères, par exemple 68224).") % {"value": value}
        )
    return {"insee_code": code}


def _name(value: str) -> dict[str, Any]:
    value = " ".join(value.split())
    if not value:
        raise ValueError(_("le nom manque."))
    if len(value) > 80 or not value.isprintable():
        raise ValueError(_("ce nom est trop long ou contient des caractères invisibles."))
    return {"name": value}


def _postal_codes(value: str) -> dict[str, Any]:
    codes = [_figures(code) for code in re.split(r"[\s/|]+", value)]
    if any(re.fullmatch(r"[0-9]{4}", code) for code in codes):
        raise ValueError(_("« %(value)s » a quatre chiffres : le zéro du début s’est-il perdu ?") % {"value": value})
    if not all(re.fullmatch(r"[0-9]{5}", code) for code in codes):
        raise ValueError(_("« %(value)s » n’est pas une liste de codes postaux à cinq chiffres.") % {"value": value})
    return {"postal_codes": codes}


def _degrees(key: str, limit: int) -> Callable[[str], dict[str, Any]]:
    def parse(value: str) -> dict[str, Any]:
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            number = float("nan")
        if not -limit <= number <= limit:
            raise ValueError(
                _("« %(value)s » n’est pas un nombre de degrés entre -%(limit)d et %(limit)d.")
                % {"value": value, "limit": limit}
            )
        return {key: number}

    return parse


def _siren(value: str) -> dict[str, Any]:
    digits = _figures(value)
    if value and not re.fullmatch(r"[0-9]{9}", digits):
        raise ValueError(_("« %(value)s » n’est pas un SIREN (neuf chiffres).") % {"value": value})
    return {"siren": digits}


def _population(value: str) -> dict[str, Any]:
    digits = _figures(value) or "0"
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise ValueError(_("« %(value)s » n’est pas un nombre d’habitants.") % {"value": value})
    return {"population": int(digits)}


def _slug(value: str) -> dict[str, Any]:
    if value and (value != slugify(value) or len(value) > 60):
        raise ValueError(
            _("« %(value)s » ne peut pas être une adresse : minuscules, chiffres, tirets.") % {"value": value}
        )
    return {"slug": value} if value else {}


def _with_its_zero(value: str) -> str:
    """A French number without its first digit, as a spreadsheet leaves it, mended; nothing where none is missing."""
    figures = _figures(value)
    return f"0{figures}" if re.fullmatch(r"[1-9][0-9]{8}", figures) else ""


def _phone(value: str) -> dict[str, Any]:
    value = " ".join(value.lstrip("'’").split())
    if re.fullmatch(r"33[1-9][0-9]{8}", _figures(value)):
        value = f"+{_figures(value)}"  # a spreadsheet takes the sign for that of a number
    value = _with_its_zero(value) or value
    if len(value) > 20 or not re.fullmatch(r"[0-9+ .()-]*", value):
        raise ValueError(_("« %(value)s » n’est pas un numéro de téléphone.") % {"value": value})
    return {"phone": value}


def _checked(
    key: str, validator: Callable[[Any], None], sentence: Callable[[str], str]
) -> Callable[[str], dict[str, Any]]:
    def parse(value: str) -> dict[str, Any]:
        try:
            if value:
                validator(value)
        except ValidationError as error:
            raise ValueError(sentence(value)) from error
        return {key: value}

    return parse


def _yes_or_no(value: str) -> dict[str, Any]:
    answers = {"": True, "oui": True, "1": True, "non": False, "0": False}
    if value.lower() not in answers:
        raise ValueError(_("« %(value)s » : attendu « oui » ou « non ».") % {"value": value})
    return {"good_friday_is_holiday": answers[value.lower()]}


PARSERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "insee": _insee,
    "nom": _name,
    "codes_postaux": _postal_codes,
    "lat": _degrees("latitude", 90),
    "lon": _degrees("longitude", 180),
    "siren": _siren,
    "population": _population,
    "adresse": _slug,
    "telephone": _phone,
    "courriel": _checked(
        "email", EmailValidator(), lambda v: _("« %(value)s » n’est pas une adresse de courriel.") % {"value": v}
    ),
    "site": _checked(
        "website",
        URLValidator(schemes=["https", "http"]),
        lambda v: _("« %(value)s » n’est pas l’adresse d’un site.") % {"value": v},
    ),
    "vendredi_saint": _yes_or_no,
}
