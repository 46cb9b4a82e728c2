"""Groups that are nearly empty in two weeks, and what could be done at once; full ones beside free lanes and a coach.

Nothing is done here: each proposal is a link to the page where it is done, filled in.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from booking.activities.changes import merging
from booking.activities.enrolling.eligibility import sold_singly_from
from booking.activities.models import Basin, Enrolment, Group, Lane, LaneUse, Pool, Session
from booking.activities.pricing import Unit
from booking.activities.seasons.offered import offered
from booking.activities.singles.remaining import sold_singly
from municipalities.enums import Role
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember, StaffRole

#: How far ahead one looks, and below which share of its places a group is worth a proposal.
AHEAD = timedelta(days=14)
FEW = 60
#: So many people who wait are a long list.
LONG = 3
#: So many groups are told, the emptiest first; and so many others are tried for each.
TOLD, TRIED = 20, 3

_WHOLE = ("activity__season__operator", "basin__pool__facility", "coach")


@dataclass(frozen=True)
class Emptiness:
    """A group under sixty per cent. `into` is the group that could take everybody, `better` an hour at which others of
    the same activity are full and its lanes are free; `unsold` are single places of the sessions ahead, which `singly`
    says how to sell."""

    group: Group
    next: datetime
    sold: int
    into: Group | None
    better: Group | None
    unsold: int
    singly: "Singly"

    @property
    def share(self) -> int:
        return round(100 * self.sold / self.group.capacity)


@dataclass(frozen=True)
class Singly:
    """Whether single places of a group are on sale, and what that takes: a public season, a price for one session, and
    the minute `since` at which the last enrolments open."""

    is_public: bool
    is_priced: bool = False
    since: datetime | None = None
    is_sold: bool = False


@dataclass(frozen=True)
class Demand:
    """A full group for which many wait, with lanes that are free at its hour and a coach who is."""

    group: Group
    waiting: int
    lanes: Sequence[Lane]
    coach: StaffMember


def taken_by_group(groups: Sequence[int], now: datetime) -> Counter[int]:
    standing = (
        Enrolment.objects.standing().whole().filter(group__in=groups).exclude(pk__in=Enrolment.objects.expired(now))
    )
    return Counter(dict(standing.values_list("group").annotate(n=Count("pk")).order_by("group")))


def nearly_empty(pools: Sequence[Pool], now: datetime | None = None) -> list[Emptiness]:
    """Of those that meet within two weeks."""
    now = now or timezone.now()
    groups = _meeting(pools, now)
    taken = taken_by_group([group.pk for group in groups], now)
    few = [group for group in groups if 100 * taken[group.pk] < FEW * group.capacity]
    few = sorted(few, key=lambda one: (taken[one.pk] / one.capacity, one.pk))[:TOLD]
    free = {group.pk: group.capacity - taken[group.pk] for group in groups}
    ahead = _sessions_ahead(few, now)
    sold = sold_singly(now)
    return [
        Emptiness(
            group=group,
            next=vars(group)["next"],
            sold=taken[group.pk],
            into=_into(group, groups, free, taken[group.pk], now),
            better=_better(group, groups, free, now),
            unsold=free[group.pk] * ahead[group.pk],
            singly=_singly(group, sold, now),
        )
        for group in few
    ]


def full_with_demand(pools: Sequence[Pool], waiting: Mapping[int, int], now: datetime | None = None) -> list[Demand]:
    """Full groups with a long list, where the same hour has free lanes and a coach of the same operator."""
    now = now or timezone.now()
    groups = _meeting(pools, now)
    taken = taken_by_group([group.pk for group in groups], now)
    wanted = [one for one in groups if taken[one.pk] >= one.capacity and waiting.get(one.pk, 0) >= LONG]
    found = []
    for group in sorted(wanted, key=lambda one: -waiting.get(one.pk, 0))[:TOLD]:
        spans = _spans(group, now)
        lanes, coach = _free_lanes(group.basin, spans), _free_coach(group, spans)
        if lanes and coach is not None:
            found.append(Demand(group, waiting[group.pk], lanes, coach))
    return found


def _meeting(pools: Sequence[Pool], now: datetime) -> list[Group]:
    soon = Q(sessions__called_off_at__isnull=True, sessions__starts_at__gt=now, sessions__starts_at__lte=now + AHEAD)
    found = Group.objects.filter(basin__pool__in=pools).annotate(next=Min("sessions__starts_at", filter=soon))
    return list(found.filter(next__isnull=False).select_related(*_WHOLE).order_by("pk"))


def _sessions_ahead(groups: Sequence[Group], now: datetime) -> Counter[int]:
    soon = Session.objects.planned().filter(group__in=groups, starts_at__gt=now, starts_at__lte=now + AHEAD)
    return Counter(dict(soon.values_list("group").annotate(n=Count("pk")).order_by("group")))


def _singly(group: Group, sold: Collection[int], now: datetime) -> Singly:
    known = offered().get(group.pk)
    if known is None:
        return Singly(is_public=False)
    is_priced = known.price(timezone.localdate(now), Unit.SESSION) is not None
    return Singly(True, is_priced, sold_singly_from(known), group.pk in sold)


def _alike(one: Group, other: Group) -> bool:
    """Whether whoever may be in the one may be in the other."""
    return one.pk != other.pk and (
        (one.activity_id, one.unit, one.level_from, one.level_to, one.months_from, one.months_below)
        == (other.activity_id, other.unit, other.level_from, other.level_to, other.months_from, other.months_below)
    )


def _into(group: Group, groups: Sequence[Group], free: Mapping[int, int], people: int, now: datetime) -> Group | None:
    """The nearest in the week that takes everybody: the page of merging would say yes to it now."""
    fit = [one for one in groups if _alike(group, one) and free[one.pk] >= people]
    fit.sort(key=lambda one: (one.basin.pool_id != group.basin.pool_id, _apart(one, group), one.pk))
    for other in fit[:TRIED]:
        try:
            if merging.preview(group=group, into=other, now=now).is_possible:
                return other
        except Refusal:
            continue
    return None


def _apart(one: Group, other: Group) -> int:
    """Minutes of the week between two groups."""
    minutes = [60 * 24 * it.weekday + 60 * it.starts.hour + it.starts.minute for it in (one, other)]
    apart = abs(minutes[0] - minutes[1])
    return min(apart, 7 * 24 * 60 - apart)


def _better(group: Group, groups: Sequence[Group], free: Mapping[int, int], now: datetime) -> Group | None:
    """A full group of the same activity in the same basin beside which this one's lanes are free."""
    full = [one for one in groups if one.basin_id == group.basin_id and one.activity_id == group.activity_id]
    full = [one for one in full if one.pk != group.pk and free[one.pk] <= 0]
    lanes = {lane.pk for lane in group.lanes.all()}
    for other in sorted(full, key=lambda one: (_apart(one, group), one.pk))[:TRIED]:
        if lanes <= {lane.pk for lane in _free_lanes(group.basin, _spans(other, now))}:
            return other
    return None


