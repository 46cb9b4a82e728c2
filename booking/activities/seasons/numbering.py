"""What a group's plan owes to those who are in it: nobody loses a number, and nobody is to be in two places."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from booking.activities.exceptions import CapacityBelowSold, MembersElsewhere
from booking.activities.models import Enrolment, Group, Seat

ONE_PLACE_AT_A_TIME = "a_member_is_in_one_place_at_a_time"


def make_room(group: Group, capacity: int) -> None:
    """Give those with a number above this one a lower one, before the group has only so many places: refused only where
    more are in the group, or come to one of its sessions. The caller holds the group. Raises CapacityBelowSold.
    """
    now = timezone.now()
    standing = Enrolment.objects.standing().filter(group=group).order_by("number")
    taken = dict(standing.whole().values_list("number", "pk"))
    if len(taken) > capacity:
        raise CapacityBelowSold(len(taken))
    singles = Seat.objects.filter(enrolment__in=standing.exclude(session=None), period__startswith__gt=now)
    sold_singly = set(singles.taken().values_list("number", flat=True))
    free = [number for number in range(1, capacity + 1) if number not in taken]
    # Those that nobody has in one session first: who has one gives way in that session, where its new owner comes.
    free.sort(key=lambda number: number in sold_singly)
    lower = {pk: free.pop(0) for number, pk in taken.items() if number > capacity}
    comes: dict[UUID, set[int]] = defaultdict(set)
    seats = Seat.objects.filter(enrolment__in=lower, period__startswith__gt=now)
    for session, pk in seats.taken().values_list("session", "enrolment"):
        comes[session].add(lower[pk])
    for seat in singles.order_by("pk"):
        if seat.number > capacity or (seat.freed_at is None and seat.number in comes[seat.session_id]):
            _give_way(seat, capacity, comes[seat.session_id])
    for pk, number in lower.items():
        Enrolment.objects.filter(pk=pk).update(number=number)
        # Those of an absence as well: taken back, one beyond the last place would be one too many.
        seats.filter(enrolment=pk).update(number=number)


def _give_way(seat: Seat, capacity: int, comes: Collection[int]) -> None:
    """Another number of the same session, not one of these, for somebody who is in that one alone; of who does not
    come, one that they may find taken. Raises CapacityBelowSold.
    """
    held = set(Seat.objects.taken().filter(session=seat.session_id).values_list("number", flat=True))
    lower = next((number for number in range(1, capacity + 1) if number not in held and number not in comes), None)
    if lower is None and seat.freed_at is None:
        raise CapacityBelowSold(len(held))
    lower = lower or 1
    Enrolment.objects.filter(pk=seat.enrolment_id).update(number=lower)
    Seat.objects.filter(pk=seat.pk).update(number=lower)


def who_is_elsewhere(groups: Sequence[Group], times: Sequence[tuple[datetime, datetime]]) -> MembersElsewhere:
    """Why these groups cannot meet then: members of theirs are in others at these times, which the refusal names."""
    ours = [group.pk for group in groups]
    members = Enrolment.objects.standing().whole().filter(group__in=ours).values("member")
    seats = Seat.objects.taken().filter(member__in=members, period__endswith__gt=timezone.now())
    others = seats.exclude(enrolment__group__in=ours).values_list("period", "enrolment__group")
    met = {
        other for period, other in others if any(start < period.upper and period.lower < end for start, end in times)
    }
    named = Group.objects.filter(pk__in=met).select_related("activity").order_by("pk")
    return MembersElsewhere([str(one) for one in named])
