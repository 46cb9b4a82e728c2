"""Real threads against the real database, all let go at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

Outcome = object | Exception


def crowd(calls: Sequence[Callable[[], object]]) -> list[Outcome]:
    """Run every call in its own thread with its own connection; what each returned or raised, in order."""
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], object]) -> Outcome:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=120)
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))
