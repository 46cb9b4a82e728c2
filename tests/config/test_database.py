"""A connection that has just been used is believed; one that the server has ended never is."""

from collections.abc import Iterator
from typing import cast

import pytest
from django.db import DatabaseError, connection, connections

from config.database.base import BELIEVED, DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> Iterator[DatabaseWrapper]:
    """A connection of its own, with a health check at the first query of each request."""
    database = cast("DatabaseWrapper", connections.create_connection("default"))
    database.settings_dict = {**database.settings_dict, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": None}
    database.ensure_connection()
    yield database
    database.close()


def ask(database: DatabaseWrapper) -> int:
    """One request with one query; the process that answers it."""
    database.close_if_unusable_or_obsolete()
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() AS asked")
        return int(cursor.fetchone()[0])


def last_heard(process: int) -> str:
    """What the server was asked last in that connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [process])
        return str(cursor.fetchone()[0])


def look(database: DatabaseWrapper) -> bool:
    database.close_if_unusable_or_obsolete()
    return database.is_usable()


def test_within_seconds_the_server_is_not_asked_whether_it_is_there(own: DatabaseWrapper) -> None:
    process = ask(own)
    assert look(own)
    assert "AS asked" in last_heard(process)


def test_after_a_silence_it_is_asked(own: DatabaseWrapper) -> None:
    process = ask(own)
    own.answered_at -= BELIEVED + 1
    assert look(own)
    assert last_heard(process) == "SELECT 1"


def test_a_connection_that_the_server_has_ended_is_replaced_before_the_first_query(own: DatabaseWrapper) -> None:
    process = ask(own)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        assert cursor.fetchone()[0]
    assert not look(own)
    assert ask(own) != process


def test_after_an_error_the_server_itself_must_answer(own: DatabaseWrapper) -> None:
    process = ask(own)
    with pytest.raises(DatabaseError), own.cursor() as cursor:
        cursor.execute("SELECT nothing")
    assert own.errors_occurred
    assert look(own)
    assert last_heard(process) == "SELECT 1"


def test_a_connection_closed_on_our_side_is_not_usable(own: DatabaseWrapper) -> None:
    ask(own)
    own.connection.close()
    assert not look(own)
