"""What the pages for changing the calendar read: weeks, overlaps, what a closure touches."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from booking.appointments.enums import CANCELLED, Audience, State
from booking.appointments.free_time.gaps import closures_of
from booking.appointments.free_time.slots import at
from booking.appointments.messages.kinds import Kind
from booking.appointments.models import Appointment, Counter, FreeGap, OpeningPeriod
from booking.appointments.planning.wording import say_rhythm
from municipalities.holidays import public_holidays
from municipalities.spans import Span
from municipalities.wording import say_day, say_time, say_weekday
from municipalities.zone import ZONE
from notifications.models import Message, MessageState

#: The hours a week shows when nothing is open earlier or later, in minutes of the day.
USUAL_FIRST, USUAL_LAST = 8 * 60, 18 * 60


@dataclass(frozen=True)
class Bar:
    """A piece of a day's drawing, in minutes from its left edge. `kind`: open, staff, booked or closed."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True)
class WeekDay:
    """One counter on one day: what is open by rule, what closes it, how much is booked."""

    day: date
    openings: list[OpeningPeriod]
    closed: list[Span]
    booked: int
    holiday: str = ""
    bars: list[Bar] = field(default_factory=list)

    @property
    def is_past(self) -> bool:
        return self.day < timezone.localdate()


@dataclass(frozen=True)
class CounterWeek:
    counter: Counter
    days: list[WeekDay]

    @property
    def minutes(self) -> int:
        """Opening time of the week by its periods, holidays and closures not taken off."""
        return sum(_minute(row.ends) - _minute(row.starts) for day in self.days for row in day.openings)


