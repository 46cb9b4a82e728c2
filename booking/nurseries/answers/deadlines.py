"""Until when an operator and a family may answer. Pure, but for the holidays of the nursery's town."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from municipalities.holidays import public_holidays
from municipalities.models import Municipality

#: Working days of an operator, days of a family, days after which the family is reminded.
OPERATOR_DAYS = 5
FAMILY_DAYS = 10
REMINDED_AFTER = (5, 8)
_DAY_ENDS = time(23, 59)


def operator_due(now: datetime, town: Municipality) -> datetime:
    """The end of the fifth working day after this one."""
    day, left = timezone.localdate(now), OPERATOR_DAYS
    while left:
        day += timedelta(days=1)
        left -= _is_worked(day, town)
    return _end_of(day)


def family_due(now: datetime) -> datetime:
    """The end of the tenth day after this one."""
    return _end_of(timezone.localdate(now) + timedelta(days=FAMILY_DAYS))


def _is_worked(day: date, town: Municipality) -> bool:
    off = public_holidays(day.year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday)
    return day.weekday() < 5 and day not in off


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, _DAY_ENDS))
