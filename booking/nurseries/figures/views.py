"""Pages of figures for those who read them: each with how it is counted, its table, its drawing and its file."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries.figures import demand, occupancy, process
from booking.nurseries.figures.shapes import Figure
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.forms.fields import number_in
from municipalities.lists import file_of, write_list
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.rules import RIGHTS, Ability

#: Parts of the figures, by the last word of their address.
DEMAND, PROCESS, OCCUPANCY, OPERATORS = "demande", "suivi", "places", "gestionnaires"


def _authorities(staff: StaffMember) -> list[int]:
    if not rules.for_nurseries(staff, Ability.READ_FIGURES):
        raise Http404
    return list(staff.current_roles().authorities_with(*RIGHTS[Ability.READ_FIGURES]))


def _year(request: HttpRequest, years: list[int]) -> int:
    """The one that is asked for where there is one, the latest otherwise."""
    asked = number_in(request.GET.get(Param.YEAR, ""))
    return asked if asked in years else years[0]


def _month() -> date:
    """The day of which the demand is told, until the next month."""
    return timezone.localdate().replace(day=1)


def _figures(part: str, authorities: list[int], year: int) -> list[Figure]:
    if part == DEMAND:
        return demand.figures(demand.asking(authorities, _month()))
    if part == PROCESS:
        return process.figures(authorities, year, timezone.now())
    nurseries = occupancy.nurseries_of(authorities)
    if part == OCCUPANCY:
        return occupancy.figures(nurseries, year)
    return occupancy.by_operator(nurseries, process.rounds_of(authorities, year), year)


def _asked(request: HttpRequest, staff: StaffMember, part: str) -> tuple[list[Figure], dict[str, Any]]:
    authorities = _authorities(staff)
    parts = {
        DEMAND: _("Demande"),
        PROCESS: _("Réponses et équité"),
        OCCUPANCY: _("Places et taux"),
        OPERATORS: _("Gestionnaires"),
    }
    if part not in parts:
        raise Http404
    years = process.years_of(authorities) or [timezone.localdate().year]
    year = _year(request, years)
    context = {
        "parts": parts.items(),
        "part": part,
        "title": parts[part],
        "years": [(one, one == year) for one in years],
        "year": year,
        "told_of": _month() if part == DEMAND else None,
    }
    return _figures(part, authorities, year), context


@staff_page
def figures(request: HttpRequest, staff: StaffMember, part: str = DEMAND) -> HttpResponse:
    found, context = _asked(request, staff, part)
    return render_staff(request, staff, "figures/figures.html", context | {"figures": found})


@staff_page
def file(request: HttpRequest, staff: StaffMember, part: str) -> HttpResponse:
    """The tables of a page as CSV, with nothing in it that the page hides."""
    found, context = _asked(request, staff, part)
    when = f"{_month():%Y-%m-%d}" if context["told_of"] else context["year"]
    return file_of(write_list([context["title"]], _lines(found)), f"creches-{part}-{when}")


def _lines(found: Sequence[Figure]) -> Iterator[Sequence[object]]:
    """One figure below the other."""
    for one in found:
        yield []
        yield [one.title]
        yield [one.definition]
        yield [one.head, *one.columns]
        yield from ([row.name, *row.values] for row in one.rows)
        yield from ([note] for note in one.notes)
