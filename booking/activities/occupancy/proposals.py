"""Groups that are nearly empty in two weeks, and what could be done at once; full ones beside free lanes and a coach.

Nothing is done here: each proposal is a link to the page where it is done, filled in.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count, Min, Q, prefetch_related_objects
from django.utils import timezone

from booking.activities.changes import merging
from booking.activities.enrolling.eligibility import sold_singly_from
from booking.activities.models import Enrolment, Group, Lane, LaneUse, Pool, Session
from booking.activities.pricing import Unit
from booking.activities.seasons.offered import offered
from booking.activities.singles.remaining import remaining, sold_singly
from municipalities.enums import Role
from municipalities.models import StaffMember, StaffRole
from municipalities.spans import Span

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
    the same activity are full and its lanes are free; `unsold` are places left in the sessions ahead, which `singly`
    says how to sell one by one."""

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
    prefetch_related_objects(few, "lanes")
    ahead, sold = _Ahead(groups, now), sold_singly(now)
    unsold: Counter[int] = Counter()
    for place in remaining(now=now, until=now + AHEAD, groups=[group.pk for group in few]):
        unsold[place.group] += place.left
    tried = {group.pk: _nearest(group, groups, free, taken[group.pk]) for group in few}
    possible = merging.possible([(group, other) for group in few for other in tried[group.pk]], now=now)
    return [
        Emptiness(
            group=group,
            next=vars(group)["next"],
            sold=taken[group.pk],
            into=next((other for other in tried[group.pk] if (group.pk, other.pk) in possible), None),
            better=_better(group, groups, free, ahead),
            unsold=unsold[group.pk],
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
    found, ahead = [], _Ahead(groups, now)
    for group in sorted(wanted, key=lambda one: -waiting.get(one.pk, 0))[:TOLD]:
        spans = ahead.spans[group.pk]
        lanes, coach = ahead.free_lanes(group.basin_id, spans), ahead.free_coach(group, spans)
        if lanes and coach is not None:
            found.append(Demand(group, waiting[group.pk], lanes, coach))
    return found


def _meeting(pools: Sequence[Pool], now: datetime) -> list[Group]:
    soon = Q(sessions__called_off_at__isnull=True, sessions__starts_at__gt=now, sessions__starts_at__lte=now + AHEAD)
    found = Group.objects.filter(basin__pool__in=pools).annotate(next=Min("sessions__starts_at", filter=soon))
    return list(found.filter(next__isnull=False).select_related(*_WHOLE).order_by("pk"))


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


def _nearest(group: Group, groups: Sequence[Group], free: Mapping[int, int], people: int) -> list[Group]:
    """The nearest in the week that have room for everybody; whether they could be merged is asked of all at once."""
    fit = [one for one in groups if _alike(group, one) and free[one.pk] >= people]
    fit.sort(key=lambda one: (one.basin.pool_id != group.basin.pool_id, _apart(one, group), one.pk))
    return fit[:TRIED]


def _apart(one: Group, other: Group) -> int:
    """Minutes of the week between two groups."""
    minutes = [60 * 24 * it.weekday + 60 * it.starts.hour + it.starts.minute for it in (one, other)]
    apart = abs(minutes[0] - minutes[1])
    return min(apart, 7 * 24 * 60 - apart)


def _better(group: Group, groups: Sequence[Group], free: Mapping[int, int], ahead: "_Ahead") -> Group | None:
    """A full group of the same activity in the same basin beside which this one's lanes are free."""
    full = [one for one in groups if one.basin_id == group.basin_id and one.activity_id == group.activity_id]
    full = [one for one in full if one.pk != group.pk and free[one.pk] <= 0]
    lanes = {lane.pk for lane in group.lanes.all()}
    for other in sorted(full, key=lambda one: (_apart(one, group), one.pk))[:TRIED]:
        if lanes <= {lane.pk for lane in ahead.free_lanes(group.basin_id, ahead.spans[other.pk])}:
            return other
    return None


class _Ahead:
    """When groups meet within two weeks, and who has lanes and coaches then: read once for all groups."""

    def __init__(self, groups: Sequence[Group], now: datetime) -> None:
        self.now, self.groups = now, groups
        self.spans: dict[int, list[Span]] = defaultdict(list)
        soon = Session.objects.planned().filter(group__in=groups, starts_at__gt=now, starts_at__lte=now + AHEAD)
        for group, start, end in soon.order_by("starts_at").values_list("group", "starts_at", "ends_at"):
            self.spans[group].append((start, end))
        self.until = max((end for spans in self.spans.values() for _start, end in spans), default=now)

    def free_lanes(self, basin: int, spans: Sequence[Span]) -> list[Lane]:
        """Lanes of a basin, in service, that nobody has at any of these times."""
        return [lane for lane in self._lanes[basin] if not merging.overlap(spans, self._uses[lane.pk])]

    @cached_property
    def _lanes(self) -> dict[int, list[Lane]]:
        found: dict[int, list[Lane]] = defaultdict(list)
        basins = {group.basin_id for group in self.groups}
        for lane in Lane.objects.filter(basin__in=basins, is_active=True).order_by("position", "pk"):
            found[lane.basin_id].append(lane)
        return found

    @cached_property
    def _uses(self) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = defaultdict(list)
        lanes = [lane.pk for some in self._lanes.values() for lane in some]
        uses = LaneUse.objects.filter(lane__in=lanes).within(self.now, self.until)
        for lane, period in uses.values_list("lane", "period"):
            found[lane].append((period.lower, period.upper))
        return found

    def free_coach(self, group: Group, spans: Sequence[Span]) -> StaffMember | None:
        """One who teaches for the operator and has no group at any of these times."""
        theirs = self._coaches[group.activity.season.operator_id]
        return next((one for one in theirs if not merging.overlap(spans, self._taught[one.pk])), None)

    @cached_property
    def _coaches(self) -> dict[int | None, list[StaffMember]]:
        """By operator, in the order of their names."""
        held = list(StaffRole.objects.valid_on(timezone.localdate()).with_reach().filter(role=Role.COACH))
        staff = StaffMember.objects.filter(is_active=True, pk__in=[one.staff_id for one in held])
        runs: dict[int, set[int | None]] = defaultdict(set)
        for one in held:
            runs[one.staff_id].add(vars(one)["runs"])
        found: dict[int | None, list[StaffMember]] = defaultdict(list)
        for coach in staff.order_by("name", "pk"):
            for operator in runs[coach.pk]:
                found[operator].append(coach)
        return found

    @cached_property
    def _taught(self) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = defaultdict(list)
        taught = Session.objects.planned().filter(
            group__coach__isnull=False, ends_at__gt=self.now, starts_at__lt=self.until
        )
        for coach, start, end in taught.values_list("group__coach", "starts_at", "ends_at"):
            found[coach].append((start, end))
        return found
