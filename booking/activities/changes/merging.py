"""Two groups become one: places, seats, credits and one letter to all, looked at first, made in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.changes import letters
from booking.activities.changes.calling_off import (
    BeingPaid,
    Credited,
    OthersSince,
    credits_for,
    give,
    left_of,
    lock_charges,
    prices_of_sessions,
)
from booking.activities.enrolling.ending import transfer
from booking.activities.enrolling.numbers import hold_groups, release_expired
from booking.activities.models import Enrolment, EnrolmentState, Group, LaneUse, Seat, Session, Waiting
from booking.activities.models.seasons import CreditRule
from booking.activities.seasons.groups import must_plan
from booking.activities.waiting import lists
from booking.activities.water.drafts import Draft
from booking.activities.water.saving import save
from booking.payments.messages import owe_credits
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import StaffMember


class NotTheseTwo(Refusal):
    code = "not_these_two"
    sentence = _("On réunit deux groupes différents d’une même saison, vendus pour la même durée.")


class NoRoom(Refusal):
    code = "no_room_to_merge"
    sentence = _("L’autre groupe n’a pas assez de places libres pour tous.")


class NothingAhead(Refusal):
    code = "nothing_ahead"
    sentence = _("L’autre groupe n’a plus de séance à venir.")


@dataclass(frozen=True)
class Merger:
    """What putting everybody of `group` into `into` would mean."""

    group: Group
    into: Group
    people: Sequence[Enrolment]
    free: int
    sessions_before: int
    sessions_after: int
    #: Those who are elsewhere when the other group meets.
    elsewhere: Sequence[Enrolment]
    #: Those who have a place there already.
    twice: Sequence[Enrolment]
    paying: int
    credits: Sequence[Credited] = ()
    #: How many wait for a place in `group`.
    waiting: int = 0

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.credits)

    @property
    def is_possible(self) -> bool:
        return bool(
            self.free >= len(self.people)
            and self.sessions_after
            and not self.elsewhere
            and not self.twice
            and not self.paying
        )


def preview(*, group: Group, into: Group, now: datetime | None = None) -> Merger:
    """Reads only. Raises NotTheseTwo."""
    now = now or timezone.now()
    _may_be(group, into)
    (found,) = _looked_at([(group, into)], now)
    return replace(
        found,
        credits=_credits(found.people, found.sessions_before, found.sessions_after, group.credit_rule),
        waiting=Waiting.objects.still().filter(group=group).count(),
    )


def possible(pairs: Sequence[tuple[Group, Group]], *, now: datetime) -> set[tuple[int, int]]:
    """Of these, who into which, those that may be merged. Four queries, whatever their number."""
    alike = [(group, into) for group, into in pairs if _is_alike(group, into)]
    return {(one.group.pk, one.into.pk) for one in _looked_at(alike, now) if one.is_possible}


def _looked_at(pairs: Sequence[tuple[Group, Group]], now: datetime) -> list[Merger]:
    """What each of these would mean, credits left out."""
    ids = {group.pk for pair in pairs for group in pair}
    standing = Enrolment.objects.standing().filter(group__in=ids).exclude(pk__in=Enrolment.objects.expired(now))
    placed: dict[int, set[UUID]] = defaultdict(set)
    people: dict[int, list[Enrolment]] = defaultdict(list)
    for one in standing.whole().select_related("member", "basket", "asked_in").order_by("pk"):
        placed[one.group_id].add(one.member_id)
        if one.state == EnrolmentState.ENROLLED:
            people[one.group_id].append(one)
    paying = Counter(standing.exclude(state=EnrolmentState.ENROLLED).values_list("group", flat=True))
    times: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for number, start, end in _ahead(ids, now).values_list("group", "starts_at", "ends_at"):
        times[number].append((start, end))
    busy: dict[UUID, list[tuple[int, datetime, datetime]]] = defaultdict(list)
    movers = {one.member_id for some in people.values() for one in some}
    seats = Seat.objects.taken().filter(member__in=movers, period__endswith__gt=now)
    for member, number, period in seats.values_list("member", "enrolment__group", "period"):
        busy[member].append((number, period.lower, period.upper))

    def elsewhere(member: UUID, both: set[int]) -> list[tuple[datetime, datetime]]:
        return [(start, end) for number, start, end in busy[member] if number not in both]

    return [
        Merger(
            group=group,
            into=into,
            people=people[group.pk],
            free=into.capacity - len(placed[into.pk]),
            sessions_before=len(times[group.pk]),
            sessions_after=len(times[into.pk]),
            elsewhere=[
                one
                for one in people[group.pk]
                if overlap(times[into.pk], elsewhere(one.member_id, {group.pk, into.pk}))
            ],
            twice=[one for one in people[group.pk] if one.member_id in placed[into.pk]],
            paying=paying[group.pk],
        )
        for group, into in pairs
    ]


def merge(*, group: Group, into: Group, by: StaffMember, seen: int | None = None) -> Merger:
    """Everybody of `group` has a number of `into` and a seat in each of its sessions to come; those of `group` are
    called off and their lanes free. Who loses sessions by it has a credit note by the rule of their group; each family
    has one letter. Who waits for the one waits for the other. `seen` is how many people the preview showed.

    Raises NotYourOffer, NotTheseTwo, BeingPaid, NoRoom, NothingAhead, OthersSince, and what `transfer` does.
    """
    must_plan(group.activity.season, by)
    now = timezone.now()
    _may_be(group, into)
    with patient_transaction(by=by):
        lock_charges(list(Enrolment.objects.enrolled().filter(group=group).order_by("pk")))
        # Whoever takes a place in either shares its row: they have finished, or will find the group over.
        hold_groups([group.pk, into.pk])
        for one in (group, into):
            release_expired(group=one.pk, now=now)
        found = preview(group=group, into=into, now=now)
        if found.paying:
            raise BeingPaid
        if not found.sessions_after:
            raise NothingAhead
        if found.free < len(found.people):
            raise NoRoom
        if seen is not None and seen != len(found.people):
            raise OthersSince
        # What was given back is neither earned in the other group nor given back there once more.
        left, lost = left_of(found.people, group.credit_rule), {one.enrolment.pk: one.cents for one in found.credits}
        for person in found.people:
            transfer(enrolment=person, group=into, by=by, cents=left[person.pk] - lost.get(person.pk, 0), now=now)
        lists.go_on_in(group=group.pk, into=into.pk, now=now)
        _close(group, now, by)
        owe_credits(give(found.credits, by=by, now=now))
        _tell_singles(group, now, by)
        first = _ahead([into.pk], now).earliest("starts_at")
        letters.owe(letters.MERGED, first, [one.member_id for one in found.people], group=group.pk)
    return found


def _tell_singles(group: Group, now: datetime, by: StaffMember) -> None:
    """Whoever has one session of it alone has it called off: their credit by the rule, and a letter. One that was
    called off before was credited and told then.
    """
    singles = Enrolment.objects.enrolled().filter(group=group, session__called_off_at=now)
    lost = list(singles.select_related("session", "basket", "asked_in", "group").order_by("pk"))
    due = credits_for(lost, {one.session_id for one in lost if one.session_id}, group.credit_rule)
    owe_credits(give(due, by=by, now=now))
    for one in lost:
        assert one.session is not None
        letters.owe(letters.CALLED_OFF, one.session, [one.member_id])


def others_of(group: Group) -> QuerySet[Group]:
    """Groups into which this one may go, those of the same activity first told."""
    found = Group.objects.filter(activity__season=group.activity.season_id, unit=group.unit)
    return (
        found.exclude(pk=group.pk)
        .select_related("activity__season", "basin__pool__facility")
        .order_by("activity", "weekday", "starts", "pk")
    )


def _may_be(group: Group, into: Group) -> None:
    if not _is_alike(group, into):
        raise NotTheseTwo


def _is_alike(group: Group, into: Group) -> bool:
    return group.pk != into.pk and (group.activity.season_id, group.unit) == (into.activity.season_id, into.unit)


def _ahead(groups: Collection[int], now: datetime) -> QuerySet[Session]:
    return Session.objects.planned().filter(group__in=groups, starts_at__gt=now)


def overlap(some: Sequence[tuple[datetime, datetime]], others: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start < end_ and start_ < end for start_, end_ in others for start, end in some)


def _credits(people: Sequence[Enrolment], before: int, after: int, rule: str) -> list[Credited]:
    """For sessions that the other group has fewer of: their share in what each place cost."""
    if rule != CreditRule.CREDIT or after >= before:
        return []
    cents = prices_of_sessions(people, before - after)
    return [Credited(one, cents[one.pk]) for one in people if one.asked_in_id is not None and cents[one.pk] > 0]


def _close(group: Group, now: datetime, by: StaffMember) -> None:
    ids = list(_ahead([group.pk], now).values_list("pk", flat=True))
    reason = Translated(
        fr="Ce groupe est réuni avec un autre.",
        de="Diese Gruppe ist mit einer anderen vereint.",
        en="This group has been merged with another.",
    )

    def build(lock: bool) -> Draft:
        uses = LaneUse.objects.filter(event__in=ids).order_by("pk")
        return Draft(group.basin.pool, gone=list(uses.select_for_update(of=("self",), no_key=True) if lock else uses))

    save(build, by=by, wants_something=False)
    Session.objects.filter(pk__in=ids).update(called_off_at=now, reason=reason)
