"""The HTTP server: the API under /v1, hosted pages, test controls under /_fake/."""

import json
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from billing.fakestripe import api, controls, forms, seed
from billing.fakestripe.engine.events import API_VERSION
from billing.fakestripe.errors import StripeError
from billing.fakestripe.pages import site
from billing.fakestripe.shapes import public
from billing.fakestripe.store import Obj, Store
from billing.fakestripe.webhooks import Deliverer

MAX_BODY_BYTES = 1 << 20


class Handler(BaseHTTPRequestHandler):
    """One request. `fake` is given by `start`."""

    protocol_version = "HTTP/1.1"
    server_version = "fakestripe"
    sys_version = ""

    def __init__(self, fake: "Fake", *args: Any) -> None:
        self.fake = fake
        super().__init__(*args)

    @property
    def given(self) -> dict[str, str]:
        """The request's headers, spelled Like-This."""
        return {name.title(): value for name, value in self.headers.items()}

    def do_GET(self) -> None:
        self._dispatch("GET")

    def do_POST(self) -> None:
        self._dispatch("POST")

    def do_DELETE(self) -> None:
        self._dispatch("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        if self.fake.verbose:
            super().log_message(format, *args)

    def _dispatch(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._json(413, {"error": {"message": "The request is too large."}})
            return
        body = self.rfile.read(length).decode("utf-8", errors="replace")
        if self.path.startswith("/v1/"):
            self._api(method, body)
        elif self.path.startswith("/_fake/") and self.path != "/_fake/":
            self._control(method, body)
        else:
            self._page(method, body)

    def _api(self, method: str, body: str) -> None:
        if self._out():
            return
        fake = self.fake
        reply = api.answer(
            fake.store, method, self.path, body, self.given, fake.api_key
        )
        headers = {
            "Request-Id": reply.request_id,
            "Stripe-Version": API_VERSION,
        }
        if key := self.headers.get("Idempotency-Key"):
            headers["Idempotency-Key"] = key
        if reply.replayed:
            headers["Idempotent-Replayed"] = "true"
        self._json(reply.status, reply.body, headers)

    def _out(self) -> bool:
        """Play the outage the controls asked for. True when the request is answered by it."""
        with self.fake.store.lock:
            outage = self.fake.store.settings["outage"]
            mode = outage["mode"]
            if mode == "off":
                return False
            if outage["count"]:
                outage["count"] -= 1
                if outage["count"] == 0:
                    outage["mode"] = "off"
        if mode == "slow":
            time.sleep(outage["seconds"])
            return False
        self.close_connection = True
        if mode != "drop":
            kind = "rate_limit" if mode == "429" else None
            error: Obj = {
                "type": "api_error",
                "message": "The fake is playing an outage.",
            }
            self._json(
                int(mode), {"error": {**error, **({"code": kind} if kind else {})}}
            )
        return True

    def _control(self, method: str, body: str) -> None:
        path, _, query = self.path.partition("?")
        name = path.removeprefix("/_fake/").rstrip("/")
        try:
            data = _given(body, self.headers.get("Content-Type", "")) or dict(
                parse_qsl(query)
            )
            result = controls.run(
                self.fake.store, self.fake.deliver, method, name, data
            )
        except StripeError as error:
            self._json(error.status, {"error": public(error.body)})
            return
        self._json(200, public(result))

    def _page(self, method: str, body: str) -> None:
        with self.fake.store.transaction():
            page = site.answer(self.fake.store, method, self.path, body, self.given)
        self._send(page.status, page.content, page.kind, page.headers)

    def _json(
        self, status: int, body: object, headers: dict[str, str] | None = None
    ) -> None:
        text = json.dumps(body, indent=2).encode()
        self._send(status, text, "application/json", headers or {})

    def _send(
        self, status: int, content: bytes, kind: str, headers: dict[str, str]
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


def _given(body: str, kind: str) -> Obj:
    if "json" not in kind:
        return forms.parse(body)
    try:
        data = json.loads(body or "{}")
    except ValueError:
        raise StripeError("The body is not JSON.") from None
    if not isinstance(data, dict):
        raise StripeError("The body must be a JSON object.")
    return data


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not worth a traceback; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class Fake:
    """A running fake. `state` is its Store, `deliver` its webhook controls."""

    store: Store
    deliver: Deliverer
    api_key: str | None = None
    verbose: bool = False
    server: Server | None = None
    address: tuple[str, int] = ("", 0)

    @property
    def state(self) -> Store:
        return self.store

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"

    def control(self, name: str, **data: Any) -> Obj:
        """A test control without HTTP: `fake.control("advance_clock", days=31)`."""
        return controls.run(self.store, self.deliver, "POST", name, data)

    def stop(self) -> None:
        """Stop listening and delivering; the state file is whole afterwards."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.deliver.stop()
        self.store.save()


def start(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    webhook_url: str | None = None,
    webhook_secret: str = seed.WEBHOOK_SECRET,
    state: Path | None = None,
    public_url: str | None = None,
    api_key: str | None = None,
    seeded: bool = False,
    name: str = "AMI",
    verbose: bool = False,
) -> Fake:
    """Listen in a thread (port 0: any free one) and deliver webhooks in another.

    state: the JSON file that survives restarts; None keeps everything in memory. api_key: the
    only secret key accepted; None accepts every well-formed test key.
    """
    store = Store(state)
    fake = Fake(store, Deliverer(store), api_key=api_key, verbose=verbose)
    fake.server = Server((host, port), partial(Handler, fake))
    fake.address = (host, fake.server.server_port)
    store.public_url = (public_url or fake.url).rstrip("/")
    with store.transaction():
        seed.account(store, name)
        if webhook_url:
            seed.endpoint(store, webhook_url, webhook_secret)
        if seeded:
            seed.seed(store, name)
    threading.Thread(
        target=partial(fake.server.serve_forever, poll_interval=0.05),
        name="fakestripe",
        daemon=True,
    ).start()
    fake.deliver.start()
    return fake
