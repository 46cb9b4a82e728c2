"""What a freeze writes: requests as the file of a round says them, with the places and the points of the day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from booking.nurseries.capacity import Horizon
from booking.nurseries.enums import CountedBy
from booking.nurseries.models import ApplicationChild, Nursery, NurseryApplication, NurseryQuerySet, Round
from booking.nurseries.points.facts import scores_of, with_what_counts
from booking.nurseries.points.queries import Rules
from booking.nurseries.reckoning import Score
from booking.nurseries.requests.for_round import ROUND_PARTS, for_round, of_towns
from booking.nurseries.rounds import offered, own_places
from booking.nurseries.rounds.drawing import drawn
from booking.nurseries.rounds.exceptions import NothingToShareOut
from booking.nurseries.supply import reading, saving

Json = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """The file, the nurseries by name, and each child's points line by line, by number."""

    file: Json
    nurseries: Mapping[str, Nursery]
    lines: Mapping[int, list[Json]]
    ids: Mapping[int, UUID]


def nurseries_of(round: Round) -> list[Nursery]:
    """Those whose places this round shares out, with all that their capacity is read from."""
    return list(reading.with_supply(_own(round), since=month_of(round)))


def _own(round: Round) -> NurseryQuerySet:
    mine = Nursery.objects.active().filter(authority=round.operator)
    return mine.select_related("facility__municipality").order_by("facility__slug")


def month_of(round: Round) -> str:
    return f"{round.first_month:%Y-%m}"


def horizon_of(round: Round) -> Horizon:
    return reading.horizon(month_of(round), round.month_count)


def gather(round: Round, seed: str, rules: Rules, guaranteed: Mapping[int, int], today: date) -> Gathered:
    """Raises NothingToShareOut, Contradiction. `guaranteed`: missing places by nursery (id) as the chair set them.

    Requests and their points first, which take long; then, while nobody changes them, who is there and what was
    promised. Who came in between is told by the list and by the promise, and counted once.
    """
    nurseries, horizon = list(_own(round)), horizon_of(round)
    names = reading.names_of(nurseries)
    children, together, rows = requests_in(round, horizon, names)
    if not children or not nurseries:
        raise NothingToShareOut
    numbers = [int(number) for number in children]
    ids = {number: rows[number].pk for number in numbers}
    towns = {names[one.pk]: one.facility.municipality_id for one in nurseries}
    scores = scores_of([rows[number] for number in numbers], rules, names, towns, today)
    places = drawn(seed, numbers)
    for number, request in children.items():
        score = scores[ids[int(number)]]
        request["points"], request["draw"] = score.total, places[int(number)]
        request["bonus"] = {name: points for name, points in score.bonus.items() if name in request["wishes"]}
        request["guaranteed"] = score.is_guaranteed
    file: Json = {
        "version": 1,
        "months": list(horizon.months),
        "half_days": list(horizon.half_days),
        "bands": [band.name for band in horizon.bands],
        "children": children,
        "together": together,
    }
    with saving.held(round.operator_id):
        own = Nursery.objects.filter(pk__in=names).order_by("facility__slug")
        there = list(reading.with_supply(own, since=month_of(round)))
        file["facilities"] = reading.facilities(there, horizon, _settled(there, horizon, guaranteed))
        file = offered.beside_the_others(own_places.with_own_places(file, names), names, horizon)
        file = offered.with_offers(file, names)
    ids = {number: pk for number, pk in ids.items() if str(number) in file["children"]}
    if not ids:
        raise NothingToShareOut
    return Gathered(
        file=file,
        nurseries={names[one.pk]: one for one in nurseries},
        lines={number: lines_of(scores[pk]) for number, pk in ids.items()},
        ids=ids,
    )


def _settled(nurseries: list[Nursery], horizon: Horizon, set_by_chair: Mapping[int, int]) -> dict[int, int] | None:
    """All missing places, those that are spread as the chair set them; None where nothing was set."""
    if not set_by_chair:
        return None
    missing = reading.guaranteed_missing(nurseries, horizon)
    spread = {one.pk for one in nurseries if one.guaranteed_counted_by == CountedBy.OPERATOR}
    return missing | {pk: places for pk, places in set_by_chair.items() if pk in spread}


def requests_in(
    round: Round, horizon: Horizon, names: Mapping[int, str]
) -> tuple[Json, list[Json], dict[int, ApplicationChild]]:
    """Children by number and siblings who stand together, of all complete and confirmed requests for regular care.

    And the rows of all children of these requests, by number, so that their points are counted from what was read here.
    """
    ready = NurseryApplication.objects.ready().filter(authority=round.operator)
    children: Json = {}
    together: list[Json] = []
    rows: dict[int, ApplicationChild] = {}
    nurseries_of_towns = cache(of_towns)
    for application in with_what_counts(ready).prefetch_related(*ROUND_PARTS):
        part = for_round(application, horizon, lambda nursery: names.get(nursery.pk, ""), nurseries_of_towns)
        known = dict(_within(part["children"], horizon))
        children |= known
        rows |= {child.number: child for child in application.children.all()}
        together += [group for group in part["together"] if set(group["children"]) <= known.keys()]
    return children, together, rows


def _within(children: Mapping[str, Json], horizon: Horizon) -> Iterator[tuple[str, Json]]:
    """Wishes and days outside of this round are left out, and who wishes nothing else."""
    week = set(horizon.half_days)
    for number, one in children.items():
        wishes = [name for name in one["wishes"] if name]
        groups = [[days for days in group if set(days) <= week] for group in one["days"]]
        groups = [group for group in groups if group]
        if wishes and groups:
            yield number, one | {"wishes": wishes, "days": groups}


def lines_of(score: Score) -> list[Json]:
    """The lines as they are kept: counted, and awaiting."""
    return [
        {
            "code": line.code,
            "value": line.value,
            "points": line.points,
            "nursery": line.nursery,
            "sensitive": line.is_sensitive,
            "awaiting": awaiting,
        }
        for awaiting, lines in ((False, score.lines), (True, score.awaiting))
        for line in lines
    ]


def sensitive_sum(lines: Sequence[Mapping[str, Any]]) -> int:
    """Sensitive lines as one number, which is all that a commission sees of them."""
    return sum(line["points"] for line in lines if line["sensitive"] and not line["awaiting"])
