"""From the seats of an answer to offers: one for each child who has none that stands at that place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from booking.nurseries.answers import deadlines, offers
from booking.nurseries.audit.limits import Cell, Limits
from booking.nurseries.models import ApplicationChild, Nursery, NurseryOffer, Round, RoundNursery
from booking.nurseries.models.offers import OfferState


@dataclass(frozen=True)
class Given:
    """A seat that is nothing yet but one: to be offered. `seat` as the answer says it."""

    number: int
    seat: Mapping[str, Any]
    nursery: Nursery

    @property
    def start(self) -> date:
        return date.fromisoformat(f"{self.seat['start']}-01")


def to_offer(round: Round, file: Mapping[str, Any], answer: Mapping[str, Any]) -> list[Given]:
    """The seats that are new, by number. Changes nothing.

    A seat that is kept, or offered before, is nothing new, nor is one of a child who is being asked; a place that
    somebody still holds is offered once it is free.
    """
    rows = RoundNursery.objects.filter(round=round).select_related("nursery__facility__municipality")
    nurseries = {row.name: row.nursery for row in rows}
    seats = {int(number): seat for number, seat in answer["seats"].items() if seat["route"] != "kept"}
    known = set(ApplicationChild.objects.filter(number__in=list(seats)).values_list("number", flat=True))
    standing = NurseryOffer.objects.standing().filter(child__number__in=list(seats))
    has = set(standing.values_list("child__number", "nursery"))
    asked = set(
        NurseryOffer.objects.open().filter(child__number__in=list(seats)).values_list("child__number", flat=True)
    )
    later = waiting_for_room(file, answer)
    return [
        Given(number, seat, nurseries[seat["facility"]])
        for number, seat in sorted(seats.items())
        if number in known
        and (number, nurseries[seat["facility"]].pk) not in has
        and number not in asked
        and str(number) not in later
    ]


def make_offers(round: Round, file: Mapping[str, Any], answer: Mapping[str, Any]) -> int:
    """In the caller's transaction, which holds the round. Returns how many were made.

    Where the nursery has waived being asked, the family is.
    """
    now = timezone.now()
    found = to_offer(round, file, answer)
    children = ApplicationChild.objects.in_bulk([one.number for one in found], field_name="number")
    for one in found:
        offer = NurseryOffer.objects.create(
            round=round,
            child=children[one.number],
            nursery=one.nursery,
            start=one.start,
            half_days=list(one.seat["half_days"]),
            rank=rank_of(file, one.number, one.seat["facility"]),
            state=OfferState.TO_OPERATOR,
            made_at=now,
            due_at=deadlines.operator_due(now, one.nursery.facility.municipality),
        )
        if one.nursery.waives_being_asked:
            offers.to_family(offer)
    return len(found)


def waiting_for_room(file: Mapping[str, Any], answer: Mapping[str, Any]) -> set[str]:
    """Children whose seat is free only once somebody has left the place they hold for the better one they are offered.

    Who waits for a better wish keeps its place until the better one is accepted; then the place comes back, and goes to
    whoever is next.
    """
    seats = answer["seats"]
    movers = {
        child: one["holds"]
        for child, one in file["children"].items()
        if "holds" in one and child in seats and seats[child]["facility"] != one["holds"]["facility"]
    }
    if not movers:
        return set()
    limits, later = Limits(file), set()
    for facility in {held["facility"] for held in movers.values()}:
        taken: Counter[Cell] = Counter()
        for child, held in movers.items():
            if held["facility"] == facility:
                taken.update(limits.takes(child, facility, file["months"][0], frozenset(held["half_days"])))
        for child in _strongest_first(file, seats, facility):
            takes = limits.takes(child, facility, seats[child]["start"], frozenset(seats[child]["half_days"]))
            free = limits.free[facility]
            fits = all(taken[cell] + number <= free[cell] for cell, number in takes.items() if cell in free)
            if fits or seats[child]["route"] in ("locked", "kept"):
                taken.update(takes)
            else:
                later.add(child)
    return later


def _strongest_first(file: Mapping[str, Any], seats: Mapping[str, Any], facility: str) -> list[str]:
    """What stands already, then by points there, date and draw."""

    def right(child: str) -> tuple[Any, ...]:
        one = file["children"][child]
        points = one["points"] + one.get("bonus", {}).get(facility, 0)
        return (seats[child]["route"] not in ("locked", "kept"), -points, one["complete_on"], one["draw"])

    return sorted((child for child, seat in seats.items() if seat["facility"] == facility), key=right)


def rank_of(file: Mapping[str, Any], number: int, facility: str) -> int:
    """The wish's rank, from 1; behind all of them for a place the commission gave elsewhere."""
    wishes = list(file["children"][str(number)]["wishes"])
    return wishes.index(facility) + 1 if facility in wishes else len(wishes) + 1
