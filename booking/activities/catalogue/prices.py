"""The prices of the pools as everybody may read and print them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.activities.tariffs.queries import PublishedGrid, grid_on, published_grids
from booking.activities.tariffs.wording import PriceList, price_lists, say_reduction
from municipalities.directory import facilities
from municipalities.models import Operator


@dataclass(frozen=True)
class Version:
    """A grid of the public page, as it is printed."""

    found: PublishedGrid
    lists: list[PriceList]
    reductions: list[str]


@dataclass(frozen=True)
class Prices:
    operator: Operator
    versions: list[Version]


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """Every operator's prices: the grid in force, and those that are to come."""
    today = timezone.localdate()
    operators = {facility.operator_id: facility.operator for facility in facilities().values()}
    lists = []
    for operator_id, found in published_grids().items():
        current = grid_on(operator_id, today)
        shown = [one for one in found if one is current or one.grid.valid_from > today]
        versions = [
            Version(one, price_lists(one), [say_reduction(reduction, one.labels) for reduction in one.grid.reductions])
            for one in reversed(shown)
        ]
        if operator_id in operators and versions:
            lists.append(Prices(operators[operator_id], versions))
    lists.sort(key=lambda one: one.operator.name)
    return render(request, "catalogue/prices.html", {"operators": lists})
