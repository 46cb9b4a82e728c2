"""The half-days of the next fortnight: when they begin and end, until when they are given back, who is of which age."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from booking.nurseries.calendar_words import WEEK
from booking.nurseries.enums import Half
from booking.nurseries.models import ApplicationChild, Nursery, OccasionalCare
from booking.nurseries.supply import reading

#: Half-days are opened and taken so many days ahead.
DAYS_AHEAD = 14
#: A family has so long to confirm what it has chosen.
HOLD = timedelta(minutes=10)
#: Free places are published by the third day before (CASF D.214-10).
PUBLISHED_DAYS_BEFORE = 3


def care_of(nursery: Nursery) -> OccasionalCare:
    """What the nursery says, or what holds until it has said something."""
    return OccasionalCare.objects.filter(nursery=nursery).first() or OccasionalCare(nursery=nursery)


@dataclass(frozen=True)
class HalfDay:
    """One half-day of a nursery, in local time."""

    care: OccasionalCare
    day: date
    half: str

    @property
    def begins_at(self) -> datetime:
        return _at(self.day, self.care.morning_from if self.half == Half.MORNING else self.care.afternoon_from)

    @property
    def ends_at(self) -> datetime:
        nursery = self.care.nursery
        hours = nursery.morning_hours if self.half == Half.MORNING else nursery.afternoon_hours
        return self.begins_at + timedelta(hours=float(hours))

    @property
    def given_back_by(self) -> datetime:
        return _at(self.day - timedelta(days=1), self.care.given_back_by)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def weekly(day: date, half: str) -> str:
    """« tue_am », as capacities name it."""
    return f"{WEEK[day.weekday()]}_{half}"


def section_of(child: ApplicationChild, day: date) -> str:
    """By its age on that day; "" for a child who is not born."""
    born = child.member.born_on
    if born is None or born > day:
        return ""
    return reading.horizon(reading.month_of(day), 1).band(reading.month_of(born), reading.month_of(day))


def days_ahead(today: date) -> list[date]:
    """Today and the fourteen days after, as far as nurseries work."""
    every = [today + timedelta(days=number) for number in range(DAYS_AHEAD + 1)]
    return [day for day in every if day.weekday() < 5]
