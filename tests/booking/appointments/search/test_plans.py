"""Statements that are planned once serve whatever is asked."""

import re

import pytest
from django.db import connection

from booking.appointments.bookings import holds
from municipalities.database.prepared import numbered

pytestmark = pytest.mark.django_db

#: Types that the server cannot tell from the statement alone.
TYPES = {"now": "timestamptz", "start": "timestamptz", "today": "date", "people": "int"}


def generic_plan(sql: str) -> str:
    """The plan for any values, as if tables were too large to be read from end to end."""
    text, names = numbered(sql)
    with connection.cursor() as cursor:
        # What autovacuum has counted of other tests would choose the plan: forgotten, in this transaction.
        cursor.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relkind = 'r' AND reltuples >= 0")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid::regclass::text LIKE 'appointments%'")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"PREPARE looked_at ({', '.join(TYPES.get(name, 'unknown') for name in names)}) AS {text}")
        cursor.execute(f"EXPLAIN EXECUTE looked_at ({', '.join(['NULL'] * len(names))})")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE looked_at")
    return plan


def indexes(plan: str) -> set[str]:
    return set(re.findall(r"(?:using|Bitmap Index Scan on) (\w+)", plan))


@pytest.mark.parametrize("sql", [holds._BEFORE_HERE, holds._BEFORE_ANYWHERE])
def test_what_is_held_is_found_by_the_index_of_its_own_column(sql: str) -> None:
    plan = generic_plan(sql)
    assert {"hold_expiry", "hold_browser", "hold_address"} <= indexes(plan)
    assert len(re.findall(r"Index Cond: \((?:expires_at|browser_hash|address_hash) ", plan)) == 3
