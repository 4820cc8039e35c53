"""One key of Redis, kept in this process until Redis says that it changed.

Redis tells a connection that asked for it (CLIENT TRACKING) when something it read there
changes. Whatever arrives on that connection, or its end, means: ask again. Should the
network swallow the news, an answer is trusted for a second.
"""

import os
import time
from threading import Lock
from typing import Any

from redis.exceptions import RedisError

TRUSTED_SECONDS = 1.0


class Watch:
    """pool: where the server is and how it is reached. Safe between threads and after a fork."""

    def __init__(self, pool: Any, key: str) -> None:
        self._pool, self._key = pool, key
        self._lock = Lock()
        self._line: Any = None
        self._process = 0
        self._value: bytes | None = None
        self._until = 0.0

    def read(self) -> bytes | None:
        """The value now. Raises RedisError or OSError while Redis is away."""
        with self._lock:
            quiet = self._is_quiet()
            if not quiet or time.monotonic() > self._until:
                self._ask(self._line if quiet else self._new_line())
            return self._value

    def forget(self) -> None:
        """Ask again: this process changed it."""
        self._until = 0.0

    def _is_quiet(self) -> bool:
        if self._line is None or self._process != os.getpid():
            return False
        try:
            return not self._line.can_read(0)
        except (RedisError, OSError):
            return False

    def _new_line(self) -> Any:
        if self._line is not None:
            self._line.disconnect()  # another process's end of it stays open
        options = {**self._pool.connection_kwargs, "protocol": 3}
        self._line = self._pool.connection_class(**options)
        self._process = os.getpid()
        self._line.connect()
        self._line.send_command("CLIENT", "TRACKING", "ON")
        self._line.read_response()
        return self._line

    def _ask(self, line: Any) -> None:
        try:
            line.send_command("GET", self._key)
            self._value = line.read_response()
        except BaseException:
            self._line = None
            raise
        self._until = time.monotonic() + TRUSTED_SECONDS
