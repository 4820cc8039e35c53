from collections.abc import Callable

import pytest
import stripe

from billing.fakestripe import seed, server
from billing.fakestripe.tests.conftest import PAID, Receiver, browse

type Subscribe = Callable[..., stripe.Subscription]


def status(client: stripe.StripeClient, subscription: stripe.Subscription) -> str:
    return client.v1.subscriptions.retrieve(subscription.id).status


def test_cancel_at_period_end_then_time_passes(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
) -> None:
    subscription = subscribe()
    planned = client.v1.subscriptions.update(
        subscription.id, params={"cancel_at_period_end": True}
    )
    end = planned["items"]["data"][0]["current_period_end"]
    assert (planned.cancel_at, planned.status) == (end, "active")
    fake.control("advance_clock", days=32)
    fake.deliver.wait()
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", end)
    assert receiver.kinds[-2:] == [
        "customer.subscription.updated", "customer.subscription.deleted",
    ]  # fmt: skip


def test_a_failed_renewal_is_past_due_and_recovers(
    fake: server.Fake, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    fake.control("renew", subscription=subscription.id, fail=True)
    assert status(client, subscription) == "past_due"
    invoice = client.v1.invoices.list(params={"status": "open"}).data[0]
    answer = browse(str(invoice.hosted_invoice_url), dict(PAID))
    assert (answer.status, status(client, subscription)) == (303, "active")


def test_retries_that_all_fail_end_the_subscription(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
) -> None:
    subscription = subscribe()
    fake.control("decline_next", customer=subscription.customer, count=9)
    fake.control("advance_clock", days=50)
    fake.deliver.wait()
    assert status(client, subscription) == "canceled"
    assert receiver.kinds.count("invoice.payment_failed") == 4


def test_a_trial_ends_with_the_first_charge(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
) -> None:
    subscription = subscribe(subscription_data={"trial_period_days": 14})
    assert subscription.status == "trialing"
    fake.control("advance_clock", days=15)
    fake.deliver.wait()
    assert status(client, subscription) == "active"
    assert "customer.subscription.trial_will_end" in receiver.kinds
    assert [row.total for row in client.v1.invoices.list().data] == [1900, 0]


def test_a_test_clock_moves_only_its_customers(client: stripe.StripeClient) -> None:
    clock = client.v1.test_helpers.test_clocks.create(
        params={"frozen_time": 1_800_000_000}
    )
    customer = client.v1.customers.create(
        params={"email": "luis@example.com", "test_clock": clock.id}
    )
    card = client.v1.payment_methods.attach(
        "pm_card_visa", params={"customer": customer.id}
    )
    made = client.v1.subscriptions.create(
        params={
            "customer": customer.id,
            "items": [{"price": seed.PRICE_MONTHLY}],
            "default_payment_method": card.id,
        }
    )
    client.v1.test_helpers.test_clocks.advance(
        clock.id, params={"frozen_time": 1_800_000_000 + 65 * 86400}
    )
    bills = client.v1.invoices.list(params={"customer": customer.id}).data
    assert made.created == 1_800_000_000
    assert [row.billing_reason for row in bills] == [
        "subscription_cycle", "subscription_cycle", "subscription_create",
    ]  # fmt: skip


def test_an_unpaid_first_invoice_expires(
    fake: server.Fake, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create(params={"email": "luis@example.com"})
    card = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", params={"customer": customer.id}
    )
    made = client.v1.subscriptions.create(
        params={
            "customer": customer.id,
            "items": [{"price": seed.PRICE_MONTHLY}],
            "default_payment_method": card.id,
        }
    )
    assert made.status == "incomplete"
    fake.control("advance_clock", seconds=24 * 3600)
    assert status(client, made) == "incomplete_expired"


def test_another_interval_is_invoiced_at_once_with_the_unused_time(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    item = subscription["items"]["data"][0]["id"]
    client.v1.subscriptions.update(
        subscription.id, params={"items": [{"id": item, "price": seed.PRICE_YEARLY}]}
    )
    latest = client.v1.invoices.list(params={"limit": 1}).data[0]
    assert [row.amount for row in latest.lines.data] == [-1900, 19000]
    assert (latest.billing_reason, latest.total) == ("subscription_update", 17100)


def test_paused_collection_voids_the_renewal(
    fake: server.Fake, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    client.v1.subscriptions.update(
        subscription.id, params={"pause_collection": {"behavior": "void"}}
    )
    fake.control("renew", subscription=subscription.id)
    assert client.v1.invoices.list(params={"limit": 1}).data[0].status == "void"
    assert status(client, subscription) == "active"


@pytest.mark.parametrize(("amount", "whole"), [(None, True), (500, False)])
def test_refunds_are_whole_or_partial(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
    amount: int | None,
    whole: bool,
) -> None:
    subscribe()
    charge = client.v1.charges.list().data[0]
    extra = {"amount": amount} if amount else {}
    client.v1.refunds.create(params={"charge": charge.id, **extra})  # type: ignore[typeddict-item]
    fake.deliver.wait()
    assert client.v1.charges.retrieve(charge.id).refunded is whole
    assert "charge.refunded" in receiver.kinds


def test_deleting_a_customer_ends_everything(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    client.v1.customers.delete(str(subscription.customer))
    gone = client.v1.customers.retrieve(str(subscription.customer))
    assert gone.deleted
    assert status(client, subscription) == "canceled"


def test_the_portal_cancels_resumes_and_switches(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    portal = client.v1.billing_portal.sessions.create(
        params={
            "customer": str(subscription.customer), "locale": "es",
            "return_url": "http://site.test/billing",
        }
    )  # fmt: skip
    assert "Próximo cobro: 19,00" in browse(portal.url).text
    browse(portal.url, {"action": "cancel"})
    assert client.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end
    browse(portal.url, {"action": "resume"})
    browse(portal.url, {"action": "switch", "price": seed.PRICE_YEARLY})
    now = client.v1.subscriptions.retrieve(subscription.id)
    assert now["items"]["data"][0]["price"]["id"] == seed.PRICE_YEARLY
    assert not now.cancel_at_period_end


def test_the_portals_test_controls_make_time_pass(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    portal = client.v1.billing_portal.sessions.create(
        params={"customer": str(subscription.customer)}
    )
    browse(portal.url, {"action": "fail"})
    browse(portal.url, {"action": "advance"})
    assert status(client, subscription) == "past_due"
    browse(portal.url, {"action": "retry"})
    assert status(client, subscription) == "active"
    browse(portal.url, {"action": "cancel"})
    browse(portal.url, {"action": "advance"})
    assert status(client, subscription) == "canceled"


@pytest.mark.parametrize("days", [7, 30])
def test_a_charge_is_foreseen_by_an_invoice_without_id(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
    days: int,
) -> None:
    fake.control("upcoming", days=days)
    yearly = subscribe(line_items=[{"price": seed.PRICE_YEARLY, "quantity": 1}])
    fake.control("advance_clock", days=364 - days)
    fake.deliver.wait()
    assert "invoice.upcoming" not in receiver.kinds
    fake.control("advance_clock", days=2)
    fake.deliver.wait()
    [event] = [row for row in receiver.events if row.type == "invoice.upcoming"]
    invoice = event.data.object
    assert "id" not in invoice
    assert (invoice["total"], invoice["billing_reason"]) == (19000, "upcoming")
    details = invoice["parent"]["subscription_details"]
    assert details["subscription"] == yearly.id
    assert client.v1.invoices.list().data[0].billing_reason == "subscription_create"


def test_the_end_of_a_cancelled_plan_is_not_foreseen(
    fake: server.Fake,
    client: stripe.StripeClient,
    receiver: Receiver,
    subscribe: Subscribe,
) -> None:
    client.v1.subscriptions.update(
        subscribe().id, params={"cancel_at_period_end": True}
    )
    fake.control("advance_clock", days=40)
    fake.deliver.wait()
    assert "invoice.upcoming" not in receiver.kinds
