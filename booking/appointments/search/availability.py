"""Availability: one function answers first starts, days, times, why there is nothing, and what is next.

Everything is read from the same rows by the same rules (visibility.py) at the same `now`, so that the calendar never
promises a day whose times are then empty.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from heapq import merge
from itertools import islice
from typing import Any, Literal, NamedTuple

from django.utils import timezone

from booking.appointments.free_time import visibility
from booking.appointments.free_time.gaps import days_between
from booking.appointments.free_time.slots import at
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import AppointmentType
from booking.appointments.search import places
from booking.appointments.search.answers import (
    Answer,
    DayAnswer,
    DayFacility,
    DayStatus,
    FacilityAnswer,
    FacilityStatus,
    Search,
    Slot,
)
from booking.appointments.search.statements import (
    FIRST_GAPS_ELSEWHERE,
    FREE_TIME_OF_ALL,
    FREE_TIME_OF_PLACES,
    GAPS_OF_DAYS,
    REASONS,
)
from municipalities.database.prepared import prepared_rows
from municipalities.models import Facility
from municipalities.zone import ZONE

#: A territory of so many facilities is told whole: each with its first start and its times of the day.
MOST_FACILITIES = 60
#: Of a larger one, so many of the nearest are listed; days and first starts are those of all of it.
NEAREST = 20


def find(search: Search, *, now: datetime | None = None) -> Answer:
    """Answer a search at `now`. Three statements, whatever the territory's size; a few more where free time is rare."""
    return _Finder(search, now or timezone.now()).answer()


def first_slot(
    type: AppointmentType,
    people: int = 1,
    viewer: Viewer | None = None,
    facilities: tuple[int, ...] | None = None,
    now: datetime | None = None,
) -> Slot | None:
    """The soonest start anybody of this viewer's kind can take; for doors and headings."""
    finder = _Finder(Search(type, people, viewer or Viewer(), facilities, limit=1), now or timezone.now())
    firsts = finder.first_starts(finder.free_time(most_days=1))
    return firsts[0] if firsts else None


def first_of(search: Search) -> Slot | None:
    """The soonest start that a search finds. Two statements, as `find` has them."""
    finder = _Finder(replace(search, day=None, month=None, limit=1), timezone.now())
    firsts = finder.first_starts(finder.free_time())
    return firsts[0] if firsts else None


def first_slots(type: AppointmentType) -> tuple[Slot | None, dict[int, Slot]]:
    """The soonest start of one person from nowhere in particular, and that of each place. Two statements."""
    finder = _Finder(Search(type, limit=1), timezone.now())
    free = finder.free_time()
    firsts = finder.first_starts(free)
    return (firsts[0] if firsts else None), finder.firsts_of_places(free)


@dataclass(frozen=True)
class FreeTime:
    """A bookable gap of one counter: starts from `starts_at` on, none from `latest` on, each taking `length`."""

    facility: Facility
    starts_at: datetime
    ends_at: datetime
    latest: datetime
    length: timedelta


def free_time_of_day(search: Search, day: date, *, now: datetime | None = None) -> list[FreeTime]:
    """Every bookable gap of one day, those of two counters told apart, for whoever places many people at once."""
    finder = _Finder(search, now or timezone.now())
    if day < finder.today:
        return []
    return [
        FreeTime(
            finder.facilities[gap.facility_id],
            _moment(gap.start),
            _moment(gap.ends_at),
            _moment(gap.stop),
            timedelta(minutes=gap.length),
        )
        for gap in finder.gaps_of([day])
    ]


class Gap(NamedTuple):
    """Bookable time of one counter, in minutes since 1970: starts every `step` from `start` on, before `stop`."""

    facility_id: int
    start: int
    ends_at: int
    stop: int
    length: int
    step: int


class _Free(NamedTuple):
    """Bookable days in order; the gaps of one of them; the first gap of counters of places that have none that day."""

    days: list[date]
    day: date | None
    gaps: list[Gap]
    others: list[Gap]


