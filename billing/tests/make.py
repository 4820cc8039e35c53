"""Plans, signed events and people who buy."""

import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client
from django.utils import timezone

from billing import inbox
from billing.checkout import start_checkout
from billing.fakestripe import seed, server
from billing.models import InboxEvent, Plan, PlanPrice
from courses.models import AccessGrant

KEY = "sk_test_" + "BillingTests000000000000"
SECRET = "whsec_billing_tests"
URL = "/billing/webhook/"


def plan(**fields: Any) -> Plan:
    values: dict[str, Any] = {
        "code": "pro",
        "name_es": "AMI Pro",
        "name_en": "AMI Pro",
        "benefits_es": "Todos los cursos",
        "benefits_en": "All the courses",
        "stripe_product": seed.PRODUCT,
        **fields,
    }
    return Plan.objects.create(**values)


def sign(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    stamp = int(time.time()) if at is None else at
    message = f"{stamp}.".encode() + body
    mark = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"


def event(**fields: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "customer.updated",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "cus_nobody", "object": "customer"}},
        **fields,
    }


def post(
    body: bytes | dict[str, Any],
    *,
    header: str | None = None,
    client: Client | None = None,
) -> Any:
    """Post a body to the webhook; signed with our secret unless a header is given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (client or Client()).post(
        URL,
        content,
        content_type="application/json",
        headers={"Stripe-Signature": sign(content) if header is None else header},
    )


def events(fake: server.Fake) -> list[dict[str, Any]]:
    """What the stand-in would deliver, oldest first."""
    return [json.loads(json.dumps(row)) for row in fake.store.all("event")]


def forget_deliveries(fake: server.Fake) -> None:
    fake.store.objects.pop("event", None)


def deliver(fake: server.Fake, rows: list[dict[str, Any]] | None = None) -> None:
    """Post these events (all so far) to the webhook and process what it stored."""
    for row in events(fake) if rows is None else rows:
        assert post(public(row)).status_code == 200
    drain()


def public(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not key.startswith("_")}


def drain() -> None:
    """Process the inbox until nothing waits, whatever its backoff says."""
    InboxEvent.objects.waiting().update(next_at=timezone.now())
    while inbox.sweep():
        pass


class Buyer:
    """Somebody who buys at the stand-in."""

    def __init__(self, user: Any, fake: server.Fake) -> None:
        self.user, self.fake = user, fake
        self.session = ""

    def start(self, price: PlanPrice) -> str:
        """Begin a checkout; the session's id."""
        url = start_checkout(self.user, price, "en")
        self.session = url.rstrip("/").rpartition("/")[2].partition("?")[0]
        return self.session

    def pay(self, **how: Any) -> None:
        self.fake.control("checkout/pay", session=self.session, **how)

    def subscribe(self, price: PlanPrice) -> None:
        self.start(price)
        self.pay()
        deliver(self.fake)

    @property
    def customer(self) -> str:
        return str(self.user.stripe_customers.get().customer)

    @property
    def subscription(self) -> dict[str, Any]:
        return self.fake.store.all("subscription", customer=self.customer)[-1]

    def grants(self) -> list[AccessGrant]:
        return list(AccessGrant.objects.valid_at(timezone.now()).filter(user=self.user))
