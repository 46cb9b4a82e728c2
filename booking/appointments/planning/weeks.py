"""Whole weeks of opening periods: a new one from a day on, one copied to other counters or other days, one cut in two.

What was valid before stays what it was: an opening period that changes ends the day before and another one begins, so
that a past day is never told otherwise than it was. Every verb is one transaction with one rebuild of free time.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from itertools import combinations

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.appointments.free_time.gaps import counters_with_place, last_day, rebuild
from booking.appointments.models import Counter, OpeningPeriod
from booking.appointments.models.calendar import Weekday
from booking.appointments.planning.openings import OpeningsOverlap, nobody_left_outside
from booking.appointments.rhythm import EVERY_WEEK, Rhythm
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.wording import say_time, say_weekday

WEEK = tuple(Weekday.values)
OVERLAP = "opening_periods_of_a_counter_never_overlap"


class CalendarChanged(Refusal):
    code = "calendar_changed"
    sentence = _(
        "Quelqu’un d’autre a changé cette semaine entre-temps. Rien n’est enregistré : voici la semaine actuelle."
    )


class PastWeek(Refusal):
    code = "past_week"
    sentence = _("Ce qui est passé reste comme c’était : choisissez une date à partir d’aujourd’hui.")


class NoSuchCut(Refusal):
    code = "no_such_cut"
    sentence = _("La coupure doit tomber dans la plage, et la reprise après la pause.")


@dataclass(frozen=True, slots=True)
class Hours:
    """An opening period without counter and validity: what a week is made of. Empty `type_ids`: all that is served."""

    weekday: int
    starts: time
    ends: time
    audience: int = 0
    fallback_days: int | None = None
    fallback_time: time | None = None
    type_ids: frozenset[int] = frozenset()
    rhythm: Rhythm = EVERY_WEEK

    @classmethod
    def of(cls, row: OpeningPeriod) -> "Hours":
        return cls(
            row.weekday,
            row.starts,
            row.ends,
            row.audience,
            row.fallback_days,
            row.fallback_time,
            frozenset(kind.pk for kind in row.types.all()),
            row.rhythm,
        )

    def __str__(self) -> str:
        return f"{say_weekday(self.weekday)} {say_time(self.starts)} – {say_time(self.ends)}"


@dataclass(frozen=True)
class WeekChange:
    """What was done: the counters changed, and what a counter could not take over because it serves no such type."""

    counters: list[Counter]
    left_out: list[tuple[Counter, Hours]] = field(default_factory=list)


def week_of(counter: Counter, monday: date) -> list[OpeningPeriod]:
    """The periods valid in the week of this Monday, each on its own day, in order: also those of every second week
    that pause in this one, for whoever sets the week anew sets all of them.
    """
    rows = counter.openings.prefetch_related("types").order_by("weekday", "starts", "pk")
    return [row for row in rows if row.is_valid_on(monday + timedelta(days=row.weekday))]


def mark_of(counter: Counter) -> str:
    """Changes whenever an opening period of the counter does: shows whether a page is still true."""
    rows = counter.openings.prefetch_related("types").order_by("pk")
    said = repr([(row.pk, row.valid_from, row.valid_until, Hours.of(row)) for row in rows])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def set_week(
    *,
    counters: Sequence[Counter],
    hours: Collection[Hours],
    from_day: date,
    until_day: date | None = None,
    weekdays: Iterable[int] = WEEK,
    seen: str | None = None,
    by: StaffMember,
    keep_appointments: bool = False,
) -> WeekChange:
    """From `from_day` on these are the hours of these counters; after `until_day` those of before come back.

    Only the `weekdays` named are touched. `seen` is the first counter's mark as it was shown. All counters or none.
    Raises OpeningsOverlap, AppointmentsInTheWay, CalendarChanged, PastWeek, Busy.
    """
    chosen = sorted(set(weekdays))
    wanted = sorted((one for one in hours if one.weekday in chosen), key=lambda one: (one.weekday, one.starts))
    _refuse_overlaps(wanted)
    if from_day < timezone.localdate() or (until_day is not None and until_day < from_day):
        raise PastWeek
    ids = sorted({counter.pk for counter in counters})
    left_out = []
    try:
        with patient_transaction(by=by):
            locked = _lock(ids)
            if seen is not None and mark_of(counters[0]) != seen:
                raise CalendarChanged
            with nobody_left_outside(locked, keep_appointments):
                for counter in locked:
                    fitting, unfit = _fitting(counter, wanted)
                    left_out += [(counter, one) for one in unfit]
                    _put(counter, fitting, chosen, from_day, until_day)
                _rebuild(locked, from_day, until_day)
    except IntegrityError as error:
        if OVERLAP not in str(error):
            raise
        raise CalendarChanged from error
    return WeekChange(locked, left_out)


def copy_week(
    *,
    source: Counter,
    week: date,
    targets: Sequence[Counter],
    from_day: date,
    until_day: date | None = None,
    by: StaffMember,
    keep_appointments: bool = False,
) -> WeekChange:
    """The hours of one counter in the week of the Monday `week`, for other counters from a day on.

    Raises AppointmentsInTheWay, PastWeek, Busy.
    """
    return set_week(
        counters=targets,
        hours=[Hours.of(row) for row in week_of(source, week)],
        from_day=from_day,
        until_day=until_day,
        by=by,
        keep_appointments=keep_appointments,
    )


def copy_day(
    *,
    counter: Counter,
    week: date,
    weekday: int,
    to: Iterable[int],
    from_day: date,
    until_day: date | None = None,
    seen: str | None = None,
    by: StaffMember,
    keep_appointments: bool = False,
) -> WeekChange:
    """The hours of one weekday in the week of the Monday `week`, for other weekdays from a day on.

    Raises AppointmentsInTheWay, CalendarChanged, PastWeek, Busy.
    """
    days = sorted(set(to) - {weekday})
    model = [Hours.of(row) for row in week_of(counter, week) if row.weekday == weekday]
    return set_week(
        counters=[counter],
        hours=[replace(one, weekday=day) for day in days for one in model],
        weekdays=days,
        from_day=from_day,
        until_day=until_day,
        seen=seen,
        by=by,
        keep_appointments=keep_appointments,
    )


def split_opening(
    *,
    opening: OpeningPeriod,
    pause: time,
    resumes: time,
    from_day: date,
    by: StaffMember,
    keep_appointments: bool = False,
) -> None:
    """Cut a period in two from a day on, with a pause between them when `resumes` is later than `pause`.

    Raises NoSuchCut, AppointmentsInTheWay, CalendarChanged, PastWeek, Busy.
    """
    if not opening.starts < pause <= resumes < opening.ends:
        raise NoSuchCut
    whole = Hours.of(opening)
    parts = [replace(whole, ends=pause), replace(whole, starts=resumes)]
    _reshape(opening, parts, from_day, by, keep_appointments)


def end_opening(*, opening: OpeningPeriod, last_day: date, by: StaffMember, keep_appointments: bool = False) -> None:
    """The last day on which a period holds; a period that has not begun by then goes altogether.

    Raises AppointmentsInTheWay, CalendarChanged, PastWeek, Busy.
    """
    _reshape(opening, [], last_day + timedelta(days=1), by, keep_appointments)


def _reshape(
    opening: OpeningPeriod, parts: Sequence[Hours], from_day: date, by: StaffMember, keep_appointments: bool
) -> None:
    if from_day < timezone.localdate():
        raise PastWeek
    with patient_transaction(by=by):
        counters = _lock([opening.counter_id])
        row = OpeningPeriod.objects.prefetch_related("types").filter(pk=opening.pk).first()
        if row is None or (row.valid_until is not None and row.valid_until < from_day):
            raise CalendarChanged
        if (row.starts, row.ends, row.weekday) != (opening.starts, opening.ends, opening.weekday):
            raise CalendarChanged
        with nobody_left_outside(counters, keep_appointments):
            since, until = max(row.valid_from, from_day), row.valid_until
            _cut_out(row, from_day, None)
            for part in parts:
                _create(counters[0], part, since, until)
            _rebuild(counters, since, until)


def _lock(ids: Sequence[int]) -> list[Counter]:
    """Whoever changes weeks of these counters waits here; bookings do not."""
    locked = Counter.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(counters_with_place().filter(pk__in=list(locked.values_list("pk", flat=True))).order_by("pk"))


def _refuse_overlaps(wanted: Sequence[Hours]) -> None:
    for one, next_one in combinations(wanted, 2):
        same_hours = one.weekday == next_one.weekday and next_one.starts < one.ends
        if same_hours and one.rhythm.may_meet(next_one.rhythm):
            said = {"one": str(one), "other": str(next_one)}
            raise OpeningsOverlap(gettext("Deux plages se chevauchent : %(one)s et %(other)s.") % said)


def _fitting(counter: Counter, wanted: Iterable[Hours]) -> tuple[list[Hours], list[Hours]]:
    """What this counter can take over, types it does not serve left away, and what it cannot."""
    served = {kind.pk for kind in counter.types.all()}
    fitting, unfit = [], []
    for one in wanted:
        kept = one.type_ids & served
        if one.type_ids and not kept:
            unfit.append(one)
        else:
            fitting.append(replace(one, type_ids=kept))
    return fitting, unfit


def _put(
    counter: Counter, wanted: Sequence[Hours], weekdays: Sequence[int], from_day: date, until_day: date | None
) -> None:
    missing: dict[Hours, int] = defaultdict(int)
    for one in wanted:
        missing[one] += 1
    for row in counter.openings.filter(weekday__in=weekdays).prefetch_related("types").order_by("pk"):
        if (row.valid_until is not None and row.valid_until < from_day) or (
            until_day is not None and row.valid_from > until_day
        ):
            continue
        covers_all = row.valid_from <= from_day and (
            row.valid_until is None or (until_day is not None and row.valid_until >= until_day)
        )
        if covers_all and missing[Hours.of(row)]:
            missing[Hours.of(row)] -= 1
        else:
            _cut_out(row, from_day, until_day)
    for one in wanted:
        if missing[one]:
            missing[one] -= 1
            _create(counter, one, from_day, until_day)


def _cut_out(row: OpeningPeriod, from_day: date, until_day: date | None) -> None:
    """The period no longer holds from `from_day` to `until_day`; what lies before and after stays."""
    goes_on = until_day is not None and (row.valid_until is None or row.valid_until > until_day)
    if row.valid_from < from_day:
        until = row.valid_until
        row.valid_until = from_day - timedelta(days=1)
        row.save(update_fields=["valid_until"])
        if goes_on and until_day is not None:
            _create(row.counter, Hours.of(row), until_day + timedelta(days=1), until)
    elif goes_on and until_day is not None:
        row.valid_from = until_day + timedelta(days=1)
        row.save(update_fields=["valid_from"])
    else:
        row.delete()


def _create(counter: Counter, hours: Hours, since: date, until: date | None) -> None:
    row = OpeningPeriod.objects.create(
        counter=counter,
        weekday=hours.weekday,
        starts=hours.starts,
        ends=hours.ends,
        valid_from=since,
        valid_until=until,
        audience=hours.audience,
        fallback_days=hours.fallback_days,
        fallback_time=hours.fallback_time,
        every_weeks=hours.rhythm.every_weeks,
        counted_from=hours.rhythm.counted_from,
        nth=hours.rhythm.nth,
        except_on=list(hours.rhythm.except_on),
    )
    if hours.type_ids:
        row.types.set(hours.type_ids)


def _rebuild(counters: Sequence[Counter], since: date, until: date | None) -> None:
    first, end = max(since, timezone.localdate()), last_day()
    rebuild(counters, first, end if until is None else min(until, end))
