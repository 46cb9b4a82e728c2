"""Planning groups: their sessions and the lanes these have, in one transaction with the group itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.exceptions import FewerSessions, NothingToPlan, SoldSingly
from booking.activities.models import Enrolment, Group, Lane, LaneUse, Pool, Season, Seat, Session, Waiting
from booking.activities.seasons.meetings import Meeting, meetings_of, open_days, uses_of
from booking.activities.seasons.numbering import ONE_PLACE_AT_A_TIME, make_room, who_is_elsewhere
from booking.activities.tariffs.queries import grid_on
from booking.activities.water.days import OpenDays, Skipped
from booking.activities.water.drafts import Draft
from booking.activities.water.saving import save
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import Facility, StaffMember


@dataclass(frozen=True)
class Replanned:
    """A group whose sessions to come are others, or at other times: as it was `before`, and when those that stay but
    move were to begin, by key."""

    group: Group
    before: Group
    moved: Mapping[UUID, datetime]


#: Who tells the people of a group that it was planned anew: what stands above the seasons.
when_replanned: set[Callable[[Replanned], None]] = set()
#: Who lets go what nobody holds any more, before a group has fewer places.
before_fewer: set[Callable[[int], None]] = set()


class NotYourOffer(Refusal):
    code = "not_your_offer"
    sentence = _("Vous ne préparez pas les activités de cette piscine.")


class AlreadyOffered(Refusal):
    code = "already_offered"
    sentence = _("Un groupe, une activité ou une saison de ce nom existe déjà, ou quelqu’un vient de l’enregistrer.")


class NoLane(Refusal):
    code = "no_lane"
    sentence = _("Choisissez au moins une ligne ou une zone, toutes du même bassin.")


class LanesOfSomebodyElse(Refusal):
    code = "lanes_of_somebody_else"
    sentence = _("Ce bassin appartient à un autre gestionnaire que la saison.")


class OutsideOfSeason(Refusal):
    code = "outside_of_season"
    sentence = _("Les dates du groupe doivent rester dans celles de la saison.")


def must_plan(season: Season, by: StaffMember | None) -> None:
    """Raises NotYourOffer. Without anybody it is a command, which may."""
    if by is not None and not Season.objects.visible_to(by).filter(pk=season.pk).exists():
        raise NotYourOffer


@dataclass
class Plan:
    """What a group's rule makes of its sessions from a moment on. What is past, moved or called off stays."""

    keep: list[Session] = field(default_factory=list)
    new: list[Session] = field(default_factory=list)
    gone: list[Session] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def put(self) -> list[Session]:
        return [*self.keep, *self.new]


@dataclass(frozen=True)
class Planned:
    """A group as it will be, in these lanes, and what that makes of its sessions."""

    group: Group
    lanes: Sequence[Lane]
    plan: Plan


def plan_of(group: Group, known: OpenDays | None = None) -> Plan:
    """What saving this group would do, as far as its dates go. Two queries for a group that is there already."""
    now = timezone.now()
    meets, skipped = meetings_of(group, known or open_days(group))
    wanted: dict[object, Meeting] = {meeting.day: meeting for meeting in meets if meeting.start > now}
    plan = Plan(skipped=skipped)
    there = list(Session.objects.filter(group=group).order_by("starts_at")) if group.pk else []
    for session in there:
        if session.planned_on is None:
            continue
        meeting = wanted.pop(session.planned_on, None)
        if session.starts_at <= now or session.is_moved or session.is_called_off:
            continue
        if meeting is None:
            plan.gone.append(session)
        else:
            session.starts_at, session.ends_at = meeting.start, meeting.end
            plan.keep.append(session)
    plan.new = [
        Session(group=group, planned_on=meeting.day, starts_at=meeting.start, ends_at=meeting.end)
        for meeting in wanted.values()
    ]
    return plan


