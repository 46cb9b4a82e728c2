"""The file of a small round: the order of the round that was published last, and the places of today.

Children, points, dates and draws are those that were frozen and voted; whoever asked since waits for the next
commission. What was given stands as locks, in whatever round it was given.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.nurseries.answers.next_in_line import as_things_stand, next_month, since
from booking.nurseries.capacity import Horizon
from booking.nurseries.enums import CountedBy
from booking.nurseries.models import Nursery, NurseryOffer, Round, RoundNursery
from booking.nurseries.models.offers import STANDING
from booking.nurseries.rounds.offered import beside_the_others
from booking.nurseries.rounds.own_places import with_own_places
from booking.nurseries.supply import reading

Json = dict[str, Any]


@dataclass(frozen=True)
class Why:
    """Why there may be room at a nursery: children who leave, places that were opened, places families gave back."""

    leaving: int = 0
    opened: int = 0
    given_back: int = 0


def gather(base: Round, today: date) -> Json:
    """The file; it has no months where nothing of the round is to come. Reads only. Raises Contradiction."""
    frozen = since(json.loads(base.decided), next_month(today))
    if not frozen["months"]:
        return frozen
    names = dict(RoundNursery.objects.filter(round=base).values_list("nursery", "name"))
    ahead = reading.horizon(frozen["months"][0], len(frozen["months"]))
    facilities = _places_of_today(frozen, names, ahead)
    children = {
        number: {key: value for key, value in one.items() if key != "holds"}
        for number, one in frozen["children"].items()
    }
    file = with_own_places({**frozen, "facilities": facilities, "children": children}, names)
    file = beside_the_others(file, names, ahead)
    return as_things_stand(base, file)


def _places_of_today(frozen: Json, names: Mapping[int, str], ahead: Horizon) -> dict[str, Json]:
    """By the names of the round. A nursery that has closed since takes nobody.

    Guaranteed places that children on the list were given are owed no more; where an operator counts them over its
    nurseries, they are those that the chair spread.
    """
    rows = Nursery.objects.active().filter(pk__in=names)
    nurseries = list(reading.with_supply(rows, since=ahead.months[0]))
    missing = reading.guaranteed_missing(nurseries, ahead)
    given = _guaranteed_given(frozen, names)
    facilities: dict[str, Json] = {name: _closed(ahead) for name in names.values()}
    for one in nurseries:
        name = names[one.pk]
        counted = one.guaranteed_counted_by == CountedBy.OPERATOR
        owed = frozen["facilities"][name].get("guaranteed_missing", 0) if counted else missing[one.pk]
        facilities[name] = ahead.limits(reading.capacity_of(one, name), max(0, owed - given[name]))
    return facilities


def _closed(ahead: Horizon) -> Json:
    return {"authorised": [{} for _month in ahead.months], "present": []}


def _guaranteed_given(frozen: Json, names: Mapping[int, str]) -> Counter[str]:
    with_right = [int(number) for number, one in frozen["children"].items() if one.get("guaranteed")]
    standing = NurseryOffer.objects.standing().filter(child__number__in=with_right, nursery__in=names)
    return Counter(names[pk] for pk in standing.values_list("nursery", flat=True))


def why_now(base: Round, file: Json) -> dict[str, Why]:
    """By nursery of a small round's file, against what was frozen."""
    if not file["months"]:
        return {}
    before = since(json.loads(base.decided), file["months"][0])["facilities"]
    names = dict(RoundNursery.objects.filter(round=base).values_list("nursery", "name"))
    back = NurseryOffer.objects.filter(round=base, nursery__in=names, swap__isnull=True).exclude(state__in=STANDING)
    given_back = Counter(names[pk] for pk in back.values_list("nursery", flat=True))
    return {
        name: Why(_leaving(before[name], part), _opened(before[name], part), given_back[name])
        for name, part in file["facilities"].items()
        if name in before
    }


def _leaving(before: Json, now: Json) -> int:
    """Children who were to stay longer when the round was frozen, or to the end."""

    def until(part: Json) -> dict[str, str]:
        return {str(one["child"]): one.get("until") or "9999-12" for one in part.get("present", [])}

    stay = until(now)
    # A number of ours is a place that was promised: who has come since has another one, and has not left.
    listed = {str(one["child"]) for one in before.get("present", []) if isinstance(one["child"], str)}
    return sum(stay.get(child, "") < last for child, last in until(before).items() if child in listed)


def _opened(before: Json, now: Json) -> int:
    """The most places that a half-day has more than it had."""
    pairs = zip(_by_month(before, len(now["authorised"])), now["authorised"], strict=False)
    more = [places - old.get(day, 0) for old, new in pairs for day, places in new.items()]
    return max(0, *more) if more else 0


def _by_month(part: Json, months: int) -> Sequence[Mapping[str, int]]:
    said = part["authorised"]
    return said if isinstance(said, list) else [said] * months
