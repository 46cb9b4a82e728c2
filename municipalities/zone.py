"""The one time zone: days begin and hours are told in it, whatever the server's clock says."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings

ZONE = ZoneInfo(settings.TIME_ZONE)


def instant(day: date, hour: time, *, fold: int = 0) -> datetime:
    """That hour of that day as an instant, in UTC; `fold=1` is the second one of an hour that the clock strikes twice.

    Two hours of one zone are compared by the clock on the wall, to which both are the same.
    """
    return datetime.combine(day, hour.replace(fold=fold), ZONE).astimezone(UTC)
