"""Transactions that wait patiently, but not for ever, and that know who acts."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import Error
from psycopg.errors import DeadlockDetected, LockNotAvailable

from municipalities import audit
from municipalities.exceptions import Refusal

if TYPE_CHECKING:
    from municipalities.models import StaffMember

LOCK_TIMEOUT_MS = 3000
#: Who acts is told in the same breath: the trace of a booking costs no trip to the database.
PATIENTLY_SQL = f"""
SELECT set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true) AS patience,
       set_config('{audit.SETTING}', %s, true) AS who_acts
"""


class Busy(Refusal):
    code = "busy"
    sentence = _("Beaucoup de personnes réservent en ce moment. Rien n’est perdu : réessayez dans quelques secondes.")


@contextmanager
def patient_transaction(by: "StaffMember | None" = None) -> Iterator[None]:
    """A transaction that waits at most three seconds for a lock and then says so. Raises Busy.

    Whatever is written inside is traced as done by `by`; without, by whoever the request or the command says.
    """
    outside = audit.actor_setting() if connection.in_atomic_block else None
    with audit.on_behalf_of(by.pk if by else None), busy_if_locked(), transaction.atomic():
        inside = audit.actor_setting()
        with connection.cursor() as cursor:
            cursor.execute(PATIENTLY_SQL, [inside])
        yield
        if outside not in (None, inside):
            # The transaction around this one goes on, and somebody else acts there.
            with connection.cursor() as cursor:
                cursor.execute(audit.TELL, [outside])


@contextmanager
def busy_if_locked() -> Iterator[None]:
    """Raises Busy where a lock was waited for in vain, or in a circle."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, (LockNotAvailable, DeadlockDetected)):
            raise Busy from error
        raise


def inner_transaction() -> AbstractContextManager[Any]:
    """A part that may fail by itself: inside of a transaction, which is patient already, a savepoint; else patient."""
    return transaction.atomic() if connection.in_atomic_block else patient_transaction()


def refused_by(error: IntegrityError, constraint: str) -> bool:
    """Whether it was this constraint that refused."""
    cause = error.__cause__
    return isinstance(cause, Error) and cause.diag.constraint_name == constraint


def own_transaction() -> AbstractContextManager[Any]:
    """For one statement: outside of a transaction it is its own, which saves two trips; inside, a savepoint."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
