"""Prepared statements: planned once, counted and refused like all others, and not there at all behind PgBouncer."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from municipalities.database.prepared import prepared_cursor

pytestmark = pytest.mark.django_db


def _ask(number: int) -> int:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT %s::int + 1 AS asked_by_a_test", [number])
        return int(cursor.fetchone()[0])


def _prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%asked_by_a_test'", [])
        return int(cursor.fetchone()[0])


def test_a_statement_is_planned_once_and_counted_each_time(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert (_ask(1), _ask(2)) == (2, 3)
    assert _prepared() == 1


def test_behind_pgbouncer_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.ensure_connection()
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    before = _prepared()
    assert _ask(5) == 6
    assert _prepared() == before


def test_its_errors_are_djangos() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("INSERT INTO municipalities_municipality (id) VALUES (%s)", [1])
