"""Everything the fake knows, in memory and in one JSON file."""

import contextlib
import copy
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from billing.fakestripe.errors import missing

type Obj = dict[str, Any]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHORT_IDS = {"cus": 14, "prod": 14, "si": 14}
KEPT_EVENTS = 2000
DEFAULTS: Obj = {
    "clock_offset": 0,
    "declines": [],
    "outage": {"mode": "off", "count": 0, "seconds": 0},
    "dunning_end": "cancel",
    "held": False,
    "delay_seconds": 0,
    "drop_next": 0,
    "upcoming_days": 7,
}


class Store:
    """The objects by kind and id, oldest first, and what the test controls set.

    Callers hold `lock` while they read or write. `save` replaces the file in one step, so a
    killed process leaves the last whole state.
    """

    def __init__(self, path: Path | None = None, seed: str | None = None) -> None:
        self.lock = threading.RLock()
        self.writing = threading.Lock()
        self.path = path
        self.public_url = "http://localhost:8420"
        self.request: Obj = {"id": None, "idempotency_key": None}
        self.wake = threading.Event()
        self.seed = seed or os.urandom(8).hex()
        self.counter = 0
        self.dirty = False
        self.moment: int | None = None
        self.objects: dict[str, dict[str, Obj]] = {}
        self.idempotency: dict[str, Obj] = {}
        self.deliveries: list[Obj] = []
        self.settings: Obj = json.loads(json.dumps(DEFAULTS))
        if path and path.exists():
            self._load(path)

    def _load(self, path: Path) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self.seed, self.counter = data["seed"], data["counter"]
        self.objects, self.idempotency = data["objects"], data["idempotency"]
        self.deliveries = data["deliveries"]
        self.settings = {**self.settings, **data["settings"]}

    def save(self) -> None:
        """Write the file if anything changed since the last call."""
        if not self.path or not self.dirty:
            return
        with self.writing:
            with self.lock:
                self._trim()
                names = (
                    "seed",
                    "counter",
                    "objects",
                    "idempotency",
                    "deliveries",
                    "settings",
                )
                text = json.dumps({name: getattr(self, name) for name in names})
                self.dirty = False
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(".new")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self.path)

    def _trim(self) -> None:
        events = self.objects.get("event", {})
        for event_id in list(events)[: max(0, len(events) - KEPT_EVENTS)]:
            del events[event_id]
        self.deliveries = self.deliveries[-KEPT_EVENTS:]
        for key in list(self.idempotency)[
            : max(0, len(self.idempotency) - KEPT_EVENTS)
        ]:
            del self.idempotency[key]

    def reset(self) -> None:
        """Forget every object and control; ids go on from where they were."""
        self.objects, self.idempotency, self.deliveries = {}, {}, []
        self.settings = json.loads(json.dumps(DEFAULTS))
        self.dirty = True

    def random(self, length: int) -> str:
        """Letters and digits that look random and follow from the seed and the count."""
        self.counter += 1
        text = ""
        block = 0
        while len(text) < length:
            digest = hashlib.sha256(
                f"{self.seed}:{self.counter}:{block}".encode()
            ).digest()
            text += "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)
            block += 1
        return text[:length]

    def new_id(self, prefix: str) -> str:
        if prefix in SHORT_IDS:
            return f"{prefix}_{self.random(SHORT_IDS[prefix])}"
        if prefix.startswith("cs_test"):
            return f"{prefix}_a1{self.random(56)}"
        lead = "3" if prefix in {"ch", "pi", "txn", "re"} else "1"
        return f"{prefix}_{lead}{self.random(23)}"

    def now(self, clock_id: str | None = None) -> int:
        """Unix seconds by the test clock named, or by the fake's own (shiftable) clock."""
        if self.moment is not None:
            return self.moment
        if clock_id:
            return int(self.get("test_helpers.test_clock", clock_id)["frozen_time"])
        return int(time.time()) + int(self.settings["clock_offset"])

    @contextlib.contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Inside, time stands at moment: what was due then is dated then."""
        before, self.moment = self.moment, moment
        try:
            yield
        finally:
            self.moment = before

    @contextlib.contextmanager
    def rehearsal(self) -> Iterator[Callable[[], None]]:
        """Whatever happens inside is undone at the end, unless the function given is called.

        Objects read before are not those of afterwards: read them again.
        """
        objects = {
            kind: dict(rows) if kind == "event" else copy.deepcopy(rows)
            for kind, rows in self.objects.items()
        }
        kept = objects, copy.deepcopy(self.settings), list(self.deliveries)
        undo = [True]
        try:
            yield lambda: undo.clear()
        finally:
            if undo:
                self.objects, self.settings, self.deliveries = kept

    def put(self, kind: str, obj: Obj) -> Obj:
        self.objects.setdefault(kind, {})[obj["id"]] = obj
        self.dirty = True
        return obj

    def find(self, kind: str, object_id: str | None) -> Obj | None:
        return self.objects.get(kind, {}).get(object_id or "")

    def get(self, kind: str, object_id: str | None, param: str = "id") -> Obj:
        """The object, or Stripe's resource_missing error."""
        found = self.find(kind, object_id)
        if found is None:
            raise missing(kind, object_id or "", param)
        self.dirty = True
        return found

    def all(self, kind: str, **equal: Any) -> list[Obj]:
        """Objects whose fields equal the values given, oldest first."""
        rows = self.objects.get(kind, {}).values()
        return [
            row
            for row in rows
            if all(row.get(key) == value for key, value in equal.items())
        ]

    def remove(self, kind: str, object_id: str) -> None:
        self.objects.get(kind, {}).pop(object_id, None)
        self.dirty = True

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock, then save and wake the deliveries, also when the block raises."""
        try:
            with self.lock:
                yield
        finally:
            self.save()
            self.wake.set()
