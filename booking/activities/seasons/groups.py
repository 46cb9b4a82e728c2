"""Planning groups: their sessions and the lanes these have, in one transaction with the group itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Group, Lane, LaneUse, Season, Session
from booking.activities.seasons.meetings import Meeting, meetings_of, open_days, uses_of
from booking.activities.water.days import OpenDays, Skipped
from booking.activities.water.drafts import Draft
from booking.activities.water.saving import save
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import Facility, StaffMember


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


def plan_of(group: Group, known: OpenDays | None = None, *, now: datetime | None = None) -> Plan:
    """What saving this group would do, as far as its dates go. Two queries for a group that is there already."""
    now = now or timezone.now()
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


def draft_of(group: Group, lanes: Sequence[Lane], plan: Plan, *, lock: bool = False) -> Draft:
    """What a plan does to the water."""
    events = [session.pk for session in (*plan.keep, *plan.gone)]
    gone = LaneUse.objects.filter(event__in=events).order_by("pk")
    return Draft(
        group.basin.pool,
        put=[use for session in plan.put for use in uses_of(session, group, lanes)],
        gone=list(gone.select_for_update(of=("self",), no_key=True) if lock else gone),
    )


def save_group(*, group: Group, lanes: Sequence[Lane], by: StaffMember | None, known: OpenDays | None = None) -> Plan:
    """Create or change a group from a validated instance, with its sessions to come and their lanes.

    Raises NotYourOffer, NoLane, OutsideOfSeason, AlreadyOffered, LanesTaken, TooManyHeads, NothingToPlan, Busy.
    """
    season = group.activity.season
    must_plan(season, by)
    if not lanes or any(lane.basin_id != group.basin_id for lane in lanes):
        raise NoLane
    if group.basin.pool.facility.operator_id != season.operator_id:
        raise LanesOfSomebodyElse
    if group.first_day < season.first_day or group.last_day > season.last_day:
        raise OutsideOfSeason
    is_new = group.pk is None
    try:
        with patient_transaction(by=by):
            if not is_new:
                # Whoever changes the same group waits here, and then sees what we did.
                Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
            group.save()
            group.lanes.set(lanes)
            plan = plan_of(group, known)
            save(lambda lock: draft_of(group, lanes, plan, lock=lock), by=by, wants_something=is_new)
            _write(plan)
    except IntegrityError as error:
        raise AlreadyOffered from error
    return plan


def _write(plan: Plan) -> None:
    Session.objects.filter(pk__in=[session.pk for session in plan.gone]).delete()
    Session.objects.bulk_update(plan.keep, ["starts_at", "ends_at"])
    Session.objects.bulk_create(plan.new)


class HasMet(Refusal):
    code = "group_has_met"
    sentence = _("Ce groupe a déjà eu des séances : raccourcissez-le plutôt, en avançant son dernier jour.")


def remove_group(*, group: Group, by: StaffMember) -> None:
    """A group that has not met yet goes, with its sessions and its lanes. Raises NotYourOffer, HasMet, Busy."""
    must_plan(group.activity.season, by)
    with patient_transaction(by=by):
        Group.objects.select_for_update(of=("self",), no_key=True).filter(pk=group.pk).order_by("pk").first()
        sessions = list(Session.objects.filter(group=group))
        if any(session.starts_at <= timezone.now() for session in sessions):
            raise HasMet
        events = [session.pk for session in sessions]

        def build(lock: bool) -> Draft:
            gone = LaneUse.objects.filter(event__in=events).order_by("pk")
            rows = gone.select_for_update(of=("self",), no_key=True) if lock else gone
            return Draft(group.basin.pool, gone=list(rows))

        save(build, by=by, wants_something=False)
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
