"""Emptying the tables that tests of money have written, and no others."""

from django.apps import apps
from django.db import connection

#: Beside those of the accounts and of what is sold for the tests.
OTHERS = (
    "residents_guardian",
    "residents_membership",
    "residents_household",
    "municipalities_staffrole",
    "municipalities_facility",
    "municipalities_operator",
    "municipalities_municipality",
    "municipalities_staffmember",
    "municipalities_change",
    "municipalities_idempotencykey",
    "notifications_message",
)


def wipe() -> None:
    """Without the triggers, which keep the accounts from ever being emptied."""
    ours = [model._meta.db_table for app in ("payments", "booth") for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in (*ours, *OTHERS):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET session_replication_role = DEFAULT")
