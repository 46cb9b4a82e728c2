"""Notices when a provider refuses everybody: then it is not the messages' fault."""

import time

#: Messages refused one after the other, which is no coincidence, unless something was taken within so many seconds.
MANY, TRUSTED_SECONDS = 8, 60.0


class Breaker:
    """One for each provider, in each process. A suspended account, a block list: what it costs is time, no message.

    Open until the end of a run. While it goes on, a later run finds out with one message.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._refused: set[int] = set()
        self._taken_at = float("-inf")

    def taken(self) -> None:
        self._refused.clear()
        self._taken_at = time.monotonic()

    def refused(self, message_id: int) -> None:
        """The same message again and again is one."""
        self._refused.add(message_id)
        if len(self._refused) >= MANY and time.monotonic() - self._taken_at > TRUSTED_SECONDS:
            self.is_open = True
