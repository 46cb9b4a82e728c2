"""Redis as Django's cache: it counts in one round trip, and it may be away.

Only counters live in the cache: request limits and the note of used codes. While Redis is away they go on in this
process's memory. Signing in asks the cache at each attempt (allauth's limits, the replay guard of codes), so without a
fallback nobody at a counter could sign in while Redis restarts. Each process then counts for itself, so a limit is as
many times larger as there are web workers, and a code of the telephone could be used once per worker within its half
minute. The log says so once a minute.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: Seconds for which Redis is not asked again after it did not answer: no request waits for it twice.
PAUSE = 5.0
LOG_EVERY = 60.0
#: Counters kept meanwhile; beyond that the oldest go at random, which only makes a limit more generous.
KEPT = 20_000
#: Name of the memory that all threads of this process share.
MEMORY = "while-redis-is-away"


#: ARGV: seconds, then what is allowed for each key. Counts key by key until one is beyond; 1 if one is, else 0.
_COUNT = """
for i, key in ipairs(KEYS) do
    local n = redis.call('INCR', key)
    if n == 1 then redis.call('EXPIRE', key, ARGV[1]) end
    if n > tonumber(ARGV[i + 1]) then return 1 end
end
return 0
"""


class Json:
    """What lies in Redis is data: whoever can write there must not be able to run anything here, as pickles would."""

    def dumps(self, value: Any) -> Any:
        # Numbers as they are, so that Redis can count them.
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: Any) -> Any:
        return json.loads(stored)


def hidden_key(key: str, prefix: str, version: int) -> str:
    """Keys name callers' addresses and codes that were used: Redis gets a keyed hash of them."""
    return f"guichet:{version}:{salted_hmac(prefix, key, algorithm='sha256').hexdigest()}"


class CountingRedisCache(RedisCache):
    def count_within(self, counted: Sequence[tuple[str, int]], timeout: int) -> bool:
        """Count one more under each (key, allowed), stopping at the first that is beyond. Whether one was.

        Keys are new for `timeout` seconds from their first count.
        """
        keys = [self.make_and_validate_key(key) for key, _allowed in counted]
        return bool(self._redis.eval(_COUNT, len(keys), *keys, timeout, *(allowed for _key, allowed in counted)))

    @cached_property
    def _redis(self) -> Any:
        """One client for as long as the thread lives: making one takes longer than asking it."""
        return self._cache.get_client(None, write=True)


class CountingMemory(LocMemCache):
    """The same in this process's memory, for tests and for the time without Redis."""

    def count_within(self, counted: Sequence[tuple[str, int]], timeout: int) -> bool:
        """As `CountingRedisCache.count_within`."""
        return any(self._count(key, timeout) > allowed for key, allowed in counted)

    def _count(self, key: str, timeout: int) -> int:
        try:
            return 1 if self.add(key, 1, timeout=timeout) else self.incr(key)
        except ValueError:  # it ended between the two
            return 1


class RedisOrMemory(CountingRedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = CountingMemory(MEMORY, {**params, "OPTIONS": {"MAX_ENTRIES": KEPT}})

    def add(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("add", arguments, named)

    def get(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("get", arguments, named)

    def set(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("set", arguments, named)

    def touch(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("touch", arguments, named)

    def delete(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("delete", arguments, named)

    def has_key(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("has_key", arguments, named)

    def incr(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("incr", arguments, named)

    def get_many(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("get_many", arguments, named)

    def set_many(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("set_many", arguments, named)

    def delete_many(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("delete_many", arguments, named)

    def clear(self) -> Any:
        return self._ask("clear", (), {})

    def count_within(self, counted: Sequence[tuple[str, int]], timeout: int) -> bool:
        return bool(self._ask("count_within", (counted, timeout), {}))

    def answers(self) -> bool:
        """Whether Redis itself takes and gives back: a full one, or a copy that is only read, answers and is no use."""
        said = secrets.token_hex(8)
        try:
            super().set(f"answers:{said}", said, 10)
            return bool(super().get(f"answers:{said}") == said)
        except (RedisError, OSError):
            return False

    def _ask(self, what: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if not outage.is_on():
            try:
                return getattr(super(), what)(*arguments, **named)
            except (RedisError, OSError) as error:
                outage.note(error)
        return getattr(self._memory, what)(*arguments, **named)


class _Outage:
    """One per process: Django makes a cache object for each thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._logged_at = float("-inf")

    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def note(self, error: Exception) -> None:
        now = time.monotonic()
        with self._lock:
            self._until = now + PAUSE
            if now - self._logged_at < LOG_EVERY:
                return
            self._logged_at = now
        logger.warning("limits count per process: the cache does not answer (%s)", type(error).__name__)

    def forget(self) -> None:
        self._until = 0.0
        self._logged_at = float("-inf")


outage = _Outage()