class _Finder:
    """One answer being put together; every statement shares the same values."""

    def __init__(self, search: Search, now: datetime) -> None:
        self.search = search
        self.now = now
        self.today = now.astimezone(ZONE).date()
        found = places.nearest(search, now, most=MOST_FACILITIES, of_more=NEAREST)
        self.rules, self.is_large = found.rules, found.are_more
        measured = [(places.kilometres(place, search.viewer.home), place) for place in found.places]
        measured.sort(key=lambda pair: (pair[0] or 0.0, pair[1].pk))
        self.km = {place.pk: km for km, place in measured}
        self.facilities = {place.pk: place for _km, place in measured}
        self.shown_ids = list(self.km)
        self.first_day = max(self.today, search.from_day or self.today)
        released_until = visibility.far_day(self.rules, self.today)
        self.far_day = min(released_until, search.until_day) if search.until_day else released_until
        opens = [now] if search.viewer.staff else [window[0] for window in self.rules.values()]
        self.opens = max(opens, default=now)
        self.month = search.month if search.day is None else None
        self.values = visibility.parameters(
            kind=search.type,
            people=search.people,
            viewer=search.viewer,
            now=now,
            rules=self.rules,
            weekdays=sorted(search.weekdays),
            from_time=search.earliest,
            until_time=search.latest,
        ) | {
            "ids": self.shown_ids,
            "only": list(search.facilities or []) or None,
            "soonest": min(opens, default=now),
            "span": (released_until - self.today).days,
            "first": self.first_day,
            "last": self.far_day,
            "month": self.month,
        }
        self._known: dict[date, dict[int, list[Slot]]] = {}

    def _know(self, ids: set[int]) -> None:
        """Read places that are too far to be listed."""
        missing = ids - self.facilities.keys()
        if missing:
            self.facilities |= {place.pk: place for place in places.named(missing)}

    # -- reading ---------------------------------------------------------------------------------------------------

    def rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return prepared_rows(sql, self.values | more)

    def free_time(self, *, most_days: int = 1000) -> _Free:
        """Every bookable day, also outside of the dates asked for: the calendar says what is there."""
        if not self.shown_ids:
            return _Free([], self.search.day, [], [])
        day = self.search.day
        (found, *_rest), gaps, others = self.rows(
            FREE_TIME_OF_ALL if self.is_large else FREE_TIME_OF_PLACES, day=day, most_days=most_days
        )
        days = sorted(self.today + timedelta(days=number) for number in found or ())
        shown = (d for d in self._asked(days) if self.month is None or d.replace(day=1) == self.month)
        return _Free(days, day or next(shown, None), _gaps(gaps), _gaps(others))

    def gaps_of(self, days: Sequence[date]) -> list[Gap]:
        """Every bookable gap of these days at the listed places, those of two counters told apart."""
        return _gaps(self.rows(GAPS_OF_DAYS, days=days)[0]) if self.shown_ids and days else []

    def _asked(self, days: Iterable[date]) -> Iterator[date]:
        return (day for day in days if self.first_day <= day <= self.far_day)

    def starts(self, gaps: Iterable[Gap]) -> dict[int, tuple[list[int], dict[int, int], dict[int, int]]]:
        """By place: every start inside these gaps, in order; the first end of each and how many counters have it."""
        ends: dict[int, dict[int, int]] = {}
        free: dict[int, dict[int, int]] = {}
        for facility_id, start, ends_at, stop, length, step in gaps:
            end, count = ends.setdefault(facility_id, {}), free.setdefault(facility_id, {})
            for begin in range(start, min(ends_at - length + 1, stop), step):
                if begin in end:
                    count[begin] += 1
                    end[begin] = min(end[begin], begin + length)
                else:
                    count[begin] = 1
                    end[begin] = begin + length
        latest = self.search.latest
        return {
            facility_id: (
                [begin for begin in sorted(end) if latest is None or _moment(begin).astimezone(ZONE).time() <= latest],
                end,
                free[facility_id],
            )
            for facility_id, end in ends.items()
        }

    def slots(self, gaps: Iterable[Gap]) -> dict[int, list[Slot]]:
        """By place: its starts, soonest first; those of several counters told once."""
        people, moment = self.search.people, cache(_moment)
        found = {}
        for facility_id, (starts, ends, free) in self.starts(gaps).items():
            place = self.facilities[facility_id]
            found[facility_id] = [Slot(place, moment(n), moment(ends[n]), people, free[n]) for n in starts]
        return {facility_id: slots for facility_id, slots in found.items() if slots}

    def slots_of(self, day: date, free: _Free) -> dict[int, list[Slot]]:
        """The starts of a day at the listed places."""
        if day not in self._known:
            self._known[day] = self.slots(free.gaps if day == free.day else self.gaps_of([day]))
        return self._known[day]

    def first_starts(self, free: _Free) -> list[Slot]:
        """The first starts of the whole territory, also of places too far to be listed; nearest first among equals."""
        days, width = list(self._asked(free.days)), 1
        found: list[Slot] = []
        while days and len(found) < self.search.limit:
            batch, days = days[:width], days[width:]
            slots = self.slots_of(batch[0], free) if width == 1 else self.slots(self.gaps_of(batch))
            missing = self.search.limit - len(found)
            listed = merge(*([(s.starts_at, rank, s) for s in slots.get(pk, ())] for rank, pk in enumerate(self.km)))
            first = [slot for _start, _rank, slot in islice(listed, missing)]
            found += self._with_far_places(batch[0], first, missing) if self.is_large else first
            width = 1 if self.is_large else 3 * width
        return found

    def _with_far_places(self, day: date, listed: list[Slot], missing: int) -> list[Slot]:
        """The first starts of a day anywhere: those given of the listed places, and what begins sooner elsewhere."""
        before = listed[-1].starts_at if len(listed) == missing else datetime.max.replace(tzinfo=UTC)
        opens = max(self.opens, at(day, self.search.earliest, ZONE)) if self.search.earliest else self.opens
        most = 8 * missing  # as a rule enough: several counters of a place may be free at once
        while True:
            gaps = _gaps(self.rows(FIRST_GAPS_ELSEWHERE, day=day, opens=opens, before=before, most=most)[0])
            starts = self.starts(gaps)
            elsewhere = sorted((start, pk) for pk in starts for start in starts[pk][0])
            if len(gaps) >= most:
                # Gaps that begin later were not read: what is told lies before the last one that was.
                last = max((gap.start, gap.facility_id) for gap in gaps)
                elsewhere = [start for start in elsewhere if start < last]
            if len(gaps) < most or len(elsewhere) >= missing:
                break
            most *= 8
        chosen = set(elsewhere[:missing])
        self._know({pk for _start, pk in chosen})
        far = self.slots(gap for gap in gaps if gap.facility_id in {pk for _start, pk in chosen})
        slots = [slot for pk in sorted(far) for slot in far[pk] if (_minute(slot.starts_at), pk) in chosen]
        return sorted([*listed, *slots], key=lambda slot: slot.starts_at)[:missing]

    # -- answering -------------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        search = self.search
        free = self.free_time()
        day = free.day
        around = day or self.month
        first = self.first_starts(free)
        firsts = self.firsts_of_places(free)
        month = self._month_around(free.days)
        without = [facility_id for facility_id in self.shown_ids if facility_id not in firsts]
        why_days, why_places = self._reasons([d for d in month if d >= self.today and d not in set(free.days)], without)
        facilities = [
            FacilityAnswer(
                self.facilities[facility_id],
                self.km[facility_id],
                firsts.get(facility_id),
                FacilityStatus.OPEN if facility_id in firsts else why_places[facility_id],
            )
            for facility_id in self.shown_ids
        ]
        nearest = next((answer.first for answer in facilities if answer.first), None)
        if search.sort == "soonest":
            facilities.sort(
                key=lambda found: (found.first is None, (found.first and found.first.starts_at) or self.now)
            )
        return Answer(
            soonest=first[0] if first else None,
            nearest=nearest if search.viewer.home else None,
            first=first,
            facilities=facilities,
            month=[DayAnswer(d, DayStatus.PAST if d < self.today else why_days.get(d, DayStatus.FREE)) for d in month],
            day=day,
            day_facilities=self._day(day, free) if day else [],
            previous_day=max((d for d in free.days if around and d < around), default=None),
            next_day=min((d for d in free.days if around and d > around), default=None),
            released_next_at=min((window[2] for window in self.rules.values()), default=None),
        )

    def firsts_of_places(self, free: _Free) -> dict[int, Slot]:
        """The first start of each listed place that has one: on the first bookable day, or later."""
        firsts = {pk: slots[0] for pk, slots in self.slots(free.others).items()}
        if free.day is not None and free.day == next(self._asked(free.days), None):
            firsts |= {pk: slots[0] for pk, slots in self.slots_of(free.day, free).items()}
        return firsts

    def _month_around(self, free: Sequence[date]) -> list[date]:
        """Whole weeks around the month asked for, or that of the first bookable day."""
        month = (self.search.month or self.search.day or (free[0] if free else self.first_day)).replace(day=1)
        first = month - timedelta(days=month.weekday())
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return days_between(first, last + timedelta(days=6 - last.weekday()))

    def _reasons(
        self, days: Sequence[date], places: Sequence[int]
    ) -> tuple[dict[date, DayStatus], dict[int, FacilityStatus]]:
        """Why there is nothing on these days, and at these places on the days asked for."""
        found = self.rows(REASONS, days=days, places=places, until=self.search.until_day or date.max)
        reasons = [(day, place, _reason(later, busy, reserved)) for day, place, later, busy, reserved in found]
        return (
            {day: DayStatus[why] for day, _place, why in reasons if day is not None},
            {place: FacilityStatus[why] for _day, place, why in reasons if place is not None},
        )

    def _day(self, day: date, free: _Free) -> list[DayFacility]:
        if day < self.today:
            return []
        slots = self.slots_of(day, free)
        found = [
            DayFacility(self.facilities[facility_id], self.km[facility_id], slots[facility_id])
            for facility_id in self.shown_ids
            if facility_id in slots
        ]
        if self.search.sort == "soonest" and self.search.viewer.home is None:
            found.sort(key=lambda entry: entry.slots[0].starts_at)
        return found


def _reason(later: bool, busy: bool, reserved: bool) -> Literal["NOT_RELEASED", "RESERVED", "FULL", "CLOSED"]:
    """Full is said last of all: only where no resident of any municipality could have it now."""
    if later:
        return "NOT_RELEASED"
    if reserved:
        return "RESERVED"
    return "FULL" if busy else "CLOSED"


def _gaps(row: Sequence[Any]) -> list[Gap]:
    """The gaps in one row of arrays."""
    return [Gap(*columns) for columns in zip(*row, strict=True)] if row[0] else []


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
