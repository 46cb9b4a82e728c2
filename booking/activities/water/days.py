"""On which days a pool is open at all: school and public holidays, closures, and pools that are shut for good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from booking.activities.models import Pool, SchoolHoliday
from municipalities.holidays import public_holidays
from municipalities.models import Closure
from municipalities.zone import ZONE

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day on which something would be, and why it is not."""

    day: date
    why: str


def at(day: date, clock: time) -> datetime:
    """That time on that day by the local clock; one that the clock skips in March comes an hour later on it."""
    return datetime.combine(day, clock, tzinfo=ZONE)


def lasts(start: datetime, end: datetime) -> bool:
    """Whether there is a moment between the two: none, where the clock skips it. By instants, for two times of one zone
    are compared by the clock on the wall.
    """
    return start.timestamp() < end.timestamp()


def closures_of(pool: Pool, start: datetime, end: datetime) -> list[Closure]:
    """Closures of the pool, of what its municipality runs, or of the territory, that touch `[start, end)`."""
    return list(Closure.objects.of(pool.facility).filter(period__overlap=(start, end)).order_by("period"))


def why_closed(pool: Pool, closures: Iterable[Closure], start: datetime, end: datetime) -> str:
    """Why nobody swims there then, in the active language; empty where somebody may."""
    if pool.closed_since is not None and end > at(pool.closed_since, time()):
        return str(pool.closed_why) or _("la piscine est fermée jusqu’à nouvel ordre")
    for closure in closures:
        if closure.period.lower < end and closure.period.upper > start:
            return str(closure.reason) or _("la piscine est fermée")
    return ""


class OpenDays:
    """What is known of the days between two dates, both included, asked once; then day by day."""

    def __init__(self, pool: Pool, first: date, last: date) -> None:
        town = pool.facility.municipality
        self.pool = pool
        self.closures = closures_of(pool, at(first, time()), at(last + DAY, time()))
        self.public_holidays = {
            day: name
            for year in range(first.year, last.year + 1)
            for day, name in public_holidays(
                year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday
            ).items()
        }
        self.school_holidays = list(SchoolHoliday.objects.filter(first_day__lte=last, last_day__gte=first))

    def school_holiday(self, day: date) -> str:
        return next((one.name for one in self.school_holidays if one.first_day <= day <= one.last_day), "")

    def why_not(self, day: date, start: datetime, end: datetime, *, skips_school_holidays: bool) -> str:
        """Why a series pauses that day; empty where it takes place."""
        if not lasts(start, end):
            return _("l’heure d’été commence, les horloges passent de 2 h à 3 h")
        holiday = self.public_holidays.get(day, "")
        if not holiday and skips_school_holidays:
            holiday = self.school_holiday(day)
        return holiday or why_closed(self.pool, self.closures, start, end)


def weekly(weekday: int, first: date, last: date) -> list[date]:
    """Every such weekday from `first` to `last`, both included."""
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    return [day + timedelta(days=7 * n) for n in range((last - day).days // 7 + 1)] if day <= last else []
