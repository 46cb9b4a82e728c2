from datetime import UTC, datetime, time

import pytest

from municipalities.zone import ZONE
from notifications.reminders import due_before


@pytest.mark.parametrize(
    ("at", "days", "due_at"),
    [
        (datetime(2026, 11, 24, 8, 40, tzinfo=ZONE), 7, datetime(2026, 11, 17, 8, 0, tzinfo=UTC)),
        (datetime(2027, 3, 29, 9, 0, tzinfo=ZONE), 1, datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 9, 0, tzinfo=ZONE), 1, datetime(2027, 3, 27, 8, 0, tzinfo=UTC)),
        (datetime(2027, 11, 1, 9, 0, tzinfo=ZONE), 1, datetime(2027, 10, 31, 8, 0, tzinfo=UTC)),
        # Half past eleven in the evening in UTC is the next day on the wall.
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), 1, datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_hour_is_by_the_clock_on_the_wall(at: datetime, days: int, due_at: datetime) -> None:
    assert due_before(at, days, time(9)) == due_at
