"""Count requests per minute: in the shared cache, and in this process for its outages."""

import threading
import time
from collections import Counter

from django.core.cache import cache

WINDOW_SECONDS = 60
_lock = threading.Lock()
_local: Counter[str] = Counter()
_local_minute = 0


def over(name: str, limit: int) -> int | None:
    """Count one for name; seconds until it may try again, or None while within limit.

    The count is the larger of the shared one (an atomic increment) and this process's
    own, so a cache that is away, and then answers 1, opens no more than limit a process.
    """
    now = time.time()
    minute = int(now // WINDOW_SECONDS)
    if max(_shared(f"rate:{name}:{minute}"), _own(name, minute)) <= limit:
        return None
    return max(1, int((minute + 1) * WINDOW_SECONDS - now) + 1)


def _shared(key: str) -> int:
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # evicted between the two calls
        return 1


def _own(name: str, minute: int) -> int:
    global _local_minute
    with _lock:
        if minute != _local_minute:
            _local.clear()
            _local_minute = minute
        _local[name] += 1
        return _local[name]


def forget() -> None:
    """Start counting anew in this process (the shared counts live in the cache)."""
    with _lock:
        _local.clear()
