"""Transactions that wait patiently, but not for ever, and that know who acts."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import Error
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, LockNotAvailable

from municipalities import audit
from municipalities.exceptions import Refusal

if TYPE_CHECKING:
    from municipalities.models import StaffMember

log = structlog.get_logger(__name__)

LOCK_TIMEOUT_MS = 3000
#: Who acts is told in the same breath: the trace of a booking costs no trip to the database.
PATIENTLY_SQL = f"""
SELECT set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true) AS patience,
       set_config('{audit.SETTING}', %s, true) AS who_acts
"""


class Busy(Refusal):
    code = "busy"
    sentence = _("Beaucoup de personnes réservent en ce moment. Rien n’est perdu : réessayez dans quelques secondes.")


class GoneMeanwhile(Refusal):
    """What was referred to is there no more, or what was removed has come into use."""

    code = "gone_meanwhile"
    sentence = _(
        "Quelqu’un d’autre vient de retirer ou d’utiliser ce que vous avez choisi. Rien n’est enregistré : "
        "rechargez la page pour voir ce qui reste, puis choisissez à nouveau."
    )


@contextmanager
def patient_transaction(by: "StaffMember | None" = None) -> Iterator[None]:
    """A transaction that waits at most three seconds for a lock and then says so. Raises Busy, GoneMeanwhile.

    Whatever is written inside is traced as done by `by`; without, by whoever the request or the command says.
    """
    outside = audit.actor_setting() if connection.in_atomic_block else None
    with audit.on_behalf_of(by.pk if by else None), busy_if_locked(), _told_if_gone(), transaction.atomic():
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


@contextmanager
def _told_if_gone() -> Iterator[None]:
    """Raises GoneMeanwhile where a reference points nowhere: somebody has removed the row since we read it.

    Judged by the database at the end of a transaction, or with each statement: see `judge_at_once`.
    """
    try:
        yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ForeignKeyViolation):
            # A mistake of ours would look alike.
            log.warning("reference_to_a_row_that_is_gone", constraint=error.__cause__.diag.constraint_name)
            raise GoneMeanwhile from error
        raise


def judge_at_once() -> None:
    """References are judged with each statement of this transaction, so that whoever acts in a part of it is told; at
    its end nobody could say so any more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


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
