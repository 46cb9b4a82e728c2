"""What a request counts for today, as its family reads it: line by line, and apart what still awaits its proof."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from booking.nurseries.models import NurseryApplication
from booking.nurseries.points.facts import scores_of, with_what_counts
from booking.nurseries.points.queries import Rules, rules_on
from booking.nurseries.reckoning import Line
from booking.nurseries.requests.for_round import nurseries_in_order
from booking.nurseries.supply.reading import names_of


@dataclass(frozen=True)
class PointsRow:
    """One line: what, and how many points."""

    label: str
    value: int


@dataclass(frozen=True)
class OwnPoints:
    """Of one child, by its number for the commission."""

    number: int
    total: int
    lines: Sequence[PointsRow]
    awaiting: Sequence[PointsRow]


def points_today(application: NurseryApplication) -> list[OwnPoints]:
    """As a round that is frozen now would count them, at the nurseries that are wished; none where no grid holds."""
    today = timezone.localdate()
    rules = rules_on(today)
    if rules is None:
        return []
    mine = NurseryApplication.objects.filter(pk=application.pk)
    (request,) = with_what_counts(mine).prefetch_related("wishes__nursery__facility__municipality", "towns")
    children = sorted((one for one in request.children.all() if one.is_live), key=lambda one: one.rank)
    wished = nurseries_in_order(request)
    names = names_of(wished)
    towns = {names[one.pk]: one.facility.municipality_id for one in wished}
    scores = scores_of(children, rules, names, towns, today)
    return [
        OwnPoints(child.number, score.total, _rows(rules, score.lines), _rows(rules, score.awaiting))
        for child in children
        for score in (scores[child.pk],)
    ]


def _rows(rules: Rules, lines: Iterable[Line]) -> list[PointsRow]:
    return [
        PointsRow(f"{rules.said(line)} ({line.nursery})" if line.nursery else rules.said(line), line.points)
        for line in lines
    ]
