"""The eight statuses of a subscription: each is reached as at Stripe, and left again."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from billing.fakestripe import seed, server

STATUSES = [
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid",
    "canceled", "paused",
]  # fmt: skip
GOOD, BAD = "pm_card_visa", "pm_card_chargeCustomerFail"


def subscribed(
    client: stripe.StripeClient, card: str | None = GOOD, **params: Any
) -> stripe.Subscription:
    customer = client.v1.customers.create(params={"email": "ana@example.com"})
    wanted: Any = {"customer": customer.id, "items": [{"price": seed.PRICE_MONTHLY}]}
    if card:
        kept = client.v1.payment_methods.attach(card, params={"customer": customer.id})
        wanted["default_payment_method"] = kept.id
    return client.v1.subscriptions.create(params={**wanted, **params})


def reach(status: str, fake: server.Fake, client: stripe.StripeClient) -> str:
    """A new subscription brought there; its id."""
    if status in {"trialing", "paused"}:
        made = subscribed(
            client,
            card=None,
            trial_period_days=14,
            trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
        )
        if status == "paused":
            fake.control("advance_clock", days=15)
        return made.id
    if status.startswith("incomplete"):
        made = subscribed(client, BAD)
        if status == "incomplete_expired":
            fake.control("advance_clock", seconds=24 * 3600)
        return made.id
    made = subscribed(client)
    if status == "unpaid":
        fake.control("dunning", end="unpaid")
        fake.control("decline_next", customer=made.customer, count=9)
        fake.control("advance_clock", days=50)
    if status == "past_due":
        fake.control("renew", subscription=made.id, fail=True)
    if status == "canceled":
        client.v1.subscriptions.cancel(made.id)
    return made.id


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_reached(
    fake: server.Fake, client: stripe.StripeClient, status: str
) -> None:
    subscription = reach(status, fake, client)
    assert client.v1.subscriptions.retrieve(subscription).status == status
    found: Any = {"status": status}
    assert [row.id for row in client.v1.subscriptions.list(params=found)] == [
        subscription
    ]


LEAVE: dict[str, Callable[[stripe.StripeClient, str], Any]] = {
    "paused": lambda client, one: client.v1.subscriptions.resume(one),
    "unpaid": lambda client, one: client.v1.invoices.pay(
        str(client.v1.subscriptions.retrieve(one).latest_invoice)
    ),
}


@pytest.mark.parametrize("status", LEAVE)
def test_it_is_active_again_once_it_is_paid(
    fake: server.Fake, client: stripe.StripeClient, status: str
) -> None:
    subscription = reach(status, fake, client)
    row = client.v1.subscriptions.retrieve(subscription)
    card = client.v1.payment_methods.attach(
        GOOD, params={"customer": str(row.customer)}
    )
    client.v1.subscriptions.update(
        subscription, params={"default_payment_method": card.id}
    )
    fake.store.settings["declines"] = []
    LEAVE[status](client, subscription)
    assert client.v1.subscriptions.retrieve(subscription).status == "active"
