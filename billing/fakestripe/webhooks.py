"""Signed deliveries to the site, by a background thread, with retries."""

import contextlib
import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from billing.fakestripe.engine import timeline
from billing.fakestripe.engine.events import queue
from billing.fakestripe.errors import StripeError
from billing.fakestripe.store import Obj, Store

TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 20
BACKOFF_LIMIT_SECONDS = 60
TICK_SECONDS = 1.0
# of a forged delivery
AWAY_SECONDS = {"old": -3600, "ahead": 3600}
FINAL = {"delivered", "dropped", "failed", "held"}


def sign(payload: str, secret: str, moment: int) -> str:
    """The Stripe-Signature header."""
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def post(url: str, payload: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and start of the answer. Redirects are not followed, as Stripe does not."""
    parts = urlsplit(url)
    kind: Callable[..., http.client.HTTPConnection] = (
        http.client.HTTPSConnection
        if parts.scheme == "https"
        else http.client.HTTPConnection
    )
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path or "/", payload.encode(), headers)
        response = connection.getresponse()
        return response.status, response.read(500).decode(errors="replace")
    finally:
        connection.close()


class Deliverer:
    """Sends what is queued, first attempts in order, and lets what is due happen meanwhile.

    Tests use the methods: hold, release, duplicate, drop, delay, forge, wait.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.due: dict[str, float] = {}
        self.first_backoff_seconds = 1.0
        self._stop = threading.Event()
        self._busy = False
        self._thread = threading.Thread(
            target=self._loop, name="fakestripe-webhooks", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self.store.wake.set()
        self._thread.join(timeout=TIMEOUT_SECONDS + 1)

    def _loop(self) -> None:
        while not self._stop.is_set():
            self.store.wake.wait(timeout=self._pause())
            self.store.wake.clear()
            self._busy = True
            with self.store.lock, contextlib.suppress(StripeError):
                timeline.run_due(self.store)
            while not self._stop.is_set() and (delivery := self._next()):
                self._attempt(delivery)
            self._busy = False
            self.store.save()

    def _pause(self) -> float:
        waits = [when - time.monotonic() for when in list(self.due.values())]
        return max(0.02, min([TICK_SECONDS, *waits]))

    def _next(self) -> Obj | None:
        with self.store.lock:
            for delivery in self.store.deliveries:
                if delivery["status"] == "pending" and self._is_due(delivery):
                    return delivery
        return None

    def _is_due(self, delivery: Obj) -> bool:
        now = time.monotonic()
        wait = delivery["wait_seconds"] if delivery["attempts"] == 0 else 0
        return self.due.setdefault(delivery["id"], now + wait) <= now

    def _attempt(self, delivery: Obj) -> None:
        with self.store.lock:
            endpoint = self.store.find("webhook_endpoint", delivery["endpoint"])
            event = self.store.find("event", delivery["event"])
            if endpoint is None or event is None:
                delivery["status"] = "dropped"
                return
            waiting = [
                row
                for row in self.store.deliveries
                if row["event"] == event["id"] and row["status"] == "pending"
            ]
            body = {**event, "pending_webhooks": len(waiting)}
            payload, headers = self._request(body, endpoint, delivery)
            url = endpoint["url"]
        status, text, error = 0, "", None
        try:
            status, text = post(url, payload, headers)
        except (OSError, http.client.HTTPException) as problem:
            error = f"{type(problem).__name__}: {problem}"
        with self.store.lock:
            self._record(delivery, status, text, error)

    def _request(
        self, event: Obj, endpoint: Obj, delivery: Obj
    ) -> tuple[str, dict[str, str]]:
        forged = str(delivery.get("forge"))
        payload = json.dumps(
            {**event, "livemode": True} if forged == "livemode" else event, indent=2
        )
        secret = (
            endpoint["_secret"] if forged != "bad_secret" else "whsec_somebody_else"
        )
        moment = int(time.time()) + AWAY_SECONDS.get(forged, 0)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": sign(payload, secret, moment),
        }
        if forged == "no_header":
            del headers["Stripe-Signature"]
        if forged == "tampered":
            payload = payload.replace('"object": "event"', '"object":  "event"', 1)
        return payload, headers

    def _record(self, delivery: Obj, status: int, text: str, error: str | None) -> None:
        delivery["attempts"] += 1
        delivery["response"], delivery["body"], delivery["error"] = (
            status or None,
            text,
            error,
        )
        self.store.dirty = True
        if 200 <= status < 300:
            delivery["status"] = "delivered"
            self.due.pop(delivery["id"], None)
        elif delivery.get("forge") or delivery["attempts"] >= MAX_ATTEMPTS:
            delivery["status"] = "failed"
            self.due.pop(delivery["id"], None)
        else:
            wait = self.first_backoff_seconds * 2 ** (delivery["attempts"] - 1)
            self.due[delivery["id"]] = time.monotonic() + min(
                wait, BACKOFF_LIMIT_SECONDS
            )

    # Controls

    def rows(self, status: str | None = None) -> list[Obj]:
        with self.store.lock:
            rows = [dict(row) for row in self.store.deliveries]
        return [row for row in rows if status is None or row["status"] == status]

    def hold(self) -> None:
        """Keep every delivery from now on (and those not sent yet) until release."""
        with self.store.transaction():
            self.store.settings["held"] = True
            for row in self.store.deliveries:
                if row["status"] == "pending":
                    row["status"] = "held"
            self.store.dirty = True

    def release(self, order: str = "fifo", ids: list[str] | None = None) -> int:
        """Send what is held. order: fifo, reverse or random. Returns how many."""
        with self.store.transaction():
            if ids is None:
                self.store.settings["held"] = False
            rows = [
                row
                for row in self.store.deliveries
                if row["status"] == "held" and (ids is None or row["id"] in ids)
            ]
            chosen = {row["id"] for row in rows}
            rest = [row for row in self.store.deliveries if row["id"] not in chosen]
            if order == "reverse":
                rows.reverse()
            elif order == "random":
                random.shuffle(rows)
            for row in rows:
                row["status"] = "pending"
            self.store.deliveries = rest + rows
            self.store.dirty = True
        return len(rows)

    def resend(self, event_id: str, times: int = 1, forge: str | None = None) -> int:
        """Deliver an event again. forge: bad_secret, tampered, old, ahead, no_header
        or livemode."""
        with self.store.transaction():
            event = self.store.get("event", event_id)
            extra = {"forge": forge} if forge else {}
            endpoints = self.store.all("webhook_endpoint", status="enabled")
            for _ in range(times):
                for endpoint in endpoints:
                    queue(self.store, event["id"], endpoint["id"], **extra)
        return times * len(endpoints)

    def drop(self, count: int) -> None:
        """The next deliveries are lost for good."""
        with self.store.transaction():
            self.store.settings["drop_next"] = count
            self.store.dirty = True

    def delay(self, seconds: float) -> None:
        """Each later delivery waits so long before its first attempt."""
        with self.store.transaction():
            self.store.settings["delay_seconds"] = seconds
            self.store.dirty = True

    def retry_now(self) -> None:
        """Do not wait for the backoff."""
        with self.store.transaction():
            self.due.clear()

    def wait(self, timeout: float = 10.0) -> bool:
        """Until nothing is left to send (held ones aside). False when the time is over."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self.store.lock:
                idle = all(row["status"] in FINAL for row in self.store.deliveries)
            if idle and not self._busy:
                return True
            time.sleep(0.01)
        return False