def _spans(group: Group, now: datetime) -> list[tuple[datetime, datetime]]:
    soon = Session.objects.planned().filter(group=group, starts_at__gt=now, starts_at__lte=now + AHEAD)
    return list(soon.order_by("starts_at").values_list("starts_at", "ends_at"))


def _free_lanes(basin: Basin, spans: Sequence[tuple[datetime, datetime]]) -> list[Lane]:
    """Lanes of a basin, in service, that nobody has at any of these times."""
    taken = Q(pk__in=[])
    for start, end in spans:
        taken |= Q(period__overlap=(start, end))
    busy = LaneUse.objects.filter(taken, lane__basin=basin).values("lane")
    return list(Lane.objects.filter(basin=basin, is_active=True).exclude(pk__in=busy).order_by("position", "pk"))


def _free_coach(group: Group, spans: Sequence[tuple[datetime, datetime]]) -> StaffMember | None:
    """One who teaches for the operator and has no group at any of these times."""
    busy = Q(pk__in=[])
    for start, end in spans:
        busy |= Q(starts_at__lt=end, ends_at__gt=start)
    taught = Session.objects.planned().filter(busy, group__coach__isnull=False).values("group__coach")
    return _coaches(group).exclude(pk__in=taught).order_by("name", "pk").first()


def _coaches(group: Group) -> QuerySet[StaffMember]:
    held = StaffRole.objects.valid_on(timezone.localdate()).with_reach().filter(role=Role.COACH)
    there = [one.staff_id for one in held if vars(one)["runs"] == group.activity.season.operator_id]
    return StaffMember.objects.filter(is_active=True, pk__in=there)
