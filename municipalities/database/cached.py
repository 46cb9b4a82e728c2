"""Readings that are cached in each process until the database says that what they read has changed.

`municipalities_edition` holds one random value, the version of the cache. Whatever writes to a watched table (`watch`)
gives it another one in the same transaction, whichever process, migration or hand it is. What a function decorated
with `cached_until_changed` has read belongs to the version it was read under and is used under no other, so nobody is
shown what has changed since; no clock has a say in it.

What is cached is shared by all requests of a process: it is read, never changed. Nothing about a person is in it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.migrations.operations import RunSQL

T = TypeVar("T")

#: Random and not counted: after a restore, or in another database, no number comes twice.
VERSION_TABLE = RunSQL(
    """
CREATE TABLE municipalities_edition (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    edition uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO municipalities_edition DEFAULT VALUES;
CREATE FUNCTION guichet_new_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE municipalities_edition SET edition = gen_random_uuid();
    RETURN NULL;
END $$;
""",
    "DROP FUNCTION guichet_new_edition(); DROP TABLE municipalities_edition;",
)

_of_this_request: ContextVar[list[UUID] | None] = ContextVar("cache_version", default=None)


def watch(table: str) -> RunSQL:
    """A migration's operation: every write to the table makes a new version."""
    return RunSQL(
        f"CREATE TRIGGER guichet_new_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION guichet_new_edition()",
        f"DROP TRIGGER guichet_new_edition ON {table}",
    )


class cached_until_changed(Generic[T]):
    """Decorator of a function without arguments that reads watched tables alone, and whose answer nobody changes."""

    def __init__(self, read: Callable[[], T]) -> None:
        self.read = read
        self.__doc__ = read.__doc__
        self._kept: tuple[UUID, T] | None = None

    def __call__(self) -> T:
        version = current_version()
        kept = self._kept
        if kept is not None and kept[0] == version:
            return kept[1]
        # Should somebody write in between, this is newer than its version, which then nobody is told any more.
        found = self.read()
        self._kept = (version, found)
        return found

    def last_known(self) -> T | None:
        """What was read last, whatever has changed since: while the database cannot be asked."""
        return self._kept[1] if self._kept else None


def current_version() -> UUID:
    """Asked for once within `one_version()`, at every call elsewhere."""
    asked = _of_this_request.get()
    if asked:
        return asked[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT edition FROM municipalities_edition")
        (version,) = cursor.fetchone()
    if asked is not None:
        asked.append(version)
    return version  # type: ignore[no-any-return]


@contextmanager
def one_version() -> Iterator[None]:
    """Within this block everything is of one version: for what changes nothing that is watched."""
    if _of_this_request.get() is not None:
        yield
        return
    token = _of_this_request.set([])
    try:
        yield
    finally:
        _of_this_request.reset(token)
