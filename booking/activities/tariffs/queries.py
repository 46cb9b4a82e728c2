"""Grids of prices as pricing reads them, and what they cost from the cheapest case to the dearest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from booking.activities import pricing
from booking.activities.models import Adjustment, Group, PriceRow, TariffGrid
from booking.activities.models.tariffs import WHOLE_RATE
from booking.activities.price_holes import Hole, Need, holes
from booking.activities.pricing import Grid, Rate, Reduction, Residence, Row, Span, Status, Unit
from municipalities.database.cached import cached_until_changed
from municipalities.enums import FacilityKind
from municipalities.languages import Translated
from municipalities.models import Facility, Operator, StaffMember

#: Months.
YEAR = 12
#: What `as_grid` reads, to prefetch.
GRID_PARTS = ("tariffs__rows__tariff", "adjustments")


@dataclass(frozen=True)
class PriceSpan:
    """From the cheapest case to the dearest, in cents, before any reduction of a household."""

    least: int
    most: int


def operators_planned_by(staff: StaffMember) -> QuerySet[Operator]:
    """Operators whose prices this person sets: of facilities whose offer they plan."""
    return Operator.objects.filter(facilities__in=Facility.objects.offer_planned_by(staff)).distinct()


def pool_operators_planned_by(staff: StaffMember) -> QuerySet[Operator]:
    """Those among them that run a pool, by name."""
    pools = Facility.objects.offer_planned_by(staff).filter(kind=FacilityKind.POOL)
    return Operator.objects.filter(facilities__in=pools).distinct().order_by("name")


def as_row(row: PriceRow) -> Row:
    price: int | Rate
    if row.cents is not None:
        price = row.cents
    else:
        price = Rate(Fraction(row.rate or 0, WHOLE_RATE), row.floor or 0, row.cap or 0)
    return Row(
        row.tariff.code,
        Unit(row.unit),
        price,
        Residence(row.residence),
        Status(row.status),
        Span(row.age_from, row.age_below),
        Span(row.quotient_from, row.quotient_below),
        Span(row.rank_from, row.rank_below),
    )


def as_reduction(adjustment: Adjustment) -> Reduction:
    return Reduction(
        pricing.Because(adjustment.because),
        adjustment.percent,
        Span(adjustment.rank_from, adjustment.rank_below),
        frozenset(adjustment.codes),
        Unit(adjustment.unit) if adjustment.unit else None,
    )


def as_grid(grid: TariffGrid) -> Grid:
    """The grid with its rows and reductions, in their order; prefetched with `GRID_PARTS` without further queries."""
    rows = sorted((row for tariff in grid.tariffs.all() for row in tariff.rows.all()), key=lambda row: row.pk)
    adjustments = sorted(grid.adjustments.all(), key=lambda one: one.position)
    return Grid(
        version=grid.name,
        valid_from=grid.valid_from,
        decision=grid.decision,
        rows=tuple(as_row(row) for row in rows),
        reductions=tuple(as_reduction(one) for one in adjustments),
        step=grid.step,
    )


@dataclass(frozen=True)
class PublishedGrid:
    """A version as everybody may read it: its prices, and what its tariffs are called by code."""

    grid: Grid
    labels: Mapping[str, Translated]


@cached_until_changed
def published_grids() -> dict[int, list[PublishedGrid]]:
    """All published versions by operator, the latest first."""
    found: dict[int, list[PublishedGrid]] = defaultdict(list)
    for grid in TariffGrid.objects.published().prefetch_related(*GRID_PARTS).order_by("-valid_from"):
        labels = {tariff.code: tariff.label for tariff in grid.tariffs.all()}
        found[grid.operator_id].append(PublishedGrid(as_grid(grid), labels))
    return dict(found)


def grid_on(operator_id: int, day: date) -> PublishedGrid | None:
    """The grid of an operator that is in force on a day; None before the first."""
    versions = published_grids().get(operator_id, [])
    return next((version for version in versions if version.grid.valid_from <= day), None)


def span_of(grid: Grid | None, code: str, unit: Unit, ages: Span) -> PriceSpan | None:
    """What a place costs somebody of these ages, from the cheapest case to the dearest; None without any price."""
    if grid is None:
        return None
    amounts = [
        amount
        for row in grid.rows
        if (row.code, row.unit) == (code, unit) and _meet(row.ages, ages)
        for amount in ((row.price.floor, row.price.cap) if isinstance(row.price, Rate) else (row.price,))
    ]
    if not amounts:
        return None
    least, most = (pricing.rounded(Fraction(amount), grid.step) for amount in (min(amounts), max(amounts)))
    return PriceSpan(least, most)


def _meet(one: Span, other: Span) -> bool:
    return (one.high is None or other.low < one.high) and (other.high is None or one.low < other.high)


def needs_of_rows(rows: Iterable[Row]) -> list[Need]:
    """What a grid seems to be for, by itself: everybody between the youngest and the oldest it has a price for."""
    ages: dict[tuple[str, Unit], list[Span]] = defaultdict(list)
    for row in rows:
        ages[row.code, row.unit].append(row.ages)
    return [
        Need(
            code,
            unit,
            min(span.low for span in spans),
            None if any(span.high is None for span in spans) else max(span.high or 0 for span in spans),
        )
        for (code, unit), spans in ages.items()
    ]


def needs_of_groups(grid: TariffGrid) -> list[Need]:
    """What is sold under a grid: the codes, units and ages of its operator's groups that meet on its days."""
    groups = Group.objects.filter(activity__season__operator=grid.operator_id, last_day__gte=grid.valid_from)
    sold = groups.order_by().values_list("tariff_code", "unit", "months_from", "months_below").distinct()
    return [
        Need(code, Unit(unit), first // YEAR, None if below is None else -(-below // YEAR))
        for code, unit, first, below in sold
    ]


def holes_of(grid: TariffGrid) -> list[Hole]:
    """Cases without a price, of what the grid prices itself and of what is sold under it."""
    found = as_grid(grid)
    return holes(found, [*needs_of_rows(found.rows), *needs_of_groups(grid)])
