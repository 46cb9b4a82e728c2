"""Statements of every search and booking, planned once per connection instead of at each call.

Psycopg prepares what is executed here; everything else stays as it is. Behind PgBouncer in transaction mode nothing is
prepared (`prepare_threshold` is None there, see the settings): the next statement may meet another server.

Two rules. A statement's text never changes: lists go in as one value. And the plan is made for any values (the settings
ask for that; PostgreSQL by itself would plan a search anew for ever), so that every look-up must have one good way
whatever is asked; tests look at those plans.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor


@lru_cache
def numbered(sql: str) -> tuple[str, tuple[Any, ...]]:
    """The statement with `$1` for `%s` or `%(name)s`, and which value each number is.

    Done here because psycopg takes statements of more than 4,096 characters apart at every call.
    """
    keys: list[Any] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        key = found[1] or len(keys)
        if key not in keys:
            keys.append(key)
        return f"${keys.index(key) + 1}"

    return re.sub(r"%(?:%|(?:\((\w+)\))?s)", number, sql), tuple(keys)


class _Prepared(RawCursor[Any]):
    def execute(self, query: Any, params: Any = (), **_: Any) -> Any:
        text, keys = numbered(query)
        return super().execute(text, [params[key] for key in keys], prepare=True)


def prepared_cursor() -> CursorWrapper:
    """A cursor like Django's own (its errors, wrappers and query log) whose statements are prepared."""
    server = connections[DEFAULT_DB_ALIAS]
    server.close_if_health_check_failed()
    server.ensure_connection()
    cursor: Any = _Prepared(server.connection)
    return server.make_debug_cursor(cursor) if server.queries_logged else server.make_cursor(cursor)


def prepared_rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Every row of a statement whose `%(name)s` are each cast where they stand.

    Values go in as text, so that nothing, a small number and a large one are of one type and have one plan.
    """
    with prepared_cursor() as cursor:
        cursor.execute(sql, {name: _as_text(value) for name, value in values.items()})
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(f'"{_as_text(item)}"' for item in value) + "}"
    return value.isoformat() if isinstance(value, (date, time)) else str(value)
