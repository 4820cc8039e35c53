"""The Redis cache that answers "nothing cached" while Redis is away.

A breaker keeps a dead Redis from costing a timeout on every call: after a failure
nothing is asked for BREAK_SECONDS.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
BREAK_SECONDS = 2.0


class OneClient(RedisCacheClient):
    """Keeps the client of its one server: making one costs more than asking it."""

    _kept: Redis | None = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        if self._kept is None:
            self._kept = super().get_client(key, write=True)
        return self._kept


class FailOpenRedisCache(RedisCache):
    """Django's RedisCache; every operation falls back to its default on an outage."""

    _closed_until = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._class = OneClient

    def _guard(self, call: Callable[[], Any], default: Any) -> Any:
        if time.monotonic() < FailOpenRedisCache._closed_until:
            return default
        try:
            return call()
        except (RedisError, OSError) as error:
            FailOpenRedisCache._closed_until = time.monotonic() + BREAK_SECONDS
            logger.warning("cache away: %s", type(error).__name__)
            return default

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.add(self, *args, **kwargs), True)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._guard(lambda: RedisCache.get(self, key, default, version), default)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.set(self, *args, **kwargs), None)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.touch(self, *args, **kwargs), False)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.delete(self, *args, **kwargs), False)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.get_many(self, *args, **kwargs), {})

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.set_many(self, *args, **kwargs), [])

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.delete_many(self, *args, **kwargs), None)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.has_key(self, *args, **kwargs), False)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._guard(lambda: RedisCache.incr(self, *args, **kwargs), 1)

    def clear(self) -> Any:
        return self._guard(lambda: RedisCache.clear(self), False)
