"""Other groups for those who came too late: those that fit every one of the chosen members first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from booking.activities.enrolling.eligibility import obstacles
from booking.activities.enrolling.offers import places_taken
from booking.activities.enrolling.people import Family, say_group
from booking.activities.seasons.offered import Offered, offered
from booking.residents.models import Member
from municipalities.directory import facilities
from municipalities.distance import distance_km

#: More would be the search again.
MOST = 6


@dataclass(frozen=True)
class Alternative:
    """`fits` are those of the chosen members it fits, `left` its free places."""

    pk: int
    name: str
    place: str
    left: int
    fits: Sequence[Member]
    fits_all: bool


def instead_of(group: Offered, family: Family, members: Sequence[Member], *, now: datetime) -> list[Alternative]:
    """Of the same kind: for all of them first, then the same activity, then the nearest. One query, and no group is
    judged behind those that are shown: most people ask for this at the very minute of an opening.
    """
    taken, known = places_taken(now), facilities()
    left = {pk: other.capacity - taken.get(pk, 0) for pk, other in offered().items() if other.kind == group.kind}
    here = known[group.facility_id]

    def order(other: Offered) -> tuple[bool, float, int, time, int]:
        there = known[other.facility_id]
        far = distance_km(here.latitude, here.longitude, there.latitude, there.longitude) or 0.0
        return other.activity_id != group.activity_id, far, other.weekday, other.starts, other.pk

    for_all: list[Alternative] = []
    for_some: list[Alternative] = []
    free = [offered()[pk] for pk, number in left.items() if number > 0 and pk != group.pk]
    for other in sorted(free, key=order):
        fits = [one for one in members if not obstacles(family.persons[one.pk], other, now=now)]
        fits_all = len(fits) == len(members) and left[other.pk] >= len(members)
        if fits:
            name, place = say_group(other), known[other.facility_id].name
            one = Alternative(other.pk, name, place, left[other.pk], fits, fits_all)
            (for_all if fits_all else for_some).append(one)
        if len(for_all) == MOST:
            break
    return [*for_all, *for_some][:MOST]
