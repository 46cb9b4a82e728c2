"""Keeps the rows of free time and of offers equal to what they are derived from.

Two hands change free gaps: `take` (in actions/holds.py) removes a piece of one gap it has locked, and `rebuild` here
rewrites whole days of a counter from openings − closures − appointments. `rebuild` first makes sure that no `take` is
under way on those days: it locks every gap of them, and looks again until no new one has appeared. Rebuilds of one
counter queue behind an advisory lock. Nothing here is driven by a clock except the far end, which moves on daily.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.enums import OCCUPYING, State
from booking.appointments.free_time.slots import Opening, Stretch, at, free_time
from booking.appointments.models import (
    Appointment,
    Counter,
    CounterClosure,
    CounterOffering,
    FreeGap,
    OpeningPeriod,
)
from municipalities.database.locks import AdvisoryLock, one_at_a_time
from municipalities.database.transactions import inner_transaction
from municipalities.holidays import public_holidays
from municipalities.models import Closure
from municipalities.spans import Span
from municipalities.zone import ZONE

#: Free time exists as rows this many days ahead: the longest horizon (a year) and a month to spare.
DAYS_AHEAD = 400


def last_day() -> date:
    return timezone.localdate() + timedelta(days=DAYS_AHEAD)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def computed(
    counters: Sequence[Counter], days: Sequence[date], *, appointments: bool = True
) -> dict[int, list[Stretch]]:
    """Free stretches by counter id, straight from the sources: the oracle. With `appointments=False`, opening time."""
    if not counters or not days:
        return {counter.pk: [] for counter in counters}
    ids = [counter.pk for counter in counters]
    here = ZONE
    first, last = min(days), max(days)
    start, end = at(first, time.min, here), at(last + timedelta(days=1), time.min, here)
    openings: dict[int, list[Opening]] = defaultdict(list)
    for row in OpeningPeriod.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=first), counter__in=ids, valid_from__lte=last
    ).prefetch_related("types"):
        openings[row.counter_id].append(
            Opening(
                weekday=row.weekday,
                starts=row.starts,
                ends=row.ends,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                audience=row.audience,
                fallback_days=row.fallback_days,
                fallback_time=row.fallback_time,
                type_ids=tuple(sorted(kind.pk for kind in row.types.all())),
                rhythm=row.rhythm,
            )
        )
    closed = closures_of(counters, start, end)
    taken: dict[int, list[Span]] = defaultdict(list)
    if appointments:
        for counter_id, starts_at, ends_at in Appointment.objects.filter(
            counter__in=ids, state__in=OCCUPYING, starts_at__lt=end, starts_at__gte=start - timedelta(days=1)
        ).values_list("counter_id", "starts_at", "ends_at"):
            taken[counter_id].append((starts_at, ends_at))
    cuts = _cuts(ids)
    years = range(first.year, last.year + 1)
    found = {}
    for counter in counters:
        town = counter.facility.municipality
        holidays: set[date] = set()
        for year in years:
            holidays |= set(public_holidays(year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday))
        found[counter.pk] = (
            free_time(
                days=days,
                openings=openings[counter.pk],
                closed=closed[counter.pk],
                taken=taken[counter.pk],
                holidays=holidays,
                cuts=cuts[counter.pk],
                zone=here,
            )
            if counter.is_active and counter.facility.is_active
            else []
        )
    return found


def closures_of(counters: Sequence[Counter], start: datetime, end: datetime) -> dict[int, list[Span]]:
    """By counter id, every closure of it or of its places that overlaps `[start, end)`. Two queries.

    A municipality's closure closes what the municipality runs, not what others run in it.
    """
    found: dict[int, list[Span]] = defaultdict(list)
    within = Q(period__overlap=(start, end))
    for counter_id, period in CounterClosure.objects.filter(within, counter__in=counters).values_list(
        "counter_id", "period"
    ):
        found[counter_id].append((period.lower, period.upper))
    operators = {counter.facility.operator_id for counter in counters}
    places = {counter.facility_id for counter in counters}
    closures = Closure.objects.filter(
        within,
        Q(facility__in=places)
        | Q(municipality__operator__in=operators)
        | Q(facility__isnull=True, municipality__isnull=True),
    )
    for facility, operator, period in closures.values_list("facility", "municipality__operator", "period"):
        for counter in counters:
            if facility in (None, counter.facility_id) and operator in (None, counter.facility.operator_id):
                found[counter.pk].append((period.lower, period.upper))
    return found


def _cuts(counter_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for counter_id, *cuts in CounterOffering.objects.filter(counter__in=counter_ids).values_list(
        "counter_id", "reserve_until", "held_from_7", "held_from_1"
    ):
        found[counter_id].update(cut for cut in cuts if 0 < cut < 1000)
    return defaultdict(list, {counter_id: sorted(cuts) for counter_id, cuts in found.items()})


def _lock(counter_ids: Sequence[int], first: date, last: date) -> None:
    """Wait until nobody is taking time of these counters on these days, and keep it so until commit."""
    for counter_id in sorted(counter_ids):
        one_at_a_time(AdvisoryLock.FREE_TIME, counter_id)
    gaps = FreeGap.objects.filter(counter__in=counter_ids, day__range=(first, last))
    locked: set[int] = set()
    # Look first, lock then, look again: a lock that waited for somebody taking a gap comes back without that gap and
    # without what remains of it, so its own answer never says that there is nothing more.
    while not set(gaps.values_list("pk", flat=True)) <= locked:
        locked |= set(gaps.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def lock_day(counter_id: int, starts_at: datetime) -> list[FreeGap]:
    """What is free around one instant of one counter, in order; nobody takes any of it until commit."""
    day = timezone.localdate(starts_at)
    _lock([counter_id], day, day)
    return list(FreeGap.objects.filter(counter=counter_id, day=day).order_by("starts_at"))


def rebuild(counters: Iterable[Counter], first: date, last: date) -> None:
    """Rewrite the free gaps of these counters from `first` to `last`. Call inside the transaction of the change."""
    counters = list(counters)
    if not counters or last < first:
        return
    ids = [counter.pk for counter in counters]
    with inner_transaction():
        _lock(ids, first, last)
        wanted = _wanted(counters, first, last)
        stale = []
        for row in FreeGap.objects.filter(counter__in=ids, day__range=(first, last)):
            if wanted.pop((row.counter_id, as_stretch(row)), None) is None:
                stale.append(row.pk)
        if stale:
            FreeGap.objects.filter(pk__in=stale).delete()
        FreeGap.objects.bulk_create(
            [
                FreeGap(
                    counter_id=counter_id,
                    facility_id=facility_id,
                    day=stretch.day,
                    starts_at=stretch.starts_at,
                    ends_at=stretch.ends_at,
                    audience=stretch.audience,
                    public_from=stretch.public_from,
                    portion=stretch.portion,
                    type_ids=list(stretch.type_ids),
                )
                for (counter_id, stretch), facility_id in wanted.items()
            ],
            batch_size=2000,
        )


def _wanted(counters: Sequence[Counter], first: date, last: date) -> dict[tuple[int, Stretch], int]:
    places = {counter.pk: counter.facility_id for counter in counters}
    return {
        (counter_id, stretch): places[counter_id]
        for counter_id, stretches in computed(counters, days_between(first, last)).items()
        for stretch in stretches
    }


def differences(counter: Counter, first: date, last: date) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches that should be rows and are not, and rows that should not be, over the days kept for this counter."""
    end = min(last, counter.free_until or first)
    wanted = set(computed([counter], days_between(first, end))[counter.pk])
    rows = FreeGap.objects.filter(counter=counter, day__range=(first, end))
    stored = {as_stretch(row) for row in rows.order_by("starts_at")}
    return sorted(wanted - stored, key=_begins), sorted(stored - wanted, key=_begins)


