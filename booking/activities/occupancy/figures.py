"""How full the pools are. Counted from what is planned, sold and noted; no figure needs a name.

Every session that takes place is read once, with its seats; the lines of a table are sums of sessions.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, models
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.enrolling.keeping import NOBODY, Attendance, attendance
from booking.activities.enums import UseKind
from booking.activities.models import LaneUse, Pool, PoolQuerySet, Seat, Session, SessionFigures
from booking.activities.water.days import at
from booking.activities.water.queries import pools_with_place
from municipalities.models import StaffMember
from municipalities.rules import Ability, operators_for
from municipalities.spans import monday_of
from municipalities.wording import say_day

WEEK = timedelta(days=7)


class By(models.TextChoices):
    """What the lines of a table are; the values stand in addresses."""

    POOL = "piscine", _("piscine")
    ACTIVITY = "activite", _("activité")
    GROUP = "groupe", _("groupe")
    HOUR = "heure", _("heure")
    WEEK = "semaine", _("semaine")


def pools_read_by(staff: StaffMember) -> PoolQuerySet:
    """Pools of the operators whose figures this person reads."""
    operators = operators_for(staff, Ability.READ_OCCUPANCY)
    found = pools_with_place()
    return found if operators is None else found.filter(facility__operator__in=operators)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session in figures. `noted` is of how many people it was noted whether they came, `after_all` how many did
    who had left their seat to others; money in cents.
    """

    id: UUID
    starts_at: datetime
    group: int
    group_said: str
    activity: str
    pool: str
    offered: int
    sold: int
    present: int
    after_all: int
    noted: int
    lane_hours: float
    cents: Decimal


@dataclass
class Line:
    """A sum of sessions. A share of nothing is None, and is written as a dash."""

    label: str
    key: object = None
    sessions: int = 0
    offered: int = 0
    sold: int = 0
    #: Places sold in sessions of which the register was kept, and who came to those. Who came after all has bought a
    #: place too, whether or not it was sold once more.
    sold_noted: int = 0
    present: int = 0
    lane_hours: float = 0.0
    cents: Decimal = field(default_factory=Decimal)
    groups: set[int] = field(default_factory=set)
    waiting: int = 0

    def add(self, one: Meeting) -> None:
        self.sessions += 1
        self.offered += one.offered
        self.sold += one.sold
        if one.noted:
            self.sold_noted += one.sold + one.after_all
            self.present += one.present
        self.lane_hours += one.lane_hours
        self.cents += one.cents
        self.groups.add(one.group)

    @property
    def share_sold(self) -> int | None:
        return round(100 * self.sold / self.offered) if self.offered else None

    @property
    def share_present(self) -> int | None:
        return round(100 * self.present / self.sold_noted) if self.sold_noted else None

    @property
    def whole_cents(self) -> int:
        return round(self.cents)

    @property
    def cents_per_hour(self) -> int | None:
        return round(self.cents / Decimal(str(self.lane_hours))) if self.lane_hours else None


def sessions_between(pools: Sequence[Pool], first: date, last: date) -> QuerySet[Session]:
    """Those that take place, both days included."""
    return Session.objects.planned().filter(
        group__basin__pool__in=pools,
        starts_at__gte=at(first, time()),
        starts_at__lt=at(last, time()) + timedelta(days=1),
    )


def meetings(sessions: QuerySet[Session]) -> list[Meeting]:
    """Six queries, however many sessions."""
    rows = list(sessions.select_related("group__activity", "group__basin__pool__facility").order_by("starts_at", "pk"))
    ids = sessions.order_by().values("pk")
    sold = dict(
        Seat.objects.taken()
        .filter(session__in=ids, enrolment__enrolled_at__isnull=False)
        .values_list("session")
        .annotate(n=Count("pk"))
        .order_by("session")
    )
    came, kept = (
        attendance(sessions.order_by()),
        {one.pk: one for one in SessionFigures.objects.filter(session__in=ids)},
    )
    hours: dict[UUID, float] = defaultdict(float)
    for event, period in LaneUse.objects.filter(event__in=ids).values_list("event", "period"):
        hours[event] += (period.upper - period.lower).total_seconds() / 3600
    money = _money_of([one.pk for one in rows])
    found = []
    for one in rows:
        old = kept.get(one.pk)
        seen = came.get(one.pk) or (_as_kept(old) if old else NOBODY)
        found.append(
            Meeting(
                id=one.pk,
                starts_at=one.starts_at,
                group=one.group_id,
                group_said=f"{one.group.code}, {one.group}",
                activity=str(one.group.activity),
                pool=one.group.basin.pool.facility.name,
                offered=one.group.capacity,
                sold=sold.get(one.pk, old.sold if old else 0),
                present=seen.present,
                after_all=seen.after_all,
                noted=seen.noted,
                lane_hours=hours.get(one.pk, 0.0),
                cents=money.get(one.pk, Decimal()),
            )
        )
    return found


