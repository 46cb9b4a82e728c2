"""Many objects made at once and kept to the end are not garbage, and need not be looked through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Rows that stay to the end are not looked through again and again as they become more.

    As a decorator most of them are gone before the collector is back.

    The collector is the whole process's: of two at once, who ends first switches it on again, and the other is slower.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