def _begins(stretch: Stretch) -> datetime:
    return stretch.starts_at


def as_stretch(row: FreeGap) -> Stretch:
    return Stretch(row.day, row.starts_at, row.ends_at, row.audience, row.public_from, row.portion, tuple(row.type_ids))


def counters_with_place() -> QuerySet[Counter]:
    return Counter.objects.select_related("facility__municipality")


def rebuild_day(counter_id: int, starts_at: datetime) -> None:
    """Give back or take in what happened around one instant of one counter."""
    day = timezone.localdate(starts_at)
    rebuild(counters_with_place().filter(pk=counter_id), day, day)


def rebuild_ahead(counters: Iterable[Counter]) -> None:
    """Rewrite everything from today to the far end."""
    counters = list(counters)
    start, end = timezone.localdate(), last_day()
    for counter in counters:
        with inner_transaction():
            rebuild([counter], start, end)
            if counter.free_until != end:
                counter.free_until = end
                counter.save(update_fields=["free_until"])


def extend() -> int:
    """Move the far end on to where it belongs today and forget gaps of past days. The number of counters extended."""
    today, end = timezone.localdate(), last_day()
    behind = list(counters_with_place().filter(Q(free_until__isnull=True) | Q(free_until__lt=end)))
    for counter in behind:
        with inner_transaction():
            first = max(today, counter.free_until + timedelta(days=1)) if counter.free_until else today
            rebuild([counter], first, end)
            counter.free_until = end
            counter.save(update_fields=["free_until"])
    FreeGap.objects.filter(day__lt=today).delete()
    return len(behind)


def outside(counters: Sequence[Counter], first: date | None = None) -> list[Appointment]:
    """Appointments and holds to come that lie outside of their counter's opening time, closures taken off."""
    today = max(first or timezone.localdate(), timezone.localdate())
    rows = list(
        Appointment.objects.filter(state__in=(State.HELD, State.BOOKED))
        .filter(counter__in=counters, starts_at__gte=max(timezone.now(), at(today, time.min, ZONE)))
        .select_related("facility", "counter", "type")
        .order_by("starts_at")
    )
    if not rows:
        return []
    days = sorted({timezone.localdate(row.starts_at) for row in rows})
    open_time = computed(counters, days, appointments=False)
    merged = {counter_id: _joined(stretches) for counter_id, stretches in open_time.items()}
    return [
        row
        for row in rows
        if not any(start <= row.starts_at and row.ends_at <= end for start, end in merged[row.counter_id])
    ]


def _joined(stretches: Iterable[Stretch]) -> list[Span]:
    joined: list[Span] = []
    for stretch in stretches:
        if joined and stretch.starts_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stretch.ends_at))
        else:
            joined.append((stretch.starts_at, stretch.ends_at))
    return joined
