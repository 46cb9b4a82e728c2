"""Availability: one function answers first starts, days, times, why there is nothing, and what is next.

Everything is read from the same rows by the same rules (visibility.py) at the same `now`, so that the calendar never
promises a day whose times are then empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from booking.appointments import visibility
from booking.appointments.answers import (
    Answer,
    DayAnswer,
    DayFacility,
    DayStatus,
    FacilityAnswer,
    FacilityStatus,
    Search,
    Slot,
    parse_token,
)
from booking.appointments.free_time import days_between, zone
from booking.appointments.models import AppointmentType
from booking.appointments.slots import at, starts_in
from booking.appointments.visibility import BOOKABLE, FITS, SHARED, SOURCE, Place, Viewer
from municipalities.distance import distance_km
from municipalities.models import Facility

__all__ = [
    "Answer",
    "DayAnswer",
    "DayFacility",
    "DayStatus",
    "FacilityAnswer",
    "FacilityStatus",
    "FreeTime",
    "Search",
    "Slot",
    "Viewer",
    "find",
    "first_slot",
    "free_time_of_day",
    "parse_token",
]

#: Facilities whose own first start is told in one answer; in a larger territory, the nearest ones.
MOST_FACILITIES = 60


def find(search: Search, *, now: datetime | None = None) -> Answer:
    """Answer a search at `now`. A fixed number of queries, whatever the territory's size."""
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
    firsts = finder.first_starts()
    return firsts[0] if firsts else None


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
        FreeTime(finder.facilities[facility_id], start, ends_at, ends_at if own else latest, length)
        for facility_id, start, ends_at, length, _step, latest, own in finder.gaps(finder.shown_ids, [day], 1000)
    ]


