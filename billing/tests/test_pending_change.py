"""3-D Secure on a change of plan: told to the bank, dropped, or forgotten. And what a
schedule at Stripe does not hinder."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from billing import plan_change, stripe_api, subscriptions
from billing.fakestripe.tests.conftest import PAID, browse
from billing.models import PlanPrice, Receipt
from billing.tests import make
from outbox import queue

pytestmark = pytest.mark.django_db
SECURE = {**PAID, "number": "4000 0027 6000 3184"}


@pytest.fixture
def secured(buyer: make.Buyer) -> make.Buyer:
    """Alice, whose card's bank asks at each charge."""
    api = stripe_api.client().v1
    card = api.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": buyer.customer}
    )
    api.subscriptions.update(
        buyer.subscription["id"], {"default_payment_method": card.id}
    )
    make.deliver(buyer.fake)
    return buyer


def url(buyer: make.Buyer, rest: str = "") -> str:
    return f"/en/billing/subscriptions/{buyer.subscription['id']}/change/{rest}"


def ask(buyer: make.Buyer, price: PlanPrice, client: Client) -> str:
    """Ask for the change; where the person is led."""
    preview = plan_change.preview(buyer.user, buyer.subscription["id"], price.pk)
    given = {"token": preview.token, "price": price.pk}
    return str(client.post(url(buyer), given)["Location"])


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address, follow=True).content.decode().split())


def confirm_at_stripe(buyer: make.Buyer, outcome: str) -> None:
    [invoice] = buyer.fake.store.all("invoice", status="open")
    hosted = invoice["hosted_invoice_url"]
    assert browse(hosted, SECURE).location.endswith("/3ds")
    browse(f"{hosted}/3ds", {"outcome": outcome})


def price_now(buyer: make.Buyer) -> str:
    return str(buyer.subscription["items"]["data"][0]["price"]["id"])


def assert_as_before(buyer: make.Buyer, monthly: PlanPrice) -> None:
    make.deliver(buyer.fake)
    assert price_now(buyer) == monthly.stripe_price
    assert buyer.subscription["status"] == "active"
    assert buyer.subscription["pending_update"] is None
    assert Receipt.objects.count() == 1
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end + 72 * 3600


def test_the_person_is_led_to_the_bank_and_nothing_changes_before(
    secured: make.Buyer, monthly: PlanPrice, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    place = ask(secured, yearly, client)
    assert place == f"{url(secured, 'confirm/')}?price={yearly.pk}"
    page = text_of(client, place)
    [invoice] = secured.fake.store.all("invoice", status="open")
    assert "before it pays €171.00 for AMI Pro · yearly" in page
    assert f'href="{invoice["hosted_invoice_url"]}"' in page
    make.deliver(secured.fake)
    assert client.get(f"{place}&poll=1").status_code == 204
    account = text_of(client, "/en/billing/")
    assert "Your bank wants you to confirm the payment of €171.00" in account
    assert "The next charge is €19.00 on" in account
    assert "Change plan" not in account
    assert price_now(secured) == monthly.stripe_price
    assert Receipt.objects.count() == 1
    assert len(secured.grants()) == 1
    queue.sweep()
    assert not [one for one in mail.outbox if "did not go through" in one.subject]


def test_confirmed_it_holds_with_one_receipt_before_or_after_the_webhook(
    secured: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    place = ask(secured, yearly, client)
    confirm_at_stripe(secured, "fail")
    assert "Confirm the payment" in text_of(client, place)
    confirm_at_stripe(secured, "complete")
    assert "Done: your plan is AMI Pro · yearly now." in text_of(client, place)
    assert price_now(secured) == yearly.stripe_price
    make.deliver(secured.fake)
    assert sorted(Receipt.objects.values_list("total", flat=True)) == [1900, 17100]
    [grant] = secured.grants()
    end = secured.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end + 72 * 3600
    assert "confirm the payment" not in text_of(client, "/en/billing/")


def test_the_page_goes_on_by_itself_once_the_webhook_came(
    secured: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    place = ask(secured, yearly, client)
    confirm_at_stripe(secured, "complete")
    make.deliver(secured.fake)
    answer = client.get(f"{place}&poll=1")
    assert answer["HX-Redirect"] == place


def test_dropped_or_forgotten_everything_is_as_before(
    secured: make.Buyer, monthly: PlanPrice, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    ask(secured, yearly, client)
    answer = client.post(url(secured, "drop/"), follow=True)
    assert "Your plan stays as it is." in answer.content.decode()
    assert_as_before(secured, monthly)
    place = ask(secured, yearly, client)
    secured.fake.control("advance_clock", days=1)
    assert "The change was not confirmed." in text_of(client, place)
    assert_as_before(secured, monthly)


def test_a_preview_from_before_it_was_dropped_is_made_anew(
    secured: make.Buyer, monthly: PlanPrice, yearly: PlanPrice, client_of: Any
) -> None:
    """Stripe keeps its answers by idempotency key: the same one would change nothing."""
    client: Client = client_of(secured.user)
    preview = plan_change.preview(secured.user, secured.subscription["id"], yearly.pk)
    given = {"token": preview.token, "price": yearly.pk}
    for _ in range(2):  # twice is once
        assert "/change/confirm/" in client.post(url(secured), given)["Location"]
    assert len(secured.fake.store.all("invoice", status="open")) == 1
    client.post(url(secured, "drop/"))
    answer = client.post(url(secured), given, follow=True)
    assert "Please look at them again" in answer.content.decode()
    assert_as_before(secured, monthly)


def test_cancelling_drops_what_waits(
    secured: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    ask(secured, yearly, client)
    subscriptions.set_cancelling(
        secured.user, secured.subscription["id"], cancelling=True
    )
    assert secured.subscription["cancel_at_period_end"]
    assert secured.subscription["pending_update"] is None
    assert secured.fake.store.all("invoice", status="open") == []


def test_nobody_else_sees_or_drops_it(
    secured: make.Buyer, yearly: PlanPrice, bob: Any, client_of: Any
) -> None:
    ask(secured, yearly, client_of(secured.user))
    other: Client = client_of(bob)
    assert other.get(url(secured, "confirm/")).status_code == 404
    assert other.post(url(secured, "drop/")).status_code == 404
    assert client_of(secured.user).get(url(secured, "drop/")).status_code == 405


def test_with_stripe_away_the_page_still_says_where_to_confirm(
    secured: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(secured.user)
    place = ask(secured, yearly, client)
    secured.fake.control("outage", mode="500")
    assert "before it pays €171.00" in text_of(client, place)
    assert client.post(url(secured, "drop/")).status_code == 503
    secured.fake.control("outage", mode="off")
    assert secured.subscription["pending_update"]


def test_what_a_schedule_at_stripe_manages_can_be_cancelled_and_changed(
    buyer: make.Buyer, yearly: PlanPrice
) -> None:
    """Stripe refuses it with 400 until the schedule is released."""
    api, subscription = stripe_api.client().v1, buyer.subscription["id"]

    def schedule() -> None:
        api.subscription_schedules.create({"from_subscription": subscription})
        make.deliver(buyer.fake)

    schedule()
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=True)
    assert buyer.subscription["cancel_at_period_end"]
    schedule()
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=False)
    schedule()
    preview = plan_change.preview(buyer.user, subscription, yearly.pk)
    plan_change.apply(buyer.user, subscription, preview.token)
    assert price_now(buyer) == yearly.stripe_price
    assert buyer.subscription["schedule"] is None