def draft_in(pool: Pool, planned: Iterable[Planned], *, lock: bool = False) -> Draft:
    """What these plans do to the water of one pool; a group that moves to another pool leaves its lanes in this one."""
    planned = list(planned)
    events = [session.pk for one in planned for session in (*one.plan.keep, *one.plan.gone)]
    lanes = list(Lane.objects.filter(basin__pool=pool).values_list("pk", flat=True))
    gone = LaneUse.objects.filter(event__in=events, lane__in=lanes).order_by("pk")
    return Draft(
        pool,
        put=[
            use
            for one in planned
            if one.group.basin.pool_id == pool.pk
            for session in one.plan.put
            for use in uses_of(session, one.group, one.lanes)
        ],
        gone=list(gone.select_for_update(of=("self",), no_key=True) if lock else gone),
    )


def pools_of(groups: Iterable[Group]) -> list[Pool]:
    """Where these groups are and where they will be, in the one order in which their water is saved."""
    groups = list(groups)
    there = [group.pk for group in groups if group.pk]
    before = set(Group.objects.filter(pk__in=there).values_list("basin__pool", flat=True))
    found = Pool.objects.filter(pk__in=before | {group.basin.pool_id for group in groups})
    return list(found.select_related("facility__municipality", "facility__operator").order_by("pk"))


def save_group(*, group: Group, lanes: Sequence[Lane], by: StaffMember | None) -> Plan:
    """Create or change a group from a validated instance, with its sessions to come and their lanes.

    Raises NotYourOffer, NoLane, OutsideOfSeason, AlreadyOffered, LanesTaken, TooManyHeads, NothingToPlan,
    CapacityBelowSold, MembersElsewhere, SoldSingly, FewerSessions, Busy.
    """
    (plan,) = save_groups(season=group.activity.season, wanted=[(group, lanes)], by=by)
    return plan


def save_groups(
    *,
    season: Season,
    wanted: Sequence[tuple[Group, Sequence[Lane]]],
    by: StaffMember | None,
    known: Callable[[Group], OpenDays | None] = lambda _group: None,
) -> list[Plan]:
    """Several groups of a season as `save_group` does one, all or none: two of them may take each other's place.

    Raises AlreadyOffered, NothingToPlan.
    """
    must_plan(season, by)
    for group, lanes in wanted:
        _may_be(group, lanes, season)
    fresh = {number for number, (group, _lanes) in enumerate(wanted) if group.pk is None}
    pools = pools_of(group for group, _lanes in wanted)
    try:
        with patient_transaction(by=by):
            # Whoever changes the same groups or takes a place in them waits here, and then sees what we did.
            there = sorted(group.pk for group, _lanes in wanted if group.pk)
            held = Group.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=there).order_by("pk")
            had = {group.pk: group for group in held}
            planned = []
            for number, (group, lanes) in enumerate(wanted):
                if group.pk in had and group.capacity < had[group.pk].capacity:
                    for let_go in before_fewer:
                        let_go(group.pk)
                    make_room(had[group.pk], group.capacity)
                elif group.pk in had and group.capacity > had[group.pk].capacity:
                    # Numbers that nobody has let go yet: whoever waits is asked for them.
                    Waiting.objects.filter(group=group, left_at__isnull=True).update(passed_at=None)
                group.save()
                group.lanes.set(lanes)
                planned.append(Planned(group, lanes, plan_of(group, known(group))))
                if number in fresh and not planned[-1].plan.put:
                    raise NothingToPlan
            for pool in pools:
                save(
                    lambda lock, pool=pool: draft_in(pool, planned, lock=lock),  # type: ignore[misc]
                    by=by,
                    wants_something=False,
                )
            for one, moved in zip(planned, _write([one.plan for one in planned]), strict=True):
                before = had.get(one.group.pk)
                if before is not None and moved is not None:
                    for tell in when_replanned:
                        tell(Replanned(one.group, before, moved))
    except IntegrityError as error:
        if refused_by(error, ONE_PLACE_AT_A_TIME):
            times = [(one.starts_at, one.ends_at) for done in planned for one in done.plan.put]
            raise who_is_elsewhere([one.group for one in planned], times) from error
        raise AlreadyOffered from error
    return [one.plan for one in planned]


