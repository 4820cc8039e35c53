"""A running fake, the real stripe client pointed at it, and a site that listens."""

import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from billing.fakestripe import seed, server

PAID = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


@dataclass
class Receiver:
    """A site that verifies each delivery as the real one must."""

    events: list[stripe.Event] = field(default_factory=list)
    refused: int = 0
    status: int = 200
    url: str = ""

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    def take(self, body: bytes, signature: str) -> int:
        if self.status != 200:
            return self.status
        try:
            event = stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]
                body, signature, seed.WEBHOOK_SECRET
            )
        except stripe.SignatureVerificationError:
            self.refused += 1
            return 400
        self.events.append(event)
        return 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    site = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = site.take(body, self.headers.get("Stripe-Signature", ""))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    site.url = f"http://127.0.0.1:{listener.server_port}/billing/webhook/"
    yield site
    listener.shutdown()
    listener.server_close()


def point_at(fake: server.Fake) -> stripe.StripeClient:
    return stripe.StripeClient(
        seed.SECRET_KEY, base_addresses={"api": fake.url}, max_network_retries=0
    )


@pytest.fixture
def fake(receiver: Receiver) -> Iterator[server.Fake]:
    running = server.start(seeded=True, webhook_url=receiver.url)
    running.deliver.first_backoff_seconds = 0.05
    running.deliver.wait()
    receiver.events.clear()
    yield running
    running.stop()


@pytest.fixture
def client(fake: server.Fake) -> stripe.StripeClient:
    return point_at(fake)


@dataclass
class Answer:
    status: int
    location: str
    text: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def browse(url: str, data: dict[str, str] | None = None, **headers: str) -> Answer:
    """One page request as a browser makes it, redirects shown instead of followed."""
    body = urllib.parse.urlencode(data).encode() if data is not None else None
    request = urllib.request.Request(url, body, headers)  # noqa: S310
    try:
        with urllib.request.build_opener(_NoRedirect).open(request) as answer:
            return Answer(answer.status, "", answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return Answer(error.code, error.headers.get("Location") or "", text)


type Checkout = Callable[..., stripe.checkout.Session]


@pytest.fixture
def checkout(client: stripe.StripeClient) -> Checkout:
    """Create a session for Ana; keyword arguments go into the request."""

    def create(**params: Any) -> stripe.checkout.Session:
        wanted = {
            "mode": "subscription",
            "customer_email": "ana@example.com",
            "line_items": [{"price": seed.PRICE_MONTHLY, "quantity": 1}],
            "success_url": "http://site.test/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://site.test/pricing",
            **params,
        }
        given: Any = {key: value for key, value in wanted.items() if value is not None}
        return client.v1.checkout.sessions.create(params=given)

    return create


@pytest.fixture
def subscribe(
    client: stripe.StripeClient, checkout: Checkout
) -> Callable[..., stripe.Subscription]:
    """Pay a session on the page and return its subscription."""

    def run(**params: Any) -> stripe.Subscription:
        session = checkout(**params)
        assert (
            browse(str(session.url), {"email": "ana@example.com", **PAID}).status == 303
        )
        done = client.v1.checkout.sessions.retrieve(session.id)
        return client.v1.subscriptions.retrieve(str(done.subscription))

    return run