@dataclass(frozen=True)
class Week:
    """The week of a Monday, for some counters, drawn on one scale: `first` to `first + width` minutes of the day."""

    monday: date
    first: int
    width: int
    counters: list[CounterWeek]

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=n) for n in range(7)]

    @property
    def hours(self) -> list[time]:
        """The full hours to write along the scale, every second one."""
        return [time(hour) for hour in range(self.first // 60, (self.first + self.width) // 60 + 1, 2) if hour < 24]

    @property
    def marks(self) -> list[int]:
        return [hour * 60 - self.first for hour in range(self.first // 60 + 1, (self.first + self.width) // 60)]


def week_of_counters(counters: Sequence[Counter], monday: date) -> Week:
    """The week of these counters (with facility and municipality). Six queries, however many counters."""
    here = ZONE
    start, end = at(monday, time.min, here), at(monday + timedelta(days=7), time.min, here)
    openings: dict[int, list[OpeningPeriod]] = defaultdict(list)
    for row in (
        OpeningPeriod.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=monday),
            counter__in=counters,
            valid_from__lte=monday + timedelta(days=6),
        )
        .prefetch_related("types")
        .order_by("weekday", "starts")
    ):
        if row.holds_on(monday + timedelta(days=row.weekday)):
            openings[row.counter_id].append(row)
    closed = closures_of(counters, start, end)
    booked: dict[int, list[Span]] = defaultdict(list)
    for counter_id, starts_at, ends_at in (
        Appointment.objects.filter(counter__in=counters, starts_at__gte=start, starts_at__lt=end)
        .exclude(state__in=(State.HELD, *CANCELLED))
        .values_list("counter_id", "starts_at", "ends_at")
        .order_by("starts_at")
    ):
        booked[counter_id].append((starts_at, ends_at))
    edges = [(_minute(row.starts), _minute(row.ends)) for rows in openings.values() for row in rows]
    first = min([USUAL_FIRST, *(low for low, _high in edges)]) // 60 * 60
    last = -(-max([USUAL_LAST, *(high for _low, high in edges)]) // 60) * 60
    weeks = []
    for counter in counters:
        town = counter.facility.municipality
        holidays = {
            day: name
            for year in {monday.year, (monday + timedelta(days=6)).year}
            for day, name in public_holidays(
                year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday
            ).items()
        }
        days = []
        for n in range(7):
            day = monday + timedelta(days=n)
            rows = [row for row in openings[counter.pk] if row.weekday == n]
            low, high = at(day, time.min, here), at(day + timedelta(days=1), time.min, here)
            holes = [span for span in closed[counter.pk] if span[0] < high and span[1] > low]
            taken = [span for span in booked[counter.pk] if low <= span[0] < high]
            bars = [
                _bar(
                    "open" if row.audience == Audience.PUBLIC else "staff",
                    _minute(row.starts),
                    _minute(row.ends),
                    first,
                )
                for row in rows
            ]
            bars += [_bar("booked", *_within(span, day), first) for span in taken]
            bars += [
                _bar("closed", max(a, first), min(b, last), first)
                for a, b in (_within(span, day) for span in holes)
                if min(b, last) > max(a, first)
            ]
            if day in holidays:
                bars.append(_bar("closed", first, last, first))
            days.append(WeekDay(day, rows, sorted(holes), len(taken), holidays.get(day, ""), bars))
        weeks.append(CounterWeek(counter, days))
    return Week(monday, first, last - first, weeks)


def _bar(kind: str, low: int, high: int, first: int) -> Bar:
    return Bar(kind, low - first, max(high - low, 0))


def _minute(hour: time) -> int:
    return hour.hour * 60 + hour.minute


def _within(span: Span, day: date) -> tuple[int, int]:
    """The span's part on this local day, in minutes of the clock on the wall."""
    low, high = (moment.astimezone(ZONE) for moment in span)
    first = _minute(low.time()) if low.date() == day else 0
    return first, _minute(high.time()) if high.date() == day else 24 * 60


@dataclass(frozen=True)
class Touched:
    """What a closure takes from one counter."""

    counter: Counter
    appointments: list[Appointment]
    held: int
    free_minutes: int

    @property
    def free_hours(self) -> float:
        return self.free_minutes / 60


def touched_by_closure(counters: Iterable[Counter], period: tuple[datetime, datetime]) -> list[Touched]:
    """By counter: appointments to come, slots being held, free time that goes. Two queries. Untouched ones left out."""
    chosen = {counter.pk: counter for counter in counters}
    start, end = max(period[0], timezone.now()), period[1]
    booked: dict[int, list[Appointment]] = defaultdict(list)
    held: dict[int, int] = defaultdict(int)
    for row in (
        Appointment.objects.filter(
            counter__in=chosen, state__in=(State.BOOKED, State.HELD), starts_at__lt=end, ends_at__gt=start
        )
        .select_related("type", "facility")
        .prefetch_related("people")
        .order_by("starts_at")
    ):
        if row.state == State.BOOKED:
            row.counter = chosen[row.counter_id]
            booked[row.counter_id].append(row)
        elif row.expires_at and row.expires_at > timezone.now():
            held[row.counter_id] += 1
    free: dict[int, timedelta] = defaultdict(timedelta)
    for counter_id, low, high in FreeGap.objects.filter(
        counter__in=chosen, starts_at__lt=end, ends_at__gt=start
    ).values_list("counter_id", "starts_at", "ends_at"):
        free[counter_id] += min(high, end) - max(low, start)
    return [
        Touched(counter, booked[pk], held[pk], int(free[pk] / timedelta(minutes=1)))
        for pk, counter in chosen.items()
        if booked[pk] or held[pk] or free[pk]
    ]


def say_overlap(opening: OpeningPeriod) -> str | None:
    """A sentence naming the other period that covers part of these hours; None when there is none."""
    others = OpeningPeriod.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=opening.valid_from),
        counter=opening.counter_id,
        weekday=opening.weekday,
        starts__lt=opening.ends,
        ends__gt=opening.starts,
    ).exclude(pk=opening.pk)
    if opening.valid_until is not None:
        others = others.filter(valid_from__lte=opening.valid_until)
    rhythm = opening.rhythm
    meeting = (row for row in others.order_by("valid_from", "starts") if row.rhythm.may_meet(rhythm))
    other = next(meeting, None)
    if other is None:
        return None
    said = {
        "weekday": say_weekday(other.weekday),
        "starts": say_time(other.starts),
        "ends": say_time(other.ends),
        "since": say_day(other.valid_from),
        "until": say_day(other.valid_until) if other.valid_until else "",
    }
    if other.valid_until:
        dates = gettext("valable du %(since)s au %(until)s") % said
    else:
        dates = gettext("valable à partir du %(since)s") % said
    rule = say_rhythm(other)
    if rule:
        dates = f"{rule}, {dates}"
    sentence = gettext(
        "Une autre plage de ce guichet couvre déjà une partie de ces heures : "
        "%(weekday)s %(starts)s – %(ends)s, %(dates)s."
    )
    return sentence % {**said, "dates": dates}


def told_by(appointments: Iterable[uuid.UUID], *, since: datetime) -> dict[uuid.UUID, list[str]]:
    """How each of these was told that the office has moved it: « courriel (envoyé) », by appointment. One query."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for message in (
        Message.objects.filter(
            subject_id__in=list(appointments), kind=Kind.MOVED_BY_OFFICE, created_at__gte=since - timedelta(minutes=1)
        )
        .exclude(state=MessageState.WITHDRAWN)
        .order_by("pk")
    ):
        if message.subject_id is not None:
            found[message.subject_id].append(f"{message.get_channel_display()} ({message.get_state_display()})")
    return dict(found)
