"""Redis as Django's cache, and counting in one round trip."""

from collections.abc import Sequence
from typing import Any

from django.core.cache.backends.redis import RedisCache
from django.utils.functional import cached_property

#: ARGV: seconds, then what is allowed for each key. Counts key by key until one is beyond; 1 if one is, else 0.
_COUNT = """
for i, key in ipairs(KEYS) do
    local n = redis.call('INCR', key)
    if n == 1 then redis.call('EXPIRE', key, ARGV[1]) end
    if n > tonumber(ARGV[i + 1]) then return 1 end
end
return 0
"""


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