def _may_be(group: Group, lanes: Sequence[Lane], season: Season) -> None:
    if not lanes or any(lane.basin_id != group.basin_id for lane in lanes):
        raise NoLane
    if group.basin.pool.facility.operator_id != season.operator_id:
        raise LanesOfSomebodyElse
    if group.first_day < season.first_day or group.last_day > season.last_day:
        raise OutsideOfSeason


def _write(plans: Sequence[Plan]) -> list[dict[UUID, datetime] | None]:
    """Of each the sessions that move, and when they were to begin; None where no session to come is another."""
    kept = Session.objects.filter(pk__in=[session.pk for plan in plans for session in plan.keep])
    before = {pk: (starts, ends) for pk, starts, ends in kept.values_list("pk", "starts_at", "ends_at")}
    gone = [session.pk for plan in plans for session in plan.gone]
    singles = Enrolment.objects.filter(session__in=gone)
    if singles.standing().exists():
        raise SoldSingly
    for plan in plans:
        loses = len(plan.gone) > len(plan.new)
        if loses and Seat.objects.taken().filter(session__in=plan.gone, enrolment__session=None).exists():
            raise FewerSessions
    singles.delete()
    Session.objects.filter(pk__in=gone).delete()
    Session.objects.bulk_update([session for plan in plans for session in plan.keep], ["starts_at", "ends_at"])
    Session.objects.bulk_create([session for plan in plans for session in plan.new])
    found: list[dict[UUID, datetime] | None] = []
    for plan in plans:
        moved = [one.pk for one in plan.keep if before[one.pk] != (one.starts_at, one.ends_at)]
        found.append({pk: before[pk][0] for pk in moved} if moved or plan.gone or plan.new else None)
    return found


class HasMet(Refusal):
    code = "group_has_met"
    sentence = _("Ce groupe a déjà eu des séances : raccourcissez-le plutôt, en avançant son dernier jour.")


class HasPeople(Refusal):
    code = "group_has_people"
    sentence = _(
        "Des places de ce groupe ont été prises ou retenues : annulez ses séances, ou réunissez-le avec un autre."
    )


def remove_group(*, group: Group, by: StaffMember) -> None:
    """A group that has not met yet and that nobody ever took a place in goes, with its sessions and its lanes.

    Raises NotYourOffer, HasMet, HasPeople, Busy.
    """
    must_plan(group.activity.season, by)
    try:
        _remove(group, by)
    except ProtectedError as error:
        raise HasPeople from error


def _remove(group: Group, by: StaffMember) -> None:
    with patient_transaction(by=by):
        Group.objects.select_for_update(of=("self",), no_key=True).filter(pk=group.pk).order_by("pk").first()
        sessions = list(Session.objects.filter(group=group))
        if any(session.starts_at <= timezone.now() for session in sessions):
            raise HasMet
        planned = [Planned(group, (), Plan(gone=sessions))]
        save(lambda lock: draft_in(group.basin.pool, planned, lock=lock), by=by, wants_something=False)
        group.delete()


def lanes_open_to(staff: StaffMember) -> "Sequence[Lane]":
    """Lanes in service of the pools whose offer this person plans, pool by pool."""
    pools = Facility.objects.offer_planned_by(staff)
    found = Lane.objects.filter(is_active=True, basin__pool__facility__in=pools)
    return list(
        found.select_related("basin__pool__facility").order_by(
            "basin__pool__facility__name", "basin__position", "basin", "position", "pk"
        )
    )


def coaches_of(season: Season) -> QuerySet[StaffMember]:
    """Those who have a role with the operator of the season, whatever it is."""
    town = season.operator.municipality_id
    works = Q(roles__operator=season.operator_id) | Q(roles__facility__operator=season.operator_id)
    if town is not None:
        works |= Q(roles__municipality=town)
    return StaffMember.objects.filter(works, is_active=True).distinct().order_by("name")


def codes_of(season: Season) -> list[str]:
    """The codes of the grid under which the season is sold; none while there is no grid."""
    grid = grid_on(season.operator_id, season.first_day)
    return sorted({row.code for row in grid.grid.rows}) if grid else []
