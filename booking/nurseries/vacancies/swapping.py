"""Pairs of children who hold what the other wants, found in the small round's file; proposed by the chair.

The rule never moves somebody out of its own place, so it cannot find these. A swap is proposed where both would rather
have the other's place, and where both fit there beside everybody who stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from django.utils import timezone

from booking.nurseries.answers.exceptions import NoSwap
from booking.nurseries.answers.swaps import make_swap
from booking.nurseries.models import ApplicationChild, NurseryOffer, Round, RoundNursery, StepAside, Swap
from booking.nurseries.rounds.exceptions import SteppedAside
from booking.nurseries.rounds.offered import Standing, what_stands
from booking.nurseries.supply import saving
from booking.nurseries.vacancies.exceptions import CommissionIsSitting
from booking.nurseries.vacancies.gathering import gather
from booking.nurseries.vacancies.running import base_held, is_sitting, must_chair_of
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember

Json = Mapping[str, Any]
#: Pairs that are shown at once.
MOST = 20


@dataclass(frozen=True)
class Half:
    """One side: the child, where it is, where it would go, and its days there."""

    number: int
    now: str
    then: str
    half_days: tuple[str, ...]
    rank: int


@dataclass(frozen=True)
class Pair:
    """`value` names it in a form: both numbers."""

    one: Half
    other: Half
    start: str

    @property
    def value(self) -> str:
        return f"{self.one.number}-{self.other.number}"


def pairs(file: Json) -> Iterator[Pair]:
    """Those that fit, at the first month of the file. Pure."""
    if not file["months"]:
        return
    holding = [number for number, one in file["children"].items() if "holds" in one]
    if len(holding) < 2:
        return
    stands = what_stands(file)
    assert stands is not None
    for one, other in combinations(sorted(holding, key=int), 2):
        first, second = _half(file, one, other), _half(file, other, one)
        if first is not None and second is not None and _fits(stands, first, second) and _fits(stands, second, first):
            yield Pair(first, second, file["months"][0])


def _fits(stands: Standing, comes: Half, goes: Half) -> bool:
    """Whether there is room for one where the other leaves, beside everybody else who stands."""
    coming, going = (stands.round.children[str(half.number)] for half in (comes, goes))
    left = going.holds
    if left is None or str(goes.number) in stands.beyond:
        return False
    days = tuple(sorted(stands.round.half_days.index(day) for day in comes.half_days))
    free = stands.free[left.facility] + stands.use(going, left.facility, left.half_days)
    return stands.layout.fits(free, stands.use(coming, left.facility, days))


def _half(file: Json, number: str, with_whom: str) -> Half | None:
    """What one child would have in the other's place, if it likes that better and is not being asked already."""
    child = file["children"][number]
    now, then = child["holds"]["facility"], file["children"][with_whom]["holds"]["facility"]
    wishes = child["wishes"]
    if now == then or then not in wishes or number in file["locks"]:
        return None
    if now in wishes and wishes.index(now) <= wishes.index(then):
        return None
    if child.get("until") is not None and child["until"] < file["months"][0]:
        return None
    held = child["holds"]["half_days"]
    sets = [days for group in child["days"] for days in group]
    as_now = next((days for days in sets if set(days) == set(held)), None)
    return Half(int(number), now, then, tuple(as_now or sets[0]), wishes.index(then) + 1)


def possible(base: Round) -> list[Pair]:
    """What the desk may propose now. Raises Contradiction."""
    found = []
    for pair in pairs(gather(base, timezone.localdate())):
        found.append(pair)
        if len(found) == MOST:
            break
    return found


def propose(*, operator_id: int, value: str, by: StaffMember) -> Swap:
    """Both operators are asked, then both families. Raises OnlyTheChair, CommissionIsSitting, SteppedAside,
    NoSwap, Busy.
    """
    must_chair_of(operator_id, by)
    with patient_transaction(by=by):
        base = base_held(operator_id)
        if base is None:
            raise NoSwap
        if is_sitting(operator_id):
            raise CommissionIsSitting
        with saving.held(operator_id):
            file = gather(base, timezone.localdate())
        pair = next((one for one in pairs(file) if one.value == value), None)
        if pair is None:
            raise NoSwap
        rows = RoundNursery.objects.filter(round=base, name__in=[pair.one.then, pair.other.then])
        nurseries = {row.name: row.nursery for row in rows.select_related("nursery__facility__municipality")}
        numbers = [pair.one.number, pair.other.number]
        children = ApplicationChild.objects.in_bulk(numbers, field_name="number")
        if StepAside.objects.filter(child__round=base, child__number__in=numbers, member=by).exists():
            raise SteppedAside
        if NurseryOffer.objects.open().filter(child__number__in=numbers).exists():
            raise NoSwap
        both = [
            (children[half.number], nurseries[half.then], list(half.half_days), half.rank)
            for half in (pair.one, pair.other)
        ]
        return make_swap(round=base, start=date.fromisoformat(f"{pair.start}-01"), both=both, by=by)
