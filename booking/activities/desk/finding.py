"""The groups an agent may sell at the desk, found by whatever a caller calls them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from booking.activities.enrolling.eligibility import Person, obstacles
from booking.activities.enrolling.offers import places_taken
from booking.activities.enrolling.people import say_group
from booking.activities.seasons.offered import Offered, offered
from booking.payments.models import CashOffice
from municipalities.directory import facilities
from municipalities.enums import Role
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.rules import RIGHTS, Ability, manages_territory, operators_for

#: More than this is no answer: one more word of what it is called helps.
LISTED = 12


@dataclass(frozen=True)
class Choosable:
    """A group as it is offered to one member: `free` places, and `why` not, where something is in the way."""

    group: Offered
    said: str
    pool: str
    free: int
    why: Sequence[str]


def sold_by(staff: StaffMember) -> Mapping[int, Offered]:
    """The groups that are still to meet, of the operators whose families this person serves."""
    now, found = timezone.now(), offered()
    if not manages_territory(staff):
        roles: frozenset[Role] = RIGHTS[Ability.SERVE_FAMILIES]
        mine = set(staff.current_roles().operators_with(*roles))
        found = {pk: group for pk, group in found.items() if group.operator_id in mine}
    return {pk: group for pk, group in found.items() if group.next_meeting(now) is not None}


def tills_of(staff: StaffMember) -> QuerySet[CashOffice]:
    """The cash offices of these operators: what is in a basket of another one is that one's."""
    operators = operators_for(staff, Ability.SERVE_FAMILIES)
    return CashOffice.objects.all() if operators is None else CashOffice.objects.filter(operator__in=operators)


def find_groups(asked: str, groups: Mapping[int, Offered]) -> list[Offered]:
    """By code, by the beginning of a code, or by words of the activity, the day, the hour and the pool."""
    asked = asked.strip().casefold()
    if asked.startswith("#"):
        key = number_in(asked[1:]) or 0
        return [groups[key]] if key in groups else []
    exact = [group for group in groups.values() if group.code.casefold() == asked]
    if exact or not asked:
        return exact
    begun = [group for group in groups.values() if group.code.casefold().startswith(asked)]
    if begun:
        return begun
    words = asked.split()
    return [group for group in groups.values() if all(word in _told(group) for word in words)]


def choosable(groups: Sequence[Offered], person: Person, now: datetime) -> list[Choosable]:
    """Those that fit and have room first."""
    taken = places_taken(now)
    found = [
        Choosable(
            group,
            say_group(group),
            pool_of(group),
            max(0, group.capacity - taken.get(group.pk, 0)),
            [one.sentence for one in obstacles(person, group, now=now)],
        )
        for group in groups
    ]
    return sorted(found, key=lambda one: (bool(one.why), one.free == 0))


def pool_of(group: Offered) -> str:
    found = facilities().get(group.facility_id)
    return found.name if found else ""


def _told(group: Offered) -> str:
    return f"{group.code} {say_group(group)} {pool_of(group)} {group.basin}".casefold().replace("\xa0", " ")
