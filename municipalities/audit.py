"""The trace of every write, kept by the database itself: whatever path a change takes, its row is there.

`guichet_trace()` is one trigger function for all tables. A migration puts it on a table with `trace(…)`; what it writes
is an `AuditEntry`. Who acts is told to the database with `set_config('guichet.trace', 'staff|channel|request', true)`,
for the length of one transaction, so that a pooled connection never carries one person's name into another's work.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.operations import RunSQL
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

#: Setting of the transaction that names who acts.
SETTING = "guichet.trace"
#: Setting that lets `forget` and `drop_before` touch the trace.
ERASING = "guichet.erasing"
TELL = f"SELECT set_config('{SETTING}', %s, true)"
#: What writes nothing; SAVEPOINT and whatever we have not thought of counts as writing.
_WRITES_NOTHING = re.compile(r"\s*(?:SELECT|EXPLAIN|SHOW|FETCH|CLOSE|DECLARE|RELEASE|ROLLBACK)\b", re.IGNORECASE)
_GOES_BACK = re.compile(r"\s*ROLLBACK\b", re.IGNORECASE)
#: What writes by itself, outside of a transaction; no list of tables, which the next service would be missing from.
_WRITES = re.compile(
    r"\s*(?:(?:INSERT|UPDATE|DELETE|MERGE|COPY|CALL|DO)\b|WITH\b.*\b(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO)\b)",
    re.IGNORECASE | re.DOTALL,
)

FUNCTION = RunSQL(
    f"""
CREATE FUNCTION guichet_trace() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: columns that are not traced, columns whose change is noted without the value; both apart by commas.
DECLARE
    hidden text[] := string_to_array(TG_ARGV[0], ',');
    masked text[] := string_to_array(TG_ARGV[1], ',');
    told text := coalesce(current_setting('{SETTING}', true), '');
    old_row jsonb;
    new_row jsonb;
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD) - hidden; END IF;
    IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW) - hidden; END IF;
    old_row := before;
    new_row := after;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, old_row -> key), jsonb_object_agg(key, value) INTO before, after
        FROM jsonb_each(new_row) WHERE value IS DISTINCT FROM old_row -> key;
        IF after IS NULL THEN RETURN NULL; END IF;
    END IF;
    IF masked <> '{{}}' THEN
        SELECT before || coalesce(jsonb_object_agg(key, '•'), '{{}}') INTO before
        FROM jsonb_object_keys(before) AS key WHERE key = ANY(masked) AND before -> key <> '""';
        SELECT after || coalesce(jsonb_object_agg(key, '•'), '{{}}') INTO after
        FROM jsonb_object_keys(after) AS key WHERE key = ANY(masked) AND after -> key <> '""';
    END IF;
    INSERT INTO municipalities_change ("table", object_id, verb, before, after, staff_id, channel, request)
    VALUES (TG_TABLE_NAME, coalesce(new_row, old_row) ->> 'id', left(TG_OP, 1), before, after,
            nullif(split_part(told, '|', 1), '')::bigint, left(split_part(told, '|', 2), 12),
            left(split_part(told, '|', 3), 64));
    RETURN NULL;
END $$;

CREATE FUNCTION guichet_trace_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('{ERASING}', true), '') <> 'on' THEN
        RAISE EXCEPTION 'the trace is not changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER guichet_trace_stays BEFORE UPDATE OR DELETE ON municipalities_change
FOR EACH ROW EXECUTE FUNCTION guichet_trace_stays();
CREATE TRIGGER guichet_trace_stays BEFORE UPDATE OR DELETE ON municipalities_readtrace
FOR EACH ROW EXECUTE FUNCTION guichet_trace_stays();
""",
    """
