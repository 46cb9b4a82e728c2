"""Every group that the public may see, as cached: what a card, a filter and the home page's door are made of."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from booking.activities.models import Audience, Group, Level, Session, Window
from booking.activities.models.seasons import ActivityKind, AgeDay, CreditRule
from booking.activities.pricing import Span, Unit
from booking.activities.tariffs.queries import PriceSpan, grid_on, span_of
from municipalities.database.cached import cached_until_changed
from municipalities.languages import Translated

YEAR = 12


@dataclass(frozen=True, slots=True)
class Offered:
    """One group. `meets` are the starts of all its sessions that take place, in their order; ages are full months."""

    pk: int
    code: str
    activity_id: int
    activity_code: str
    kind: ActivityKind
    name: Translated
    description: Translated
    season: Translated
    season_id: int
    season_starts: date
    facility_id: int
    operator_id: int
    cash_office_id: int | None
    account: str
    basin: Translated
    weekday: int
    starts: time
    ends: time
    first_day: date
    last_day: date
    capacity: int
    level_from: int | None
    level_to: int | None
    months_from: int
    months_below: int | None
    #: The day on which somebody must have the age that it is for.
    counted_on: date
    tariff_code: str
    unit: Unit
    allows_trial: bool
    absence_hours: int
    credit_rule: CreditRule
    sessions_tried: int | None
    meets: tuple[datetime, ...]
    #: How many sessions its price is for: those that are called off too.
    planned: int
    windows: tuple[tuple[Audience, datetime], ...]
    is_invented: bool

    def next_meeting(self, now: datetime) -> datetime | None:
        return next((start for start in self.meets if start > now), None)

    def left(self, now: datetime) -> int:
        """How many sessions are still to come."""
        return sum(start > now for start in self.meets)

    @property
    def length(self) -> timedelta:
        """How long it meets, by the clock on the wall."""
        return datetime.combine(date.min, self.ends) - datetime.combine(date.min, self.starts)

    def is_for_age(self, months: Span) -> bool:
        """Whether somebody of this age may come; `months` is the whole of a year, or one month."""
        return (self.months_below is None or months.low < self.months_below) and (
            months.high is None or self.months_from < months.high
        )

    def is_for_level(self, level: Level) -> bool:
        return (self.level_from is None or self.level_from <= level) and (
            self.level_to is None or level <= self.level_to
        )

    def price(self, today: date, unit: Unit | None = None) -> PriceSpan | None:
        """From the cheapest case to the dearest, by the grid in force when one would pay; None without a price.
        `unit`: of something else than what the group is sold by.
        """
        version = grid_on(self.operator_id, max(today, self.first_day))
        below = None if self.months_below is None else -(-self.months_below // YEAR)
        return span_of(
            version.grid if version else None,
            self.tariff_code,
            unit or self.unit,
            Span(self.months_from // YEAR, below),
        )


@cached_until_changed
def offered() -> Mapping[int, Offered]:
    """By key, in the order of the week. Three queries, once after each change of the offer."""
    meets: dict[int, list[datetime]] = defaultdict(list)
    planned: Counter[int] = Counter()
    public = Session.objects.filter(group__activity__season__is_public=True).order_by("starts_at")
    for group_id, start, called_off_at in public.values_list("group_id", "starts_at", "called_off_at"):
        planned[group_id] += 1
        if called_off_at is None:
            meets[group_id].append(start)
    windows: dict[int, list[tuple[Audience, datetime]]] = defaultdict(list)
    for window in Window.objects.filter(activity__season__is_public=True).order_by("opens_at", "pk"):
        windows[window.activity_id].append((Audience(window.audience), window.opens_at))
    groups = Group.objects.filter(activity__season__is_public=True).select_related("activity__season", "basin__pool")
    return {
        group.pk: Offered(
            pk=group.pk,
            code=group.code,
            activity_id=group.activity_id,
            activity_code=group.activity.code,
            kind=ActivityKind(group.activity.kind),
            name=group.activity.name,
            description=group.activity.description,
            season=group.activity.season.name,
            season_id=group.activity.season_id,
            season_starts=group.activity.season.first_day,
            facility_id=group.basin.pool.facility_id,
            operator_id=group.activity.season.operator_id,
            cash_office_id=group.basin.pool.cash_office_id,
            account=group.activity.account,
            basin=group.basin.name,
            weekday=group.weekday,
            starts=group.starts,
            ends=group.ends,
            first_day=group.first_day,
            last_day=group.last_day,
            capacity=group.capacity,
            level_from=group.level_from,
            level_to=group.level_to,
            months_from=group.months_from,
            months_below=group.months_below,
            counted_on=_counted_on(group, meets[group.pk]),
            tariff_code=group.tariff_code,
            unit=Unit(group.unit),
            allows_trial=group.allows_trial,
            absence_hours=group.absence_hours,
            credit_rule=CreditRule(group.credit_rule),
            sessions_tried=group.activity.season.sessions_tried,
            meets=tuple(meets[group.pk]),
            planned=planned[group.pk],
            windows=tuple(windows[group.activity_id]),
            is_invented=group.activity.season.has_invented_data,
        )
        for group in groups.order_by("weekday", "starts", "pk")
    }


def _counted_on(group: Group, meets: Sequence[datetime]) -> date:
    """The day of the first session, of the rule where there is none; or the last one of the year a season begins in."""
    if group.age_day == AgeDay.DECEMBER_31:
        return date(group.activity.season.first_day.year, 12, 31)
    return timezone.localdate(meets[0]) if meets else group.first_day


@dataclass(frozen=True)
class Door:
    """What the home page says of the pools: how many activities one may still join, and the next opening."""

    activities: int
    pools: int
    opens_at: datetime | None


def door(now: datetime) -> Door | None:
    """None while nothing is offered."""
    ahead = [group for group in offered().values() if group.meets and group.meets[-1] > now]
    if not ahead:
        return None
    openings = [moment for group in ahead for _audience, moment in group.windows if moment > now]
    return Door(
        activities=len({group.activity_id for group in ahead}),
        pools=len({group.facility_id for group in ahead}),
        opens_at=min(openings, default=None),
    )
