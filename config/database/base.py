"""The `ENGINE` of the settings: Django's own, asking less often whether the server is still there.

Django asks `SELECT 1` at the first query of every request. A server that has gone, or has ended this connection, has
closed its end of the socket, which the operating system knows without a word to anybody. Only what leaves no such mark
(a cable, a firewall that forgets) needs the question, and not within seconds of the last answer.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

from config.database import limits

#: Seconds after an answer of the server during which a silent socket is believed.
BELIEVED = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    answered_at = float("-inf")

    def is_usable(self) -> bool:
        now = time.monotonic()
        # After an error the answer must come from the server itself.
        if not self.errors_occurred and now - self.answered_at < BELIEVED and self._is_quiet():
            self.answered_at = now
            return True
        usable = super().is_usable()
        if usable:
            self.answered_at = now
        return usable

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if params.pop("with_limits", False):
            of_process = limits.LIMITS[limits.process].options
            params["options"] = f"{params.get('options', '')} {of_process}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self.answered_at = time.monotonic()
        return connection

    def _is_quiet(self) -> bool:
        """Nothing to read: neither a farewell nor the end of the stream."""
        server = self.connection.pgconn
        if server.status != ConnStatus.OK:
            return False
        poll = select.poll()
        poll.register(server.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)
