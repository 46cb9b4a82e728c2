"""Last season onto new dates: looked at first, then made as a whole, or not at all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.utils import timezone

from booking.activities.models import Activity, Group, Lane, Pool, Season, Session, Window
from booking.activities.seasons.groups import AlreadyOffered, must_plan
from booking.activities.seasons.meetings import meetings_of, uses_of
from booking.activities.seasons.openings import announce
from booking.activities.tariffs.queries import operators_planned_by
from booking.activities.water.days import OpenDays, at
from booking.activities.water.drafts import Draft, Findings, look
from booking.activities.water.saving import save
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember
from municipalities.zone import ZONE

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Dated:
    """A session to be: thousands are shown that nobody makes."""

    pk: UUID
    planned_on: date
    starts_at: datetime
    ends_at: datetime


@dataclass
class Copied:
    """A group as it would be on the new dates, with its sessions."""

    group: Group
    lanes: Sequence[Lane]
    sessions: list[Dated]
    skipped: int


@dataclass
class Preview:
    """What copying would make, before anything is made. `lost` are groups that would never meet."""

    season: Season
    copies: list[Copied] = field(default_factory=list)
    lost: list[Group] = field(default_factory=list)
    findings: list[Findings] = field(default_factory=list)

    @property
    def sessions(self) -> int:
        return sum(len(one.sessions) for one in self.copies)

    @property
    def skipped(self) -> int:
        return sum(one.skipped for one in self.copies)

    @property
    def is_possible(self) -> bool:
        return bool(self.copies) and not any(self.findings)


def preview(*, season: Season, new: Season) -> Preview:
    """The season on the days of `new`, which is not saved: weekdays, hours, lanes and rules stay.

    Everything moves by whole weeks, so that a Wednesday stays one; what leaves the new season is cut off.
    """
    found = _planned(season, new)
    for pool, draft in _drafts(found).items():
        findings = look(draft)
        if findings:
            found.findings.append(findings)
        assert draft.pool == pool
    return found


def copy_season(*, season: Season, new: Season, by: StaffMember) -> Season:
    """Make what `preview` shows, not yet visible to the public, in one transaction.

    Raises NotYourOffer, AlreadyOffered, LanesTaken, TooManyHeads, NothingToPlan, Busy.
    """
    must_plan(season, by)
    assert operators_planned_by(by).filter(pk=new.operator_id).exists()
    try:
        with patient_transaction(by=by):
            new.save()
            found = _planned(season, new)
            _write(season, found)
            for draft in _drafts(found).values():
                save(lambda _lock, draft=draft: draft, by=by)  # type: ignore[misc]
    except IntegrityError as error:
        raise AlreadyOffered from error
    return new


def weeks_between(season: Season, new: Season) -> timedelta:
    """The whole weeks by which everything moves: those nearest to the difference of the first days."""
    return WEEK * round((new.first_day - season.first_day).days / 7)


def _planned(season: Season, new: Season) -> Preview:
    shift = weeks_between(season, new)
    found = Preview(new)
    groups = (
        Group.objects.filter(activity__season=season)
        .select_related("activity", "basin__pool__facility__municipality", "basin__pool__facility__operator")
        .prefetch_related("lanes")
        .order_by("activity", "pk")
    )
    known: dict[int, OpenDays] = {}
    now = timezone.now()
    for group in groups:
        pool = group.basin.pool
        if pool.pk not in known:
            known[pool.pk] = OpenDays(pool, new.first_day, new.last_day)
        lanes = sorted(group.lanes.all(), key=lambda lane: (lane.position, lane.pk))
        group.pk = None
        group.first_day = _within(group.first_day + shift, new)
        group.last_day = _within(group.last_day + shift, new)
        if group.last_day < group.first_day:
            found.lost.append(group)
            continue
        meets, skipped = meetings_of(group, known[pool.pk])
        sessions = [Dated(uuid4(), one.day, one.start, one.end) for one in meets if one.start > now]
        if sessions:
            found.copies.append(Copied(group, lanes, sessions, len(skipped)))
        else:
            found.lost.append(group)
    return found


def _within(day: date, season: Season) -> date:
    return min(max(day, season.first_day), season.last_day)


def _drafts(found: Preview) -> dict[Pool, Draft]:
    """What the copies do to the water, pool by pool."""
    drafts: dict[Pool, Draft] = {}
    for one in found.copies:
        pool = one.group.basin.pool
        draft = drafts.setdefault(pool, Draft(pool))
        draft.put += [use for session in one.sessions for use in uses_of(session, one.group, one.lanes)]
    return drafts


def _write(season: Season, found: Preview) -> None:
    shift = weeks_between(season, found.season)
    old = list(Activity.objects.filter(season=season).prefetch_related("windows").order_by("pk"))
    new = Activity.objects.bulk_create(
        [
            Activity(
                season=found.season,
                code=one.code,
                kind=one.kind,
                name=one.name,
                description=one.description,
                account=one.account,
            )
            for one in old
        ]
    )
    by_old = {one.pk: made for one, made in zip(old, new, strict=True)}
    windows: dict[int, list[Window]] = defaultdict(list)
    for one in old:
        for window in one.windows.all():
            local = window.opens_at.astimezone(ZONE)
            opens = at(local.date() + shift, local.time())
            windows[one.pk].append(Window(activity=by_old[one.pk], audience=window.audience, opens_at=opens))
    Window.objects.bulk_create([window for some in windows.values() for window in some])
    announce(found.season)
    for copied in found.copies:
        copied.group.activity = by_old[copied.group.activity_id]
    Group.objects.bulk_create([copied.group for copied in found.copies])
    through = Group.lanes.through
    through.objects.bulk_create(
        [through(group_id=copied.group.pk, lane_id=lane.pk) for copied in found.copies for lane in copied.lanes]
    )
    sessions = [
        Session(
            id=one.pk,
            group=copied.group,
            planned_on=one.planned_on,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
        )
        for copied in found.copies
        for one in copied.sessions
    ]
    Session.objects.bulk_create(sessions, batch_size=500)
