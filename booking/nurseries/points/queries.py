"""Grids as reckoning reads them, whichever is in force, and what a draft would do to the requests of today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from booking.nurseries import reckoning
from booking.nurseries.models import Criterion, PointsGrid, TownPoints
from booking.nurseries.reckoning import OWN_TOWN
from municipalities.database.cached import cached_until_changed

#: What `criteria_of` reads, to prefetch.
GRID_PARTS = ("criteria__options",)


@dataclass(frozen=True)
class Rules:
    """One grid: what it reckons by, and what its codes are called."""

    grid: PointsGrid
    criteria: tuple[reckoning.Criterion, ...]

    def said(self, line: reckoning.Line) -> str:
        """A line as one reads it: « Situation des parents : tous travaillent », in the active language."""
        if line.code == OWN_TOWN:
            return _("Habite la commune de la crèche")
        row = self._rows.get(line.code)
        if row is None:
            return line.code
        option = next((str(one.label) for one in row.options.all() if one.code == line.value), "")
        said = str(row.label)
        if option:
            return _("%(criterion)s : %(answer)s") % {"criterion": said, "answer": option}
        if row.kind == reckoning.Kind.COUNTED:
            return _("%(criterion)s (× %(answer)s)") % {"criterion": said, "answer": line.value}
        return said

    @property
    def _rows(self) -> Mapping[str, Criterion]:
        return {row.code: row for row in self.grid.criteria.all()}


def rules_of(grid: PointsGrid) -> Rules:
    return Rules(grid, tuple(as_criterion(row) for row in grid.criteria.all()))


def as_criterion(row: Criterion) -> reckoning.Criterion:
    return reckoning.Criterion(
        code=row.code,
        kind=reckoning.Kind(row.kind),
        points=row.points,
        options={option.code: option.points for option in row.options.all()},
        least=row.least,
        most=row.most,
        is_per_nursery=row.is_per_nursery,
        needs_proof=bool(row.proof),
        set_by=reckoning.SetBy(row.set_by),
        is_sensitive=row.is_sensitive,
        is_guaranteed=row.is_guaranteed,
    )


@cached_until_changed
def published_rules() -> list[Rules]:
    """All published versions, the latest first."""
    grids = PointsGrid.objects.published().prefetch_related(*GRID_PARTS).order_by("-valid_from")
    return [rules_of(grid) for grid in grids]


def rules_on(day: date) -> Rules | None:
    """The grid in force on a day; None before the first."""
    return next((one for one in published_rules() if one.grid.valid_from <= day), None)


@cached_until_changed
def _town_rows() -> list[tuple[int, date, int]]:
    rows = TownPoints.objects.order_by("-valid_from")
    return list(rows.values_list("municipality", "valid_from", "points"))


def town_points_on(day: date) -> dict[int, int]:
    """What each municipality (id) gives at its nurseries on a day."""
    found: dict[int, int] = {}
    for municipality, since, points in _town_rows():
        if since <= day:
            found.setdefault(municipality, points)
    return found


def own_town(home: int | None, nurseries: Mapping[str, int], day: date) -> dict[str, int]:
    """By nursery, the points of living in its municipality. `nurseries`: municipality (id) by name."""
    points = town_points_on(day).get(home, 0) if home is not None else 0
    return {name: points for name, municipality in nurseries.items() if municipality == home and points}
