"""A change of price: what it costs, what the bank may ask, what stands in its way."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from billing.fakestripe import seed, server
from billing.fakestripe.tests.conftest import PAID, Receiver, browse

type Subscribe = Callable[..., stripe.Subscription]
SECURE = "4000002760003184"


@pytest.fixture
def secured(client: stripe.StripeClient, subscribe: Subscribe) -> stripe.Subscription:
    """A subscription whose card the bank asks about at each charge."""
    made = subscribe()
    card = client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", params={"customer": str(made.customer)}
    )
    return client.v1.subscriptions.update(
        made.id, params={"default_payment_method": card.id}
    )


def change(
    client: stripe.StripeClient, subscription: stripe.Subscription, **params: Any
) -> stripe.Subscription:
    item = subscription["items"]["data"][0]["id"]
    wanted: Any = {
        "items": [{"id": item, "price": seed.PRICE_YEARLY}],
        "proration_behavior": "always_invoice",
        **params,
    }
    return client.v1.subscriptions.update(subscription.id, params=wanted)


def price_of(client: stripe.StripeClient, subscription: stripe.Subscription) -> str:
    row = client.v1.subscriptions.retrieve(subscription.id)
    return str(row["items"]["data"][0]["price"]["id"])


def waiting(
    client: stripe.StripeClient, subscription: stripe.Subscription
) -> stripe.Invoice:
    """Ask for the change; the invoice that it waits for."""
    row = change(client, subscription, payment_behavior="pending_if_incomplete")
    assert row.pending_update
    assert row.status == "active"
    assert row["items"]["data"][0]["price"]["id"] == seed.PRICE_MONTHLY
    [item] = row["pending_update"]["subscription_items"]
    assert item["price"]["id"] == seed.PRICE_YEARLY
    invoice = client.v1.invoices.retrieve(str(row.latest_invoice))
    assert (invoice.status, invoice.amount_due) == ("open", 17100)
    return invoice


def test_the_same_interval_gives_back_and_charges_the_rest_of_the_period(
    fake: server.Fake, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    dearer: Any = {
        "product": seed.PRODUCT, "currency": "eur", "unit_amount": 3800,
        "recurring": {"interval": "month"},
    }  # fmt: skip
    price = client.v1.prices.create(params=dearer)
    row = subscription["items"]["data"][0]
    half = (row["current_period_start"] + row["current_period_end"]) // 2
    changed: Any = {
        "items": [{"id": row["id"], "price": price.id}],
        "proration_behavior": "always_invoice",
        "proration_date": half,
    }
    client.v1.subscriptions.update(subscription.id, params=changed)
    latest = client.v1.invoices.list(params={"limit": 1}).data[0]
    assert [line.amount for line in latest.lines.data] == [-950, 1900]
    assert latest.amount_paid == 950


def test_where_the_bank_asks_nothing_is_changed_and_its_code_says_so(
    client: stripe.StripeClient, secured: stripe.Subscription
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        change(client, secured, payment_behavior="error_if_incomplete")
    assert refused.value.code == "subscription_payment_intent_requires_action"
    assert refused.value.http_status == 402
    assert price_of(client, secured) == seed.PRICE_MONTHLY
    assert client.v1.invoices.list(params={"status": "open"}).data == []


def test_a_waiting_change_holds_once_the_bank_said_yes(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    secured: stripe.Subscription,
) -> None:
    invoice = waiting(client, secured)
    url = str(invoice.hosted_invoice_url)
    card = {**PAID, "number": SECURE}
    assert browse(url, card).location.endswith("/3ds")
    browse(f"{url}/3ds", {"outcome": "fail"})
    assert price_of(client, secured) == seed.PRICE_MONTHLY
    browse(url, card)
    browse(f"{url}/3ds", {"outcome": "complete"})
    row = client.v1.subscriptions.retrieve(secured.id)
    assert price_of(client, secured) == seed.PRICE_YEARLY
    assert (row.status, row.pending_update) == ("active", None)
    fake.deliver.wait()
    assert "customer.subscription.pending_update_applied" in receiver.kinds
    assert "invoice.payment_action_required" in receiver.kinds


def test_a_waiting_change_is_dropped_with_its_invoice_or_after_a_day(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    secured: stripe.Subscription,
) -> None:
    client.v1.invoices.void_invoice(waiting(client, secured).id)
    assert client.v1.subscriptions.retrieve(secured.id).pending_update is None
    invoice = waiting(client, secured)
    fake.control("advance_clock", days=1)
    fake.deliver.wait()
    assert client.v1.invoices.retrieve(invoice.id).status == "void"
    assert client.v1.subscriptions.retrieve(secured.id).pending_update is None
    assert price_of(client, secured) == seed.PRICE_MONTHLY
    assert "customer.subscription.pending_update_expired" in receiver.kinds


def test_a_card_that_just_pays_does_not_wait(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    row = change(client, subscribe(), payment_behavior="pending_if_incomplete")
    assert row.pending_update is None
    assert row["items"]["data"][0]["price"]["id"] == seed.PRICE_YEARLY


def test_only_what_can_wait_may_wait(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be passed"):
        change(
            client,
            subscribe(),
            payment_behavior="pending_if_incomplete",
            cancel_at_period_end=True,
        )


def test_a_schedule_stands_in_the_way_until_it_is_released(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    api = client.v1.subscription_schedules
    schedule = api.create(params={"from_subscription": subscription.id})
    for params in ({"cancel_at_period_end": True}, {"cancel_at": "min_period_end"}):
        given: Any = params
        with pytest.raises(stripe.InvalidRequestError, match="managed by") as refused:
            client.v1.subscriptions.update(subscription.id, params=given)
        assert refused.value.http_status == 400
    with pytest.raises(stripe.InvalidRequestError, match="already attached"):
        api.create(params={"from_subscription": subscription.id})
    assert api.release(schedule.id).status == "released"
    row = client.v1.subscriptions.update(
        subscription.id, params={"cancel_at_period_end": True}
    )
    assert (row.cancel_at_period_end, row.schedule) == (True, None)
