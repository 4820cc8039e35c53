"""The Redis cache that answers "nothing cached" while Redis is away.

A breaker keeps a dead Redis from costing a timeout on every call: after a failure
nothing is asked for BREAK_SECONDS.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from config.watched import Watch

logger = logging.getLogger(__name__)
BREAK_SECONDS = 2.0


class OneClient(RedisCacheClient):
    """Keeps the client of its one server: making one costs more than asking it."""

    _kept: Redis | None = None
    _serializer: Any
    _get_connection_pool: Callable[..., Any]

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        if self._kept is None:
            self._kept = super().get_client(key, write=True)
        return self._kept

    def watch(self, key: str) -> Watch:
        return Watch(self._get_connection_pool(write=True), key)

    def loads(self, value: bytes) -> Any:
        return self._serializer.loads(value)


class FailOpenRedisCache(RedisCache):
    """Django's RedisCache; every operation falls back to its default on an outage."""

    _closed_until = 0.0
    _servers: list[str]
    _watches: ClassVar[dict[tuple[Any, str], Watch | None]] = {}

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

    def get_watched(self, key: str) -> Any:
        """As get(), for the few keys every page asks for: see config.watched."""
        return self._guard(lambda: self._read_watched(key), None)

    def _read_watched(self, key: str) -> Any:
        watch = self._watch(key)
        if watch is None:
            return RedisCache.get(self, key)
        try:
            value = watch.read()
        except ResponseError:  # a server that does not tell
            self._watches[self._place(key)] = None
            return RedisCache.get(self, key)
        client: Any = self._cache
        return None if value is None else client.loads(value)

    def _watch(self, key: str) -> Watch | None:
        """One for all threads of this process."""
        place = self._place(key)
        if place not in self._watches:
            client: Any = self._cache
            self._watches[place] = client.watch(self.make_key(key))
        return self._watches[place]

    def _place(self, key: str) -> tuple[Any, str]:
        return tuple(self._servers), key

    def set(self, key: str, *args: Any, **kwargs: Any) -> Any:
        stored = self._guard(lambda: RedisCache.set(self, key, *args, **kwargs), None)
        watch = self._watches.get(self._place(key))
        if watch is not None:
            watch.forget()
        return stored

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