def _as_kept(old: SessionFigures) -> Attendance:
    return Attendance(old.present, max(0, old.present - old.sold), old.noted)


#: A place that went on in another group was paid once: `place` is where it is now, and costs what was not given back on
#: the way. Of where it was, what was over counts, absences too: they are no refund. What was given back by ending, or
#: by the rule of credit for a session called off, stays with no session.
_MONEY = """
WITH RECURSIVE moved (enrolment, place) AS (
    SELECT e.id, e.id FROM activities_enrolment e
     WHERE e.moved_from_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM activities_enrolment later WHERE later.moved_from_id = e.id)
    UNION ALL
    SELECT e.moved_from_id, moved.place FROM moved JOIN activities_enrolment e ON e.id = moved.enrolment
     WHERE e.moved_from_id IS NOT NULL
), asked AS (
    SELECT DISTINCT coalesce(moved.place, t.enrolment_id) AS place
      FROM activities_seat t LEFT JOIN moved ON moved.enrolment = t.enrolment_id
     WHERE t.session_id = ANY(%(ids)s)
), whole AS (
    SELECT place, place AS enrolment FROM asked
    UNION
    SELECT place, enrolment FROM moved JOIN asked USING (place)
), seats AS (
    SELECT whole.place, t.session_id,
           t.freed_at IS NULL OR e.state = 'enrolled' OR e.id <> whole.place AS is_theirs
      FROM whole
      JOIN activities_enrolment e ON e.id = whole.enrolment
      JOIN activities_seat t ON t.enrolment_id = e.id
      JOIN activities_session s ON s.id = t.session_id
      JOIN activities_group g ON g.id = s.group_id
     WHERE CASE WHEN e.id = whole.place THEN s.called_off_at IS NULL OR g.credit_rule = 'credit'
                ELSE t.freed_at IS NULL
                     OR (lower(t.period) <= e.ended_at AND s.called_off_at IS NULL AND e.enrolled_at IS NOT NULL) END
), shared AS (
    SELECT place, count(*) AS sessions FROM seats GROUP BY place
)
SELECT seats.session_id, sum(e.cents::numeric / shared.sessions)
  FROM seats
  JOIN shared USING (place)
  JOIN activities_enrolment e ON e.id = seats.place AND e.enrolled_at IS NOT NULL
 WHERE seats.is_theirs AND seats.session_id = ANY(%(ids)s)
 GROUP BY seats.session_id
"""


def _money_of(ids: list[UUID]) -> dict[UUID, Decimal]:
    """By session: what was paid for each place in it, shared out among the sessions that place is for."""
    with connection.cursor() as cursor:
        cursor.execute(_MONEY, {"ids": ids})
        return dict(cursor.fetchall())


def lines(found: Sequence[Meeting], by: By, waiting: Counter[int]) -> list[Line]:
    """Sums by pool, activity, group, hour of the day or week, in the order one looks for them."""
    key, label = _KEYS[by]
    sums: dict[object, Line] = {}
    for one in found:
        if key(one) not in sums:
            sums[key(one)] = Line(label(one), key(one))
        sums[key(one)].add(one)
    for line in sums.values():
        line.waiting = sum(waiting[group] for group in line.groups)
    return [sums[one] for one in sorted(sums, key=str)]


def _hour(one: Meeting) -> int:
    return timezone.localtime(one.starts_at).hour


def _monday(one: Meeting) -> date:
    return monday_of(timezone.localdate(one.starts_at))


_KEYS: dict[By, tuple[Callable[[Meeting], object], Callable[[Meeting], str]]] = {
    By.POOL: (lambda one: one.pool, lambda one: one.pool),
    By.ACTIVITY: (lambda one: one.activity, lambda one: one.activity),
    By.GROUP: (lambda one: (one.activity, one.group_said, one.group), lambda one: one.group_said),
    By.HOUR: (lambda one: f"{_hour(one):02}", lambda one: f"{_hour(one)} h"),
    By.WEEK: (lambda one: _monday(one).isoformat(), lambda one: say_day(_monday(one))),
}


@dataclass(frozen=True)
class Use:
    """Lane hours of one kind of use."""

    kind: str
    label: str
    hours: float
    share: int


def uses(pools: Sequence[Pool], first: date, last: date) -> list[Use]:
    """What the lanes are for, in hours of one lane, most first."""
    start, end = at(first, time()), at(last, time()) + timedelta(days=1)
    hours: dict[str, float] = defaultdict(float)
    rows = LaneUse.objects.filter(lane__basin__pool__in=pools).within(start, end).values_list("kind", "period")
    for kind, period in rows:
        hours[kind] += (min(period.upper, end) - max(period.lower, start)).total_seconds() / 3600
    whole = sum(hours.values())
    found = [Use(kind, str(UseKind(kind).label), number, round(100 * number / whole)) for kind, number in hours.items()]
    return sorted(found, key=lambda one: -one.hours)
