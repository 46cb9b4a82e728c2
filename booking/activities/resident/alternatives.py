"""Other groups for those who came too late: those that fit every one of the chosen members first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    """Of the same kind: for all of them first, then the same activity, then the nearest. One query."""
    taken = places_taken(now)
    here = facilities()[group.facility_id]
    found = []
    for other in offered().values():
        left = other.capacity - taken.get(other.pk, 0)
        if other.pk == group.pk or other.kind != group.kind or left <= 0:
            continue
        fits = [one for one in members if not obstacles(family.persons[one.pk], other, now=now)]
        if not fits:
            continue
        there = facilities()[other.facility_id]
        fits_all = len(fits) == len(members) and left >= len(members)
        far = distance_km(here.latitude, here.longitude, there.latitude, there.longitude) or 0.0
        order = (not fits_all, other.activity_id != group.activity_id, far, other.weekday, other.starts, other.pk)
        found.append((order, Alternative(other.pk, say_group(other), there.name, left, fits, fits_all)))
    return [one for _order, one in sorted(found, key=lambda pair: pair[0])[:MOST]]