DROP TRIGGER guichet_trace_stays ON municipalities_readtrace;
DROP TRIGGER guichet_trace_stays ON municipalities_change;
DROP FUNCTION guichet_trace_stays();
DROP FUNCTION guichet_trace() CASCADE;
""",
)


def trace(
    table: str,
    *,
    hidden: Sequence[str] = (),
    masked: Sequence[str] = (),
    insert: str | None = "true",
    update: str = "true",
    delete: str = "true",
) -> RunSQL:
    """A migration's operation that traces a table whose key is `id`.

    `insert`, `update`, `delete` are conditions over NEW and OLD, in SQL, written by ourselves; `insert=None` leaves new
    rows out. New columns of the table are traced without further ado.
    """
    arguments = f"'{','.join(hidden)}', '{','.join(masked)}'"
    wanted = {"insert": insert, "update": update, "delete": delete}
    forwards = [
        f"CREATE TRIGGER guichet_trace_{verb} AFTER {verb.upper()} ON {table} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION guichet_trace({arguments})"
        for verb, condition in wanted.items()
        if condition is not None
    ]
    backwards = [f"DROP TRIGGER IF EXISTS guichet_trace_{verb} ON {table}" for verb in wanted]
    return RunSQL(";\n".join(forwards), ";\n".join(backwards))


def untrace(traced: RunSQL) -> RunSQL:
    """Takes back what `trace(…)` put on a table, before it is traced otherwise; going backwards puts it on again."""
    return RunSQL(traced.reverse_sql or (), traced.sql)


@dataclass
class Actor:
    """On whose behalf this thread works. Nobody's name is in it: an id, a way in, a request's id."""

    channel: str = ""
    request_id: str = ""
    staff_id: int | None = None
    request: HttpRequest | None = None

    def setting(self) -> str:
        if self.staff_id is None and self.request is not None:
            self.staff_id = getattr(self.request.user, "pk", None)
        return f"{self.staff_id or ''}|{self.channel}|{self.request_id}"


_actor: ContextVar[Actor | None] = ContextVar("guichet_actor", default=None)


def actor_setting() -> str:
    """What the database is to be told of who acts: `staff|channel|request`, "" when nobody is known."""
    known = _actor.get()
    return known.setting() if known else ""


@contextmanager
def actor(*, staff_id: int | None = None, channel: str = "", request_id: str = "") -> Iterator[None]:
    """Everything written inside is traced as this person's doing: for commands, tasks and tests."""
    with (
        _bound(Actor(channel=channel, request_id=request_id, staff_id=staff_id)),
        connection.execute_wrapper(_Telling()),
    ):
        yield


@contextmanager
def on_behalf_of(staff_id: int | None) -> Iterator[None]:
    """What is told inside names this person, where one is given; the way in and the request stay what they are."""
    if staff_id is None:
        yield
        return
    with _bound(replace(_actor.get() or Actor(), staff_id=staff_id)):
        yield


def audit_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Remembers who asks. After the session and the sign-in, before everything that writes.

    Residents have no session: their actions tell the database themselves, with the lock timeout they set anyhow.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = str(structlog.contextvars.get_contextvars().get("request", ""))
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            with _bound(Actor(channel="web", request_id=given)):
                return get_response(request)
        channel = "admin" if "/gestion/" in request.path_info else "agents"
        with _bound(Actor(channel, given, request=request)), connection.execute_wrapper(_Telling()):
            return get_response(request)

    return middleware


@contextmanager
def _bound(actor: Actor) -> Iterator[None]:
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


class _Telling:
    """Tells each transaction who acts, once, before the first thing in it that is not a read.

    Before the first SAVEPOINT too, so that going back to it takes nobody's name away.
    """

    said: str | None = None

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        database = context["connection"]
        text = sql if isinstance(sql, str) else sql.as_string(database.connection)
        if not database.in_atomic_block:
            if SETTING in text or not _WRITES.match(text):
                return execute(sql, params, many, context)
            with transaction.atomic(using=database.alias):
                return self(execute, sql, params, many, context)
        if SETTING in text:  # TELL itself, or a statement that tells and writes in one
            self.said = actor_setting()
        elif _GOES_BACK.match(text):
            self.said = None
        elif not _WRITES_NOTHING.match(text) and (self.said != actor_setting() or _is_beginning(database)):
            with database.cursor() as cursor:
                cursor.execute(TELL, [actor_setting()])
        return execute(sql, params, many, context)


def _is_beginning(database: Any) -> bool:
    """The transaction has not reached the server yet: nothing told before holds in it."""
    server = database.connection
    return server is None or server.info.transaction_status == TransactionStatus.IDLE


def forget(*, table: str, ids: Sequence[Any], keys: Sequence[str]) -> int:
    """Take these columns of these objects out of the trace: an identity that is erased is erased everywhere.

    Returns the number of rows emptied.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('{ERASING}', 'on', true)")
        cursor.execute(
            "UPDATE municipalities_change SET before = before - %s::text[], after = after - %s::text[]"
            ' WHERE "table" = %s AND object_id = ANY(%s)'
            " AND (jsonb_exists_any(before, %s::text[]) OR jsonb_exists_any(after, %s::text[]))",
            [list(keys), list(keys), table, [str(one) for one in ids], list(keys), list(keys)],
        )
        emptied: int = cursor.rowcount
        cursor.execute(f"SELECT set_config('{ERASING}', '', true)")
    return emptied


#: What the trace itself is kept in.
_KEPT_IN = ("municipalities_change", "municipalities_readtrace")


def count_before(moment: datetime) -> int:
    """How many rows `drop_before` would let go of."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT count(*) FROM {table} WHERE at < %s" for table in _KEPT_IN),
            [moment for _table in _KEPT_IN],
        )
        return sum(row[0] for row in cursor.fetchall())


def drop_before(moment: datetime) -> int:
    """Let go of the trace of what happened before an instant. Returns the number of rows."""
    gone = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('{ERASING}', 'on', true)")
        for table in _KEPT_IN:
            cursor.execute(f"DELETE FROM {table} WHERE at < %s", [moment])
            gone += cursor.rowcount
        cursor.execute(f"SELECT set_config('{ERASING}', '', true)")
    return gone
