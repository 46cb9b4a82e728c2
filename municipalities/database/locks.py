"""Advisory locks: who may not do the same thing at the same time, though no row could be locked for it."""

from enum import IntEnum

from django.db import connection


class AdvisoryLock(IntEnum):
    """The one list of their numbers: nothing that we lock for different reasons may share one."""

    FREE_TIME = 7401  # rebuilding the free time of a counter
    WAITING_LIST = 7402  # moving the waiting list on
    FEED_ENTRIES = 7403  # rendering the entries of calendar feeds
    OUTBOX = 7404  # emptying the outbox
    NUMBER = 7405  # a number of a group that somebody is taking


def one_at_a_time(lock: AdvisoryLock, key: int = 0) -> None:
    """Wait until nobody else holds this lock for `key`, and hold it to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock.value, key])


def is_free(lock: AdvisoryLock) -> bool:
    """Whether nobody else holds this lock; then it is ours to the end of the transaction. Does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [lock.value])
        return bool(cursor.fetchone()[0])