class _Finder:
    """One answer being put together; every query shares the same parameters."""

    def __init__(self, search: Search, now: datetime) -> None:
        self.search = search
        self.now = now
        self.zone = zone()
        self.today = now.astimezone(self.zone).date()
        places, self.rules = visibility.offered(search.type, search.people, search.facilities, now)
        self.places = self._nearest_first(places)
        self.all_ids = [place.facility_id for place, _km in self.places]
        self.shown = self.places[:MOST_FACILITIES]
        self.shown_ids = [place.facility_id for place, _km in self.shown]
        self.km = {place.facility_id: km for place, km in self.places}
        self.first_day = max(self.today, search.from_day or self.today)
        self.released_until = visibility.far_day(self.rules, self.today)
        self.far_day = min(self.released_until, search.until_day) if search.until_day else self.released_until
        self.values = visibility.parameters(
            kind=search.type,
            people=search.people,
            viewer=search.viewer,
            now=now,
            rules=self.rules,
            weekdays=sorted(search.weekdays),
            from_time=search.earliest,
            until_time=search.latest,
        )
        self.facilities: dict[int, Facility] = {}
        if self.places:
            self.facilities = Facility.objects.select_related("municipality").in_bulk(self.shown_ids)

    def _nearest_first(self, places: Sequence[Place]) -> list[tuple[Place, float | None]]:
        home = self.search.viewer.home
        if home is None:
            return [(place, None) for place in places]
        measured = [
            (
                place,
                0.0
                if place.municipality_id == home.pk
                else distance_km(home.latitude, home.longitude, place.latitude, place.longitude),
            )
            for place in places
        ]
        return [(place, km) for place, km in sorted(measured, key=lambda pair: (pair[1], pair[0].facility_id))]

    # -- reading ---------------------------------------------------------------------------------------------------

    def rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.values, **more})
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def gaps(self, ids: Sequence[int], days: Sequence[date], limit: int) -> list[tuple[Any, ...]]:
        """Per facility the first `limit` bookable gaps: facility, start in the gap, end of the gap, length, step.

        Day by day, so that the database stops at the first days that have something, whatever it expects to find.
        """
        if not ids or not days:
            return []
        return self.rows(
            f"""SELECT f.id, x.start, x.ends_at, x.length, x.step, x.latest, x.own
            FROM unnest(%(ids)s::bigint[]) AS f(id)
            CROSS JOIN LATERAL (
                SELECT y.* FROM (SELECT u.day FROM unnest(%(days)s::date[]) AS u(day) ORDER BY u.day) AS d
                CROSS JOIN LATERAL (
                    SELECT s.start, g.ends_at, q.length, q.step, w.latest, q.own FROM {SOURCE}
                    WHERE g.facility_id = f.id AND g.day = d.day AND {BOOKABLE}
                    ORDER BY s.start LIMIT %(most)s
                ) AS y ORDER BY d.day, y.start LIMIT %(most)s
            ) AS x""",
            ids=list(ids),
            days=list(days),
            most=limit,
        )

    def slots(self, gaps: Iterable[tuple[Any, ...]], limit: int | None = None) -> list[Slot]:
        """The starts inside these gaps, soonest first, those of several counters of one facility told once."""
        found: dict[tuple[datetime, int], list[datetime]] = {}
        for facility_id, start, ends_at, length, step, latest, own in gaps:
            minutes, stride = int(length.total_seconds() // 60), int(step.total_seconds() // 60)
            for count, begin in enumerate(starts_in(start, ends_at, minutes=minutes, step=stride, earliest=start)):
                if (not own and begin >= latest) or not self._hour_fits(begin):
                    break
                if limit is not None and count >= limit:
                    break
                found.setdefault((begin, facility_id), []).append(begin + length)
        ordered = sorted(found, key=lambda key: (key[0], self.km.get(key[1]) or 0.0, key[1]))
        return [
            Slot(self._facility(key[1]), key[0], min(found[key]), self.search.people, len(found[key]))
            for key in ordered[:limit]
        ]

    def _facility(self, facility_id: int) -> Facility:
        if facility_id not in self.facilities:
            self.facilities[facility_id] = Facility.objects.select_related("municipality").get(pk=facility_id)
        return self.facilities[facility_id]

    def _hour_fits(self, start: datetime) -> bool:
        return self.search.latest is None or start.astimezone(self.zone).time() <= self.search.latest

    def first_starts(self) -> list[Slot]:
        """The first starts of the whole territory, also of the facilities too far to be listed."""
        limit = self.search.limit
        if len(self.all_ids) <= MOST_FACILITIES:
            return self.slots(self.gaps(self.all_ids, self._days(self.first_day, self.far_day), limit), limit)
        first, width = self.first_day, 3
        found: list[tuple[Any, ...]] = []
        while first <= self.far_day and len(found) < limit:
            last = min(first + timedelta(days=width - 1), self.far_day)
            found += self.rows(
                f"""SELECT g.facility_id, s.start, g.ends_at, q.length, q.step, w.latest, q.own FROM {SOURCE}
                WHERE g.day BETWEEN %(first)s AND %(last)s AND {BOOKABLE}
                AND (%(only)s::bigint[] IS NULL OR g.facility_id = ANY(%(only)s))
                ORDER BY g.day, s.start LIMIT %(most)s""",
                first=first,
                last=last,
                most=limit,
                only=list(self.search.facilities or []) or None,
            )
            first, width = last + timedelta(days=1), width * 3
        return self.slots(found, limit)

    def free_days(self) -> list[date]:
        """Every bookable day, in order, also outside of the dates asked for: the calendar says what is there."""
        if not self.all_ids:
            return []
        found = self.rows(
            f"""SELECT d.day FROM unnest(%(days)s::date[]) AS d(day)
            WHERE EXISTS (SELECT 1 FROM {SOURCE} WHERE g.day = d.day
                AND (%(only)s::bigint[] IS NULL OR g.facility_id = ANY(%(only)s)) AND {BOOKABLE} OFFSET 0)""",
            days=self._days(self.today, self.released_until),
            only=list(self.search.facilities or []) or None,
        )
        return sorted(row[0] for row in found)

    def _days(self, first: date, last: date) -> list[date]:
        """The days of that stretch which fall on a weekday asked for."""
        weekdays = self.search.weekdays
        return [day for day in days_between(first, last) if not weekdays or day.weekday() in weekdays]

    # -- answering -------------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        search = self.search
        free = self.free_days()
        gaps = self.gaps(self.shown_ids, [d for d in free if self.first_day <= d <= self.far_day], search.limit)
        firsts: dict[int, Slot] = {}
        for slot in self.slots(gaps):
            firsts.setdefault(slot.facility.pk, slot)
        first = self.slots(gaps, search.limit) if len(self.all_ids) <= MOST_FACILITIES else self.first_starts()
        day = search.day or next((d for d in free if self.first_day <= d <= self.far_day), None)
        facilities = self._facility_answers(firsts)
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
            month=self._month(free),
            day=day,
            day_facilities=self._day(day) if day else [],
            previous_day=max((d for d in free if day and d < day), default=None),
            next_day=min((d for d in free if day and d > day), default=None),
            released_next_at=min((window[2] for window in self.rules.values()), default=None),
        )

    def _facility_answers(self, firsts: dict[int, Slot]) -> list[FacilityAnswer]:
        """Nearest first, each with its first start or the reason why there is none."""
        empty = [facility_id for facility_id in self.shown_ids if facility_id not in firsts]
        why = self._why_empty(empty)
        return [
            FacilityAnswer(
                self.facilities[place.facility_id],
                km,
                firsts.get(place.facility_id),
                FacilityStatus.OPEN if place.facility_id in firsts else why[place.facility_id],
            )
            for place, km in self.shown
        ]

    def _why_empty(self, ids: Sequence[int]) -> dict[int, FacilityStatus]:
        if not ids:
            return {}
        found = self.rows(
            f"""SELECT f.id,
              EXISTS (SELECT 1 FROM {SOURCE} WHERE g.facility_id = f.id AND g.day >= %(first)s
                      AND (%(until)s::date IS NULL OR g.day <= %(until)s) AND {SHARED} AND {FITS}
                      AND (g.audience = 0 OR g.public_from IS NOT NULL) AND s.start >= w.earliest OFFSET 0),
              EXISTS (SELECT 1 FROM appointments_freegap g WHERE g.facility_id = f.id
                      AND g.day BETWEEN %(first)s AND %(last)s)
              OR EXISTS (SELECT 1 FROM appointments_appointment a WHERE a.facility_id = f.id
                      AND a.starts_at >= %(begin)s AND a.starts_at < %(end)s
                      AND a.state NOT LIKE 'cancelled%%')
            FROM unnest(%(ids)s::bigint[]) AS f(id)""",
            ids=list(ids),
            first=self.first_day,
            last=self.far_day,
            until=self.search.until_day,
            begin=at(self.first_day, time.min, self.zone),
            end=at(self.far_day + timedelta(days=1), time.min, self.zone),
        )
        return {
            facility_id: FacilityStatus.NOT_RELEASED
            if later
            else FacilityStatus.FULL
            if busy
            else FacilityStatus.CLOSED
            for facility_id, later, busy in found
        }

    def _month(self, free: Sequence[date]) -> list[DayAnswer]:
        """Whole weeks around the month asked for, or that of the first bookable day."""
        month = (self.search.month or self.search.day or (free[0] if free else self.first_day)).replace(day=1)
        first = month - timedelta(days=month.weekday())
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        days = days_between(first, last + timedelta(days=6 - last.weekday()))
        bookable = set(free)
        unknown = [day for day in days if day >= self.today and day not in bookable]
        known = self._why_no_day(unknown)
        return [
            DayAnswer(
                day,
                DayStatus.PAST if day < self.today else DayStatus.FREE if day in bookable else known[day],
            )
            for day in days
        ]

    def _why_no_day(self, days: Sequence[date]) -> dict[date, DayStatus]:
        if not days:
            return {}
        found = self.rows(
            f"""SELECT d.day,
              EXISTS (SELECT 1 FROM {SOURCE} WHERE g.day = d.day
                      AND (%(only)s::bigint[] IS NULL OR g.facility_id = ANY(%(only)s))
                      AND (g.audience = 0 OR g.public_from IS NOT NULL)
                      AND {SHARED} AND {FITS} AND s.start >= w.earliest OFFSET 0),
              EXISTS (SELECT 1 FROM appointments_freegap g WHERE g.day = d.day AND g.facility_id = ANY(%(ids)s))
              OR EXISTS (SELECT 1 FROM appointments_appointment a WHERE a.facility_id = ANY(%(ids)s)
                      AND a.starts_at >= d.day::timestamp AT TIME ZONE %(zone)s
                      AND a.starts_at < (d.day + 1)::timestamp AT TIME ZONE %(zone)s
                      AND a.state NOT LIKE 'cancelled%%')
            FROM unnest(%(days)s::date[]) AS d(day)""",
            days=list(days),
            ids=self.shown_ids,
            only=list(self.search.facilities or []) or None,
        )
        return {
            day: DayStatus.NOT_RELEASED if later else DayStatus.FULL if busy else DayStatus.CLOSED
            for day, later, busy in found
        }

    def _day(self, day: date) -> list[DayFacility]:
        slots: dict[int, list[Slot]] = {}
        if day < self.today:
            return []
        for slot in self.slots(self.gaps(self.shown_ids, [day], 1000)):
            slots.setdefault(slot.facility.pk, []).append(slot)
        found = [
            DayFacility(self.facilities[facility_id], self.km[facility_id], slots[facility_id])
            for facility_id in self.shown_ids
            if facility_id in slots
        ]
        if self.search.sort == "soonest" and self.search.viewer.home is None:
            found.sort(key=lambda entry: entry.slots[0].starts_at)
        return found
