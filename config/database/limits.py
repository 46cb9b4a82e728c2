"""How long a connection of ours may wait, hang or rest, by the kind of process that opened it.

PostgreSQL itself ends what lasts longer, so that one forgotten transaction stops neither search nor booking, and no
thread of the web server is lost to it. Behind PgBouncer connections belong to nobody: there the role has the limits
(README, "PostgreSQL").
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    WEB = "web"
    TASK = "task"
    COMMAND = "command"


@dataclass(frozen=True)
class Limits:
    """Seconds: for a lock, for a statement, for a transaction that says nothing."""

    lock: int
    statement: int
    idle: int

    @property
    def options(self) -> str:
        """As the server takes them when a connection begins."""
        return (
            f"-c lock_timeout={self.lock}s -c statement_timeout={self.statement}s"
            f" -c idle_in_transaction_session_timeout={self.idle}s"
        )


LIMITS = {
    # A person waits, and the web server has few threads.
    Kind.WEB: Limits(lock=4, statement=15, idle=20),
    # Delivery keeps a transaction open while a slow provider answers.
    Kind.TASK: Limits(lock=20, statement=120, idle=300),
    # Migrations and imports; somebody sits in front of them.
    Kind.COMMAND: Limits(lock=60, statement=3600, idle=3600),
}

#: What this process is. manage.py and Celery say so when they begin; whatever says nothing serves people.
process = Kind.WEB
