"""Empties the database after a test that commits: only the tables that hold rows, and not those that migrating fills.

Django truncates all of them each time, which gives every table and every index a new file, one to five seconds for a
hundred and forty tables; then it makes the permissions of every model anew, another half a second. So after each of
some 250 races and browser scenarios. Here 0.05 s.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations

#: What `migrate` makes for every model, and no test changes.
MADE_BY_MIGRATING = {"django_content_type", "auth_permission"}


def only_what_holds_rows() -> None:
    """Once, before any test."""

    def sql_flush(operations: DatabaseOperations, _style: Any, tables: list[str], **_more: Any) -> list[str]:
        names = [operations.quote_name(table) for table in set(tables) - MADE_BY_MIGRATING]
        asked = " UNION ALL ".join(
            f"SELECT {place} WHERE EXISTS (SELECT FROM {name})" for place, name in enumerate(names)
        )
        with operations.connection.cursor() as cursor:
            cursor.execute(asked)
            full = [names[place] for (place,) in cursor.fetchall()]
        # All go together, so nothing has to be looked at beside them: no key, no trigger that keeps or refuses.
        return [
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {name}" for name in full),
            "SET LOCAL session_replication_role = origin",
            # As truncating does by trigger: what processes remember is of before.
            "UPDATE municipalities_edition SET edition = gen_random_uuid()",
        ]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign, assignment]
    flush.emit_post_migrate_signal = lambda *_args, **_more: None  # type: ignore[attr-defined]


def empty() -> None:
    """In the midst of a test that commits over and over."""
    call_command("flush", verbosity=0, interactive=False)
