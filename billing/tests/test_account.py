"""The account page: plain words for each state, and what a person can do in it."""

import time
from typing import Any

import pytest
from django.utils import translation
from djstripe import models as djstripe

from billing import reconcile, stripe_api, subscriptions
from billing.models import PlanPrice
from billing.tests import make

pytestmark = pytest.mark.django_db
DAY = 86400


def rewrite(buyer: make.Buyer, **fields: Any) -> None:
    """Write into the kept copy what Stripe would say."""
    row = djstripe.Subscription.objects.get(id=buyer.subscription["id"])
    row.stripe_data = {**row.stripe_data, **fields}
    row.save()


def page(buyer: make.Buyer, client_of: Any, language: str = "en") -> str:
    path = f"/{language}/billing/"
    text = client_of(buyer.user).get(path).content.decode()
    return " ".join(text.split())


def test_active_says_what_is_charged_when_and_to_which_card(
    buyer: make.Buyer, client_of: Any
) -> None:
    text = page(buyer, client_of)
    assert "The next charge is €19.00 on" in text
    assert "Visa ···· 4242" in text
    assert "valid until" in text
    assert "Change plan" in text
    assert "Cancel the plan" in text


@pytest.mark.parametrize(
    ("fields", "words", "badge"),
    [
        (
            {"status": "trialing", "trial_end": int(time.time()) + 3 * DAY},
            "Your trial runs until",
            "Trial",
        ),
        ({"cancel_at_period_end": True}, "Your plan is cancelled and ends on", "Cance"),
        ({"status": "unpaid"}, "Your last payments failed", "Unpaid"),
        ({"status": "paused"}, "nothing is charged and your courses are closed", "Pau"),
        (
            {"pause_collection": {"behavior": "void"}},
            "Your courses stay open until the end of what you paid",
            "Paused",
        ),
        ({"status": "incomplete"}, "Your first payment is not finished", "not finish"),
        (
            {"status": "canceled", "ended_at": int(time.time())},
            "Your plan ended on",
            "Ended",
        ),
        ({"discounts": ["di_1"]}, "€19.00, less your discount, on", "Active"),
    ],
)
def test_each_state_has_its_words(
    buyer: make.Buyer, client_of: Any, fields: Any, words: str, badge: str
) -> None:
    rewrite(buyer, **fields)
    text = page(buyer, client_of)
    assert words in text
    assert badge in text


def test_past_due_counts_the_days_and_links_to_pay(
    buyer: make.Buyer, client_of: Any
) -> None:
    buyer.fake.control("renew", subscription=buyer.subscription["id"], fail=True)
    make.deliver(buyer.fake)
    text = page(buyer, client_of)
    assert "for 7 more days" in text
    invoice = buyer.fake.store.all("invoice", status="open")[-1]
    assert f'href="{invoice["hosted_invoice_url"]}"' in text


def test_a_plan_cancelled_while_a_payment_waits_says_so(
    buyer: make.Buyer, client_of: Any
) -> None:
    buyer.fake.control("renew", subscription=buyer.subscription["id"], fail=True)
    make.deliver(buyer.fake)
    client = client_of(buyer.user)
    client.post(f"/en/billing/subscriptions/{buyer.subscription['id']}/cancel/")
    text = page(buyer, client_of)
    assert "Pay now" in text
    assert "This plan is cancelled and will not renew." in text
    assert "Cancel the plan" not in text
    assert "Keep my plan" in text
    client.post(f"/en/billing/subscriptions/{buyer.subscription['id']}/resume/")
    text = page(buyer, client_of)
    assert "Cancel the plan" in text
    assert "is cancelled and will" not in text


def test_a_lost_dispute_says_why_access_ended(
    buyer: make.Buyer, client_of: Any
) -> None:
    made = buyer.fake.control("dispute", customer=buyer.customer)
    make.deliver(buyer.fake)
    assert "The next charge is" in page(buyer, client_of)
    buyer.fake.control("dispute", dispute=made["id"], outcome="lost")
    make.deliver(buyer.fake)
    text = page(buyer, client_of)
    assert "Access ended because a payment of this plan was disputed" in text
    assert "Active" not in text
    assert "The next charge" not in text
    assert "Cancel the plan" in text
    assert buyer.grants() == []


def test_by_setting_an_open_dispute_closes_and_a_won_one_opens_again(
    buyer: make.Buyer, client_of: Any, settings: Any
) -> None:
    settings.BILLING_SUSPEND_DISPUTED = True
    made = buyer.fake.control("dispute", customer=buyer.customer)
    make.deliver(buyer.fake)
    assert buyer.grants() == []
    assert "while the bank looks into a payment" in page(buyer, client_of)
    buyer.fake.control("dispute", dispute=made["id"], outcome="won")
    make.deliver(buyer.fake)
    assert len(buyer.grants()) == 1
    assert "The next charge is" in page(buyer, client_of)


def test_credit_that_is_left_lowers_the_next_charge(
    buyer: make.Buyer, client_of: Any
) -> None:
    row = djstripe.Customer.objects.get(id=buyer.customer)
    row.stripe_data = {**row.stripe_data, "balance": -500}
    row.save()
    assert "The next charge is €14.00 on" in page(buyer, client_of)


def test_the_customers_card_is_named_where_the_plan_has_none(
    buyer: make.Buyer, client_of: Any
) -> None:
    api = stripe_api.client().v1
    card = api.payment_methods.attach("pm_card_visa", {"customer": buyer.customer})
    api.customers.update(
        buyer.customer, {"invoice_settings": {"default_payment_method": card.id}}
    )
    make.deliver(buyer.fake)
    rewrite(buyer, default_payment_method=None)
    assert "Visa ···· 4242" in page(buyer, client_of)


def test_a_card_taken_off_is_named_no_more(buyer: make.Buyer, client_of: Any) -> None:
    api = stripe_api.client().v1
    card = api.payment_methods.attach("pm_card_visa", {"customer": buyer.customer})
    api.payment_methods.update(card.id, {"billing_details": {"name": "Alice Card"}})
    api.customers.update(
        buyer.customer, {"invoice_settings": {"default_payment_method": card.id}}
    )
    with buyer.fake.store.transaction():
        buyer.subscription["default_payment_method"] = None
    make.deliver(buyer.fake)
    reconcile.refetch(buyer.user.stripe_customers.get(), actor="test")
    assert "Visa ···· 4242" in page(buyer, client_of)
    make.forget_deliveries(buyer.fake)
    api.payment_methods.detach(card.id)
    detached = make.events(buyer.fake)
    make.deliver(
        buyer.fake, [row for row in detached if row["type"].endswith("detached")]
    )
    assert "Visa" not in page(buyer, client_of)
    kept = djstripe.PaymentMethod.objects.get(id=card.id).stripe_data
    assert kept["billing_details"]["name"] is None


def test_somebody_without_plan_reads_where_the_plans_are(
    alice: Any, monthly: PlanPrice, client_of: Any, fake: Any
) -> None:
    text = page(make.Buyer(alice, fake), client_of)
    assert "You have no plan" in text


def test_queries_stay_few(
    buyer: make.Buyer, django_assert_max_num_queries: Any
) -> None:
    with translation.override("en"), django_assert_max_num_queries(6):
        [state] = subscriptions.states(buyer.user)
    assert state.state == subscriptions.ACTIVE
