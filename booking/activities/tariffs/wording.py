"""Prices, their cases and their lines as one says them, in the active language."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.activities.models import tariffs
from booking.activities.price_holes import Hole
from booking.activities.pricing import (
    Because,
    Kind,
    Line,
    Rate,
    Reduction,
    Remark,
    Residence,
    Row,
    Span,
    Status,
    Unit,
)
from booking.activities.tariffs.queries import PublishedGrid
from municipalities.wording import NBSP, say_euros


def say_unit(unit: Unit) -> str:
    return str(tariffs.Unit(unit.value).label)


def say_residence(residence: Residence) -> str:
    return str(tariffs.Residence(residence.value).label)


def say_status(status: Status) -> str:
    return str(tariffs.Status(status.value).label)


def say_ages(span: Span) -> str:
    """« de 6 à 12 ans », « à partir de 16 ans »; nothing for everybody."""
    if span.high is None:
        return _("à partir de %(age)d ans") % {"age": span.low} if span.low else ""
    if span.low == 0:
        return _("moins de %(age)d ans") % {"age": span.high}
    if span.high == span.low + 1:
        return _("%(age)d ans") % {"age": span.low}
    return _("de %(first)d à %(last)d ans") % {"first": span.low, "last": span.high - 1}


def say_quotients(span: Span) -> str:
    """« quotient de 501 à 1 000 »; nothing where it is not looked at."""
    low, high = (number_format(n, use_l10n=True, force_grouping=True) for n in (span.low, (span.high or 1) - 1))
    if span.high is None:
        return _("quotient à partir de %(low)s, ou sans attestation") % {"low": low} if span.low else ""
    if span.low == 0:
        return _("quotient jusqu’à %(high)s") % {"high": high}
    return _("quotient de %(low)s à %(high)s") % {"low": low, "high": high}


def say_ranks(span: Span) -> str:
    """« 2e enfant », « à partir du 3e enfant »; nothing for all."""
    if span.high is None:
        return _("à partir de l’enfant n° %(rank)d") % {"rank": span.low} if span.low > 1 else ""
    if span.high == span.low + 1:
        return _("enfant n° %(rank)d de la famille") % {"rank": span.low}
    return _("enfants n° %(first)d à %(last)d") % {"first": span.low, "last": span.high - 1}


def say_case(row: Row | Hole) -> str:
    """For whom: residence, status, ages, quotient, rank, as far as they matter."""
    said = [
        say_residence(row.residence) if row.residence != Residence.ANY else "",
        say_status(row.status) if row.status != Status.ANY else "",
        say_ages(row.ages),
        say_quotients(row.quotients),
        say_ranks(row.ranks),
    ]
    return ", ".join(part for part in said if part) or _("pour tous")


def say_price(row: Row) -> str:
    """« 90 € », or « 8 % du quotient, de 40 € à 160 € »."""
    if not isinstance(row.price, Rate):
        return say_euros(row.price)
    share = row.price.share * 100
    percent = number_format(float(share), decimal_pos=0 if share.denominator == 1 else 2, use_l10n=True)
    return _("%(percent)s %% du quotient, de %(floor)s à %(cap)s") % {
        "percent": percent,
        "floor": say_euros(row.price.floor),
        "cap": say_euros(row.price.cap),
    }


def say_reduction(reduction: Reduction, labels: Mapping[str, object] | None = None) -> str:
    """« −20 %, enfant n° 2 d’une même famille, École de natation »; by codes, as staff type them, without `labels`."""
    low, high = reduction.ranks.low, reduction.ranks.high
    if reduction.because == Because.SIBLING:
        one, more = _("enfant n° %(rank)d d’une même famille"), _("à partir de l’enfant n° %(rank)d d’une même famille")
    else:
        one, more = (
            _("activité n° %(rank)d d’une même personne"),
            _("à partir de l’activité n° %(rank)d d’une même personne"),
        )
    who = (one if high == low + 1 else more) % {"rank": low}
    parts = [who]
    if reduction.codes:
        parts.append(", ".join(sorted(str((labels or {}).get(code, code)) for code in reduction.codes)))
    if reduction.unit is not None:
        parts.append(say_unit(reduction.unit))
    return f"−{reduction.percent}{NBSP}%, {', '.join(parts)}"


def say_line(line: Line) -> str:
    """What a line of a price is for."""
    said = {
        Kind.PRICE: _("Tarif"),
        Kind.SIBLING: _("Enfant n° %(out_of)d de la famille, −%(of)d %%"),
        Kind.SECOND_ACTIVITY: _("Activité n° %(out_of)d, −%(of)d %%"),
        Kind.PRO_RATA: ngettext(
            "Il reste %(of)d séance sur %(out_of)d", "Il reste %(of)d séances sur %(out_of)d", line.of
        ),
        Kind.CREDIT: _("Avoir utilisé"),
    }[line.kind]
    return said % {"of": line.of, "out_of": line.out_of}


def say_remark(remark: Remark) -> str:
    return {
        Remark.TOP_BAND: _("Sans attestation de quotient, le tarif le plus élevé s’applique."),
        Remark.OLD_PAPER: _("Le justificatif date de plus de trois mois : le plein tarif s’applique."),
        Remark.NO_PROOF: _(
            "Sans justificatif de domicile valable vu à la piscine, le tarif des autres communes s’applique."
        ),
    }[remark]


@dataclass(frozen=True)
class PriceList:
    """The prices of one tariff, as a table of the public page."""

    label: str
    unit: str
    lines: tuple[tuple[str, str], ...]


def price_lists(found: PublishedGrid) -> list[PriceList]:
    """A grid tariff by tariff: (for whom, how much)."""
    rows: dict[tuple[str, Unit], list[Row]] = defaultdict(list)
    for row in found.grid.rows:
        rows[row.code, row.unit].append(row)
    lists = [
        PriceList(
            str(found.labels[code]), say_unit(unit), tuple((say_case(row), say_price(row)) for row in in_order(some))
        )
        for (code, unit), some in rows.items()
    ]
    return sorted(lists, key=lambda one: (one.label, one.unit))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Residents first, then as one counts: ages, ranks, quotients."""
    residences, statuses = list(Residence), list(Status)
    return sorted(
        rows,
        key=lambda row: (
            residences.index(row.residence),
            statuses.index(row.status),
            row.ages.low,
            row.ranks.low,
            row.quotients.low,
        ),
    )
