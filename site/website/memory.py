"""A small store in this process for what can be checked cheaply: least recently used goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock


class Memory[Value]:
    """At most `size` values; safe between threads. What is stored must never be changed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
