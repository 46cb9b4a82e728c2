"""Places that were offered before, as the file of a round says them: never taken back by a later run.

A place that was given may not fit any more: a child grows into a section that is full in a month which no round had
looked at, or fewer places are authorised. It stands all the same. Such a child is told to the round as one who is
there, which leaves nothing free and never less (contract, section 3), and not as a decision that the limits refuse.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from booking.nurseries.allocation.cells import Layout, week_hours
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.allocation.rounds import Child, Days, Round
from booking.nurseries.calendar_words import say_date
from booking.nurseries.capacity import Horizon
from booking.nurseries.models import NurseryOffer, Stay
from booking.nurseries.models.offers import OfferState
from booking.nurseries.requests.days import last_month, month_of

Json = dict[str, Any]


def beside_the_others(file: Json, names: Mapping[int, str], ahead: Horizon) -> Json:
    """Places that were given to children who are not in the file: told as children who are there.

    Their request may wait to be told from its double, or ask for something else by now; the place is theirs.
    """
    numbers = [int(number) for number in file["children"]]
    # Whoever has come by then stands in the operator's list.
    coming = NurseryOffer.objects.standing().filter(nursery__in=names, stay__isnull=True)
    others = coming.exclude(child__number__in=numbers)
    facilities = dict(file["facilities"])
    for offer in others.select_related("child__member").order_by("child__number", "made_at"):
        day = offer.child.member.born_on or offer.child.member.expected_on
        if day is None or (until := last_month(day)) < ahead.months[0]:
            continue
        line = {
            "child": offer.child.number,
            "half_days": list(offer.half_days),
            "bands": [ahead.band(month_of(day), month) for month in ahead.months],
            "until": until if until < ahead.months[-1] else None,
        }
        name = names[offer.nursery_id]
        facilities[name] = facilities[name] | {"present": [*facilities[name]["present"], line]}
    return {**file, "facilities": facilities}


def with_offers(file: Json, names: Mapping[int, str]) -> Json:
    """The file with a lock for each place that stands, and `holds` for one that waits for a better wish.

    `names`: of the file's nurseries, by id. A held place begins with the file's months; one that begins later is a
    lock until then.
    """
    offers = NurseryOffer.objects.standing().filter(child__number__in=[int(number) for number in file["children"]])
    locks: Json = dict(file.get("locks", {}))
    children, facilities = dict(file["children"]), dict(file["facilities"])
    for offer in offers.select_related("child", "stay").order_by("made_at"):
        number, month = str(offer.child.number), f"{offer.start:%Y-%m}"
        if offer.nursery_id not in names:
            continue
        stay = getattr(offer, "stay", None)
        if stay is not None and not _takes_its_place(stay, number, names[offer.nursery_id], children, facilities):
            if offer.state == OfferState.ACCEPTED:  # nothing more is asked for it
                children.pop(number)
                locks.pop(number, None)
            continue
        place = {"facility": names[offer.nursery_id], "half_days": list(offer.half_days)}
        if offer.state == OfferState.HELD and month <= file["months"][0]:
            children[number] = children[number] | {"holds": place}
            locks.pop(number, None)
        else:
            locks[number] = place | {"start": max(month, file["months"][0]), "reason": reason_of(offer)}
    file = {**file, "children": children, "locks": locks, "facilities": facilities}
    while beyond := beyond_the_limits(file):
        file = _as_there(file, beyond)
    return file


def _takes_its_place(stay: Stay, number: str, name: str, children: Json, facilities: Json) -> bool:
    """Whether a child who has come is told by its offer: then it does not stand among the present as well.

    One whose exit is known is told by the operator's list where the file has its line; in a file that is older than its
    entry, by the offer until its last month.
    """
    facility = facilities[name]
    there = facility.get("present", [])
    if stay.left_on is None:
        others = [one for one in there if str(one["child"]) != stay.number]
        facilities[name] = facility | {"present": others}
        return True
    if any(str(one["child"]) == stay.number for one in there):
        return False
    last = f"{stay.left_on:%Y-%m}"
    children[number] = children[number] | {"until": min(last, children[number].get("until") or last)}
    return True


def beyond_the_limits(file: Json) -> list[str]:
    """Whose standing place does not fit beside those who are there and the others that stand."""
    stands = what_stands(file)
    return stands.beyond if stands is not None else []


def what_stands(file: Mapping[str, Any]) -> "Standing | None":
    """Those who have a place in the file, read by themselves; None where nobody has."""
    children = {number: one for number, one in file["children"].items() if number in file["locks"] or "holds" in one}
    if not children:
        return None
    return Standing(read_round({**file, "children": children, "excluded": [], "together": []}))


class Standing:
    """`free` at each nursery, beside those who are there and all places that stand; who is `beyond` the limits."""

    def __init__(self, round: Round) -> None:
        self.round, self.layout = round, Layout(round)
        self.free = [self.layout.capacity(facility) for facility in round.facilities]
        self.beyond: list[str] = []
        for number, child in round.children.items():
            place = child.lock or child.holds
            if place is None:
                continue
            use = self.use(child, place.facility, place.half_days, child.lock.start if child.lock else 0)
            if self.layout.fits(self.free[place.facility], use):
                self.free[place.facility] -= use
            else:
                self.beyond.append(number)

    def use(self, child: Child, facility: int, days: Days, start: int = 0) -> int:
        """What a child takes there on these half-days from a month of the file on."""
        hours = child.week_hours or week_hours(None, days, self.round.facilities[facility])
        return self.layout.stay(days, child.bands, start, child.last, hours)


def _as_there(file: Json, numbers: Sequence[str]) -> Json:
    """The file with these children among the present of their nursery, from its first month on."""
    children, locks, facilities = dict(file["children"]), dict(file["locks"]), dict(file["facilities"])
    for number in numbers:
        child = children.pop(number)
        known = {key: child[key] for key in ("bands", "until", "week_hours") if key in child}
        # Whoever holds a place keeps it until the better one is taken: there are two then.
        for place in filter(None, (locks.pop(number, None), child.get("holds"))):
            line = {"child": int(number), "half_days": place["half_days"], **known}
            one = facilities[place["facility"]]
            facilities[place["facility"]] = one | {"present": [*one.get("present", []), line]}
    together = [group for group in file["together"] if set(group["children"]) <= children.keys()]
    return {**file, "children": children, "locks": locks, "facilities": facilities, "together": together}


def reason_of(offer: NurseryOffer) -> str:
    """« proposition du 3 mai 2027 »: in French, for a file is nobody's screen."""
    with override("fr"):
        return f"proposition du {say_date(timezone.localdate(offer.made_at))}"
