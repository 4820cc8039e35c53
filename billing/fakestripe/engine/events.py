"""Events: recorded once, queued for every webhook endpoint that wants them."""

import copy
import json
from typing import Any

from billing.fakestripe.shapes import PREFIXES, public
from billing.fakestripe.store import Obj, Store

API_VERSION = "2026-08-26.dahlia"


def emit(store: Store, kind: str, obj: Obj, previous: Obj | None = None) -> Obj:
    """Record the event with the object as it is now, and queue its deliveries.

    previous: the changed fields' old values, for `*.updated`.
    """
    data: Obj = {"object": public(copy.deepcopy(obj))}
    if previous is not None:
        data["previous_attributes"] = public(previous)
    event: Obj = {
        "id": store.new_id(PREFIXES["event"]),
        "object": "event",
        "api_version": API_VERSION,
        "created": store.now(clock_of(store, obj)),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(store.request),
        "type": kind,
    }
    store.put("event", event)
    for endpoint in store.all("webhook_endpoint", status="enabled"):
        if {"*", kind} & set(endpoint["enabled_events"]):
            queue(store, event["id"], endpoint["id"])
    return event


def clock_of(store: Store, obj: Obj) -> str | None:
    """The test clock an object lives by: its own, or its customer's."""
    clock = obj.get("test_clock")
    if clock is None and isinstance(obj.get("customer"), str):
        clock = (store.find("customer", obj["customer"]) or {}).get("test_clock")
    return clock if store.find("test_helpers.test_clock", clock) else None


def queue(store: Store, event_id: str, endpoint_id: str, **fields: Any) -> Obj:
    """Add one delivery, held or dropped if the test controls say so."""
    settings = store.settings
    status = "held" if settings["held"] else "pending"
    if settings["drop_next"] > 0:
        settings["drop_next"] -= 1
        status = "dropped"
    store.counter += 1
    delivery: Obj = {
        "id": f"dlv_{store.counter}",
        "event": event_id,
        "type": store.get("event", event_id)["type"],
        "endpoint": endpoint_id,
        "status": status,
        "attempts": 0,
        "wait_seconds": settings["delay_seconds"],
        "response": None,
        "error": None,
        **fields,
    }
    store.deliveries.append(delivery)
    store.dirty = True
    return delivery


class Change:
    """Remembers an object's state to emit `*.updated` with what differs.

    >>> change = Change(store, "customer.updated", customer)
    >>> customer["name"] = "Ana"
    >>> change.emit()
    """

    def __init__(self, store: Store, kind: str, obj: Obj) -> None:
        self.store, self.kind, self.obj = store, kind, obj
        self.before: Obj = json.loads(json.dumps(obj))

    def emit(self) -> None:
        """Emit if anything differs; otherwise nothing, as Stripe does."""
        previous = {
            key: self.before.get(key)
            for key, value in self.obj.items()
            if not key.startswith("_") and self.before.get(key) != value
        }
        self.store.dirty = True
        if previous:
            emit(self.store, self.kind, self.obj, previous)
