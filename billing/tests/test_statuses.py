"""The eight statuses as Stripe comes to them: what they open, and what the person reads."""

import time
from typing import Any

import pytest

from billing import stripe_api
from billing.fakestripe import seed
from billing.models import InboxEvent
from billing.tests import make

pytestmark = pytest.mark.django_db
GOOD, BAD = "pm_card_visa", "pm_card_chargeCustomerFail"
DAY = 86400


def subscribe(buyer: make.Buyer, card: str | None, **params: Any) -> str:
    api = stripe_api.client().v1
    wanted: Any = {
        "customer": buyer.customer, "items": [{"price": seed.PRICE_MONTHLY}], **params,
    }  # fmt: skip
    if card:
        kept = api.payment_methods.attach(card, {"customer": buyer.customer})
        wanted["default_payment_method"] = kept.id
    return api.subscriptions.create(wanted).id


TRIAL: dict[str, Any] = {
    "trial_end": int(time.time()) + 14 * DAY,
    "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
}


def reach(buyer: make.Buyer, status: str) -> None:
    fake = buyer.fake
    if status in {"trialing", "paused"}:
        one = subscribe(buyer, None, **TRIAL)
        if status == "paused":
            fake.control("renew", subscription=one)
        return
    one = subscribe(buyer, BAD if status.startswith("incomplete") else GOOD)
    if status == "incomplete_expired":
        fake.control("expire_subscription", subscription=one)
    if status == "unpaid":
        fake.control("dunning", end="unpaid")
        fake.control("renew", subscription=one, fail=True)
        invoice = fake.store.all("invoice", status="open")[-1]["id"]
        for _ in range(3):
            fake.control("decline_next", customer=buyer.customer)
            fake.control("retry_invoice", invoice=invoice)
    if status == "past_due":
        fake.control("renew", subscription=one, fail=True)
    if status == "canceled":
        stripe_api.client().v1.subscriptions.cancel(one)


WORDS = {
    "trialing": (True, "Your trial runs until"),
    "active": (True, "The next charge is €19.00 on"),
    "past_due": (True, "for 7 more days"),
    "unpaid": (False, "They open again as soon as you pay"),
    "paused": (False, "nothing is charged and your courses are closed"),
    "incomplete": (False, "Your first payment is not finished"),
    "incomplete_expired": (False, "You have no plan"),
    "canceled": (False, "Your plan ended on"),
}


@pytest.mark.parametrize("status", WORDS)
def test_each_status_opens_what_it_should_and_is_told(
    alice: Any, monthly: Any, fake: Any, client_of: Any, status: str
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    reach(buyer, status)
    make.deliver(fake)
    assert buyer.subscription["status"] == status
    assert not InboxEvent.objects.waiting().exists()
    opens, words = WORDS[status]
    assert len(buyer.grants()) == opens
    page = client_of(alice).get("/en/billing/").content.decode()
    assert words in " ".join(page.split())
