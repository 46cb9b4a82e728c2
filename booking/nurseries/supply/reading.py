"""From the rows that staff keep to the limits of a round: the one reading for forecast, public page, round and week."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from booking.nurseries import capacity
from booking.nurseries.capacity import MONTHS_AHEAD, Band, Horizon, months_from
from booking.nurseries.enums import HALF_DAYS, SECTION_FROM, CountedBy, Section
from booking.nurseries.models import HeldBack, Nursery, NurseryOpening, NurseryQuerySet, PresentChild


def month_of(day: date) -> str:
    """« 2027-09 »."""
    return f"{day:%Y-%m}"


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def horizon(first: str | None = None, count: int = MONTHS_AHEAD) -> Horizon:
    """`count` months from `first` (2027-09) on; from the current one where none is given. Bands read as people do."""
    first = first or month_of(timezone.localdate())
    bands = [Band(section.value, SECTION_FROM[section], str(section.label)) for section in Section]
    return Horizon(months_from(first, count), HALF_DAYS, bands)


def with_supply(nurseries: NurseryQuerySet, *, since: str | None = None) -> NurseryQuerySet:
    """With all that `capacity_of` reads, in four statements. Children who left before `since` are left out."""
    begin = first_day(since or month_of(timezone.localdate()))
    children = PresentChild.objects.exclude(last_month__lt=begin)
    return nurseries.select_related("facility__municipality", "facility__operator").prefetch_related(
        Prefetch("openings", NurseryOpening.objects.order_by("first_month")),
        Prefetch("held_back", HeldBack.objects.order_by("first_month", "pk")),
        Prefetch("children", children.order_by("number")),
    )


def names_of(nurseries: Iterable[Nursery]) -> dict[int, str]:
    """What each nursery is called in a round: its name, with its town where another one is called so."""
    nurseries = list(nurseries)
    names = [nursery.facility.name for nursery in nurseries]
    return {
        one.pk: f"{one.facility.name} ({one.facility.municipality.name})"
        if names.count(one.facility.name) > 1
        else one.facility.name
        for one in nurseries
    }


def capacity_of(nursery: Nursery, name: str = "") -> capacity.Nursery:
    """A nursery read `with_supply`, as the pure `capacity` reckons it. `name` stands in refusals."""
    return capacity.Nursery(
        name=name or nursery.facility.name,
        openings=[opening_of(row) for row in nursery.openings.all()],
        held_back=[held_back_of(row) for row in nursery.held_back.all()],
        there=[child_of(row) for row in nursery.children.all()],
        hours={"am": _number(nursery.morning_hours), "pm": _number(nursery.afternoon_hours)},
        guaranteed=nursery.guaranteed_places if nursery.guaranteed_counted_by == CountedBy.NURSERY else 0,
    )


def opening_of(row: NurseryOpening) -> capacity.Opening:
    return capacity.Opening(
        since=month_of(row.first_month),
        until=_last(row.last_month),
        authorised=row.authorised,
        overshoot=row.overshoot,
        sections=row.sections,
        adults=row.adults,
    )


def held_back_of(row: HeldBack) -> capacity.HeldBack:
    return capacity.HeldBack(
        places=row.places,
        until=month_of(row.last_month),
        since=month_of(row.first_month),
        half_days=frozenset(row.half_days) or None,
    )


def child_of(row: PresentChild) -> capacity.ChildThere:
    return capacity.ChildThere(
        number=row.number,
        born=month_of(row.born),
        half_days=frozenset(row.half_days),
        until=_last(row.last_month),
        week_hours=_number(row.week_hours) if row.week_hours is not None else None,
        is_guaranteed=row.is_guaranteed,
        band=row.section,
    )


def _last(month: date | None) -> str | None:
    return month_of(month) if month else None


def _number(value: Any) -> float:
    """Whole hours as whole numbers: a stored round reads 5, not 5.0."""
    number = float(value)
    return int(number) if number.is_integer() else number


def facilities(
    nurseries: Sequence[Nursery], ahead: Horizon, guaranteed: Mapping[int, int] | None = None
) -> dict[str, dict[str, Any]]:
    """The `facilities` of a round of the contract, by name (`names_of`). Nurseries are read `with_supply`.

    `guaranteed`: the missing places by key as staff have settled them; what `guaranteed_missing` proposes otherwise.
    Raises Contradiction.
    """
    names = names_of(nurseries)
    missing = guaranteed_missing(nurseries, ahead) if guaranteed is None else guaranteed
    return {names[one.pk]: ahead.limits(capacity_of(one, names[one.pk]), missing.get(one.pk, 0)) for one in nurseries}


def guaranteed_missing(nurseries: Sequence[Nursery], ahead: Horizon) -> dict[int, int]:
    """Guaranteed places that are owed and that nobody has, by key of the nursery, read `with_supply`.

    Where the operator counts them over its nurseries, what is missing in all is spread by their size; staff may change
    it when they freeze a round. Only nurseries that are given are counted.
    """
    missing: dict[int, int] = {}
    of_operators: dict[int, list[Nursery]] = {}
    for one in nurseries:
        if one.guaranteed_counted_by == CountedBy.OPERATOR:
            of_operators.setdefault(one.facility.operator_id, []).append(one)
        else:
            missing[one.pk] = ahead.guaranteed_missing(capacity_of(one))
    for theirs in of_operators.values():
        owed = sum(one.guaranteed_places for one in theirs)
        shares = capacity.operator_missing([capacity_of(one, str(one.pk)) for one in theirs], owed, ahead)
        missing |= {one.pk: shares[str(one.pk)] for one in theirs}
    return missing
