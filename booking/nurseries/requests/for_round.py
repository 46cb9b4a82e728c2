"""A request as a round reads it: the keys of the allocation's contract, section 2, but for the points and the draw."""

from collections.abc import Callable
from typing import Any

from booking.nurseries.capacity import Horizon
from booking.nurseries.enums import CareKind, DocumentKind
from booking.nurseries.models import CareNeed, Nursery, NurseryApplication
from booking.nurseries.requests.days import last_month, month_of, sets_of, starts_within, week_hours

#: What `for_round` reads of a request, to prefetch: a freeze asks a thousand of them.
ROUND_PARTS = (
    "children__member",
    "children__need",
    "wishes__nursery__facility",
    "towns",
    "documents",
)


def _slug(nursery: Nursery) -> str:
    return str(nursery.facility.slug)


def of_towns(towns: frozenset[int]) -> list[Nursery]:
    """Nurseries of these municipalities, in the order in which they are asked for."""
    found = Nursery.objects.active().filter(facility__municipality__in=towns).select_related("facility__municipality")
    return list(found.order_by("facility__slug"))


def for_round(
    application: NurseryApplication,
    horizon: Horizon,
    name_of: Callable[[Nursery], str] = _slug,
    nurseries_of: Callable[[frozenset[int]], list[Nursery]] = of_towns,
) -> dict[str, Any]:
    """`{"children": {number: {…}}, "together": [{"children": [numbers], "otherwise": …}]}` of one request.

    A child who cannot begin within the horizon, or is too old for it, is left out; so is the request then. `name_of`
    says how the round calls a nursery, `nurseries_of` what there is in towns: whoever asks for many requests reads it
    once for all.
    """
    wishes = [name_of(nursery) for nursery in nurseries_in_order(application, nurseries_of)]
    insertion = any(one.kind == DocumentKind.INSERTION and one.seen_on for one in application.documents.all())
    children: dict[str, Any] = {}
    for child in sorted((one for one in application.children.all() if one.is_live), key=lambda one: one.rank):
        day = child.member.born_on or child.member.expected_on
        # What is needed now and then is found by its own way, and no round.
        if day is None or child.complete_on is None or child.need.kind == CareKind.OCCASIONAL:
            continue
        until = last_month(day)
        starts = [one for one in _starts(child.need, horizon) if one <= until]
        if not starts or not wishes:
            continue
        sets = sets_of(child.need.half_days, any_of=child.need.any_of, down_to=child.need.down_to)
        hours = week_hours(child.need.half_days, child.need.hours, sets)
        children[str(child.number)] = {
            "complete_on": child.complete_on.isoformat(),
            "guaranteed": application.on_insertion_path and insertion,
            "bands": [horizon.band(month_of(day), month) for month in horizon.months],
            "until": until if until < horizon.months[-1] else None,
            "wishes": wishes,
            "starts": starts,
            "days": [[list(days) for days in group] for group in sets.groups],
            "prefers": application.prefers,
            **({"week_hours": hours} if hours else {}),
        }
    numbers = list(children)
    together = [{"children": numbers, "otherwise": application.otherwise}] if len(numbers) > 1 else []
    return {"children": children, "together": together if application.otherwise else []}


def _starts(need: CareNeed, horizon: Horizon) -> list[str]:
    return starts_within(need.start_month, need.later_months, horizon.months)


def nurseries_in_order(
    application: NurseryApplication, nurseries_of: Callable[[frozenset[int]], list[Nursery]] = of_towns
) -> list[Nursery]:
    """The ranked ones, then the others of the towns that would do: each once."""
    ranked = [wish.nursery for wish in sorted(application.wishes.all(), key=lambda wish: wish.rank)]
    towns = frozenset(town.municipality_id for town in application.towns.all())
    if not towns:
        return ranked
    known = {nursery.pk for nursery in ranked}
    return [*ranked, *(one for one in nurseries_of(towns) if one.pk not in known)]
