"""The sentences families read, one for each wish (contract of the allocation, section 5), in the active language.

Made from a round and its answer alone. What others than the family may read, the points of the last admitted, stands
in `thresholds`: only where at least five children were admitted by their points in that section.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.nurseries.calendar_words import from_month, in_month, say_date, say_days, say_half_day
from municipalities.exceptions import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Mapping[str, Any]
#: Fewer admitted children than this would tell the points of one of them.
ENOUGH_TO_TELL = 5


class Undecided(Refusal):
    """Claims are contested: the commission decides before anything is sent."""

    code = "undecided"

    def __init__(self) -> None:
        super().__init__(_("La commission doit encore décider des places contestées : rien n’est envoyé avant."))


@dataclass(frozen=True)
class Line:
    """What a family reads of one wish."""

    facility: str
    answer: str
    sentence: str


def explain(round: Json, answer: Json, child: str, *, drawn_on: date | None = None) -> list[Line]:
    """One line for each wish of a child, in the order of its wishes; `drawn_on`: the day of the public draw.

    Raises Undecided while anything is contested.
    """
    if answer["contested"]:
        raise Undecided
    given = answer["wishes"][child]
    wishes = round["children"][child]["wishes"]
    order = [*wishes, *(facility for facility in given if facility not in wishes)]
    return [
        Line(facility, given[facility]["answer"], _sentence(answer, child, facility, given[facility], drawn_on))
        for facility in order
    ]


def _sentence(answer: Json, child: str, facility: str, given: Json, drawn_on: date | None) -> str:
    kind = given["answer"]
    if kind in ("obtained", "locked"):
        return _place(facility, answer["seats"][child], given.get("reason"))
    if kind == "better_wish":
        return _("Non examiné : un vœu mieux classé est obtenu.")
    if kind == "not_served":
        if given.get("together"):
            return _("Aucune place n’y convient à vos enfants ensemble.")
        return _("Fermé le %(half_day)s.") % {"half_day": say_half_day(given["half_day"])}
    if kind in ("excluded", "locked_elsewhere"):
        return _("La commission a décidé : %(reason)s.") % {"reason": given["reason"].rstrip(".")}
    return " ".join(_full(given, drawn_on))


def _place(facility: str, seat: Json, reason: str | None) -> str:
    facts = {"place": facility, "days": say_days(seat["half_days"]), "from_month": from_month(seat["start"])}
    if seat["route"] == "kept":
        return _("Place gardée : %(place)s, %(days)s.") % facts
    if reason is None:
        return _("Place proposée : %(place)s, %(days)s, %(from_month)s.") % facts
    facts["reason"] = reason.rstrip(".")
    return (
        _("Place proposée : %(place)s, %(days)s, %(from_month)s, par décision de la commission : %(reason)s.") % facts
    )


def _full(given: Json, drawn_on: date | None) -> Iterator[str]:
    """Which limit, how much of it was there and taken, who was the last one admitted."""
    because = given["because"]
    yield LIMITS[because["limit"]](because, given["start"])
    if last := _last(given, drawn_on):
        yield last
    if others := len(given["also_full"]):
        yield ngettext(
            "Une autre possibilité que vous acceptiez (jours ou mois) y est complète aussi.",
            "%(number)d autres possibilités que vous acceptiez (jours ou mois) y sont complètes aussi.",
            others,
        ) % {"number": others}


def _when(because: Json, start: str) -> str:
    """A limit reached in the month asked for, or in a later month of the stay."""
    return from_month(start) if because["month"] == start else in_month(because["month"])


def _places(because: Json, start: str) -> str:
    return _("Complet le %(half_day)s %(when)s : %(counts)s.") % {
        "half_day": say_half_day(because["half_day"]),
        "when": _when(because, start),
        "counts": _counts(because),
    }


def _section(because: Json, start: str) -> str:
    return _("Complet le %(half_day)s dans la section « %(band)s » %(when)s : %(counts)s.") % {
        "half_day": say_half_day(because["half_day"]),
        "band": because["band"],
        "when": _when(because, start),
        "counts": _counts(because),
    }


def _counts(because: Json) -> str:
    free, taken, need = because["free"], because["taken"], because["need"]
    if not free:
        return _("aucune place libre")
    parts = [ngettext("%(number)d place libre", "%(number)d places libres", free) % {"number": free}]
    if taken:
        before = ngettext("%(number)d enfant passe avant", "%(number)d enfants passent avant", taken)
        parts.append(before % {"number": taken})
    if need > 1:
        parts.append(_("il en faut %(number)d") % {"number": need})
    return ", ".join(parts)


def _hours(because: Json, _start: str) -> str:
    left = because["free"] - because["taken"]
    return _("Il restait %(left)s h d’accueil par semaine %(when)s ; votre demande en compte %(need)s.") % {
        "left": _number(left),
        "when": in_month(because["month"]),
        "need": _number(because["need"]),
    }


def _adults(because: Json, start: str) -> str:
    return _("Le nombre d’adultes présents ne permet pas un enfant de cet âge de plus le %(half_day)s %(when)s.") % {
        "half_day": say_half_day(because["half_day"]),
        "when": _when(because, start),
    }


LIMITS: "Mapping[str, Callable[[Json, str], str]]" = {
    "places": _places,
    "section": _section,
    "hours": _hours,
    "adults": _adults,
}


def _last(given: Json, drawn_on: date | None) -> str:
    """How the last one admitted stands to this child. Points only of who was admitted by points."""
    because = given["because"]
    route = because["last_route"]
    if route is None:
        return ""
    if route != "open":
        return {
            "guaranteed": _("La dernière place est garantie par la loi."),
            "kept": _("La dernière place est déjà occupée."),
            "locked": _("La dernière place a été décidée par la commission."),
        }[route]
    facts = {"last": _number(because["last_points"]), "own": _number(given["points"])}
    if "tie" not in given:
        return _("Points du dernier admis : %(last)s ; les vôtres : %(own)s.") % facts
    tie = given["tie"]
    if tie["by"] == "complete_on":
        facts |= {
            "day": say_date(date.fromisoformat(tie["last"])),
            "your_day": say_date(date.fromisoformat(tie["own"])),
        }
        return _("À points égaux (%(own)s), dossier complet plus tôt : le %(your_day)s, l’autre le %(day)s.") % facts
    facts |= {"number": str(tie["last"]), "your_number": str(tie["own"])}
    if drawn_on is None:
        return _("À points égaux (%(own)s), tirage au sort publié : n° %(number)s ; vous : n° %(your_number)s.") % facts
    facts["day"] = say_date(drawn_on)
    return (
        _("À points égaux (%(own)s), tirage au sort publié du %(day)s : n° %(number)s ; vous : n° %(your_number)s.")
        % facts
    )


def _number(value: float | None) -> str:
    """A number as this language writes it, without needless decimals."""
    return number_format(value, use_l10n=True) if value is not None else ""


@dataclass(frozen=True)
class Threshold:
    """The points of the last one admitted in a section, for everybody to read. `points` is None where too few were."""

    facility: str
    band: str
    admitted: int
    points: float | None


def thresholds(round: Json, answer: Json) -> list[Threshold]:
    """By nursery and section, of the children admitted by their points; the section is that of their first month."""
    admitted: dict[tuple[str, str], list[float]] = {}
    together = [group["children"] for group in round.get("together", [])]
    for child, seat in answer["seats"].items():
        if seat["route"] != "open":
            continue
        siblings = next((group for group in together if child in group), [child]) if seat["together"] else [child]
        points = min(_points(round, name, seat["facility"]) for name in siblings if name in answer["seats"])
        band = _band(round, child, seat["start"])
        admitted.setdefault((seat["facility"], band), []).append(points)
    return [
        Threshold(facility, band, len(points), min(points) if len(points) >= ENOUGH_TO_TELL else None)
        for (facility, band), points in sorted(admitted.items())
    ]


def _points(round: Json, child: str, facility: str) -> float:
    request = round["children"][child]
    points: float = request["points"] + request.get("bonus", {}).get(facility, 0)
    return points


def _band(round: Json, child: str, start: str) -> str:
    bands: str | Sequence[str] = round["children"][child]["bands"]
    return bands if isinstance(bands, str) else bands[round["months"].index(start)]
