"""Drafting grids of prices and publishing them for good."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Adjustment, PriceRow, Tariff, TariffGrid
from booking.activities.tariffs.queries import holes_of, operators_planned_by
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember

#: Raised by the database's own guard over what is published.
PUBLISHED = "a_published_grid_never_changes"


class NotYourPrices(Refusal):
    code = "not_your_prices"
    sentence = _("Vous ne fixez pas les tarifs de ce gestionnaire.")


class PublishedForGood(Refusal):
    code = "published_for_good"
    sentence = _("Cette grille est publiée : elle ne change plus. Préparez-en une nouvelle, à partir de sa date.")


class NotReady(Refusal):
    code = "grid_not_ready"
    sentence = _("Cette grille ne contient aucun prix.")


class Undecided(Refusal):
    code = "grid_undecided"
    sentence = _("Indiquez la décision qui fixe ces tarifs avant de les publier.")


class BeginsInThePast(Refusal):
    code = "grid_begins_in_the_past"
    sentence = _("Une grille ne peut pas commencer avant aujourd’hui : ce qui a été vendu ne change plus de prix.")


class HasHoles(Refusal):
    code = "grid_has_holes"
    sentence = _("Des cas n’ont pas de prix. Complétez la grille, ou cochez que vous la publiez ainsi.")


class MeetsAnother(Refusal):
    code = "grid_meets_another"
    sentence = _("Quelqu’un vient d’enregistrer la même chose, ou un prix pour une partie des mêmes cas.")


@contextmanager
def _change(grid: TariffGrid, by: StaffMember) -> Iterator[None]:
    """A change of one grid, by somebody who may. Raises a Refusal whatever the database says."""
    if not operators_planned_by(by).filter(pk=grid.operator_id).exists():
        raise NotYourPrices
    try:
        with patient_transaction(by=by):
            yield
    except IntegrityError as error:
        if refused_by(error, PUBLISHED):
            raise PublishedForGood from error
        raise MeetsAnother from error


def save_grid(*, grid: TariffGrid, like: TariffGrid | None = None, by: StaffMember) -> TariffGrid:
    """Create or change a draft, from a validated instance; a new one may begin with the prices of another."""
    is_new = grid.pk is None
    with _change(grid, by):
        grid.save()
        if is_new and like is not None:
            _copy(like, grid)
    return grid


def _copy(like: TariffGrid, grid: TariffGrid) -> None:
    for tariff in like.tariffs.prefetch_related("rows"):
        rows = list(tariff.rows.all())
        made = Tariff.objects.create(grid=grid, code=tariff.code, label=tariff.label)
        for row in rows:
            row.pk, row.tariff = None, made
        PriceRow.objects.bulk_create(rows)
    adjustments = list(like.adjustments.all())
    for adjustment in adjustments:
        adjustment.pk, adjustment.grid = None, grid
    Adjustment.objects.bulk_create(adjustments)


def discard_grid(*, grid: TariffGrid, by: StaffMember) -> None:
    with _change(grid, by):
        grid.delete()


def save_part(*, part: Tariff | PriceRow | Adjustment, by: StaffMember) -> None:
    """Create or change a tariff, a price or a reduction of a draft, from a validated instance."""
    with _change(_grid_of(part), by):
        part.save()


def remove_part(*, part: Tariff | PriceRow | Adjustment, by: StaffMember) -> None:
    with _change(_grid_of(part), by):
        part.delete()


def _grid_of(part: Tariff | PriceRow | Adjustment) -> TariffGrid:
    return part.tariff.grid if isinstance(part, PriceRow) else part.grid


def publish_grid(*, grid: TariffGrid, despite_holes: bool = False, by: StaffMember) -> TariffGrid:
    """From now on the grid is what people pay from its first day on, and nobody changes it any more.

    Cases without a price keep it from being published, unless whoever publishes has seen them and says so.
    Raises BeginsInThePast, HasHoles, NotReady, PublishedForGood, Undecided.
    """
    with _change(grid, by):
        TariffGrid.objects.select_for_update().get(pk=grid.pk)
        grid.refresh_from_db()
        if grid.is_published:
            raise PublishedForGood
        if not PriceRow.objects.filter(tariff__grid=grid).exists():
            raise NotReady
        if not grid.decision.strip():
            raise Undecided
        if grid.valid_from < timezone.localdate():
            raise BeginsInThePast
        if not despite_holes and holes_of(grid):
            raise HasHoles
        grid.published_at = timezone.now()
        grid.published_by = by
        grid.save(update_fields=["published_at", "published_by"])
    return grid
