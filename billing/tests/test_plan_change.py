"""Another price for a running subscription: shown first, done once, or not at all."""

from typing import Any

import pytest
from django.test import Client

from billing import catalogue, checkout, plan_change, stripe_api, subscriptions
from billing.models import BillingSettings, PlanPrice, Receipt
from billing.tests import make

pytestmark = pytest.mark.django_db
KEY = "5b2f5c5e-5b56-4f2e-8d0e-3a1a2f9b0c11"


def url(buyer: make.Buyer, price: PlanPrice | None = None) -> str:
    base = f"/en/billing/subscriptions/{buyer.subscription['id']}/change/"
    return f"{base}?price={price.pk}" if price else base


def token_in(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]


def price_now(buyer: make.Buyer) -> str:
    return str(buyer.subscription["items"]["data"][0]["price"]["id"])


@pytest.fixture
def basic(plan: Any, fake: Any) -> PlanPrice:
    """A second, cheaper plan with a monthly price."""
    api = stripe_api.client().v1
    product = api.products.create({"name": "Basic"})
    made = api.prices.create(
        {
            "product": product.id, "currency": "eur", "unit_amount": 900,
            "recurring": {"interval": "month"},
        }
    )  # fmt: skip
    make.plan(
        code="basic", name_en="Basic", name_es="Básico", unlocks="tier", tier="basic",
        stripe_product=product.id,
    )  # fmt: skip
    catalogue.sync()
    return PlanPrice.objects.get(stripe_price=made.id)


def test_a_year_instead_of_a_month_is_shown_and_then_charged(
    buyer: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(buyer.user)
    assert "AMI Pro" in client.get(url(buyer)).content.decode()
    page = client.get(url(buyer, yearly)).content.decode()
    assert "Change to AMI Pro · yearly" in page
    assert "You pay €171.00 now" in page
    assert "-€19.00" in page
    assert "The next charge is €190.00 on" in page
    assert price_now(buyer) != yearly.stripe_price
    token = token_in(page)
    for _ in range(2):
        answer = client.post(url(buyer), {"token": token, "price": yearly.pk})
        assert answer["Location"] == "/en/billing/"
    make.deliver(buyer.fake)
    assert price_now(buyer) == yearly.stripe_price
    assert sorted(Receipt.objects.values_list("total", flat=True)) == [1900, 17100]
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end + 72 * 3600
    receipt = Receipt.objects.get(total=17100)
    assert {line["text"] for line in receipt.snapshot["lines"]} == {
        "AMI Pro · yearly",
        "Not used of AMI Pro · monthly",
    }
    # what was bought, not what was credited
    assert receipt.concept == "AMI Pro · yearly"


def test_the_next_charge_is_told_with_the_tax_that_is_added(
    alice: Any, monthly: PlanPrice, yearly: PlanPrice, fake: Any, client_of: Any
) -> None:
    rate = stripe_api.client().v1.tax_rates.create(
        {"display_name": "IVA", "percentage": 21, "inclusive": False}
    )
    school = BillingSettings.load()
    school.tax_rate = rate.id
    school.save()
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(monthly)
    page = client_of(alice).get(url(buyer, yearly)).content.decode()
    assert "The next charge is €229.90 on" in page


def test_a_cheaper_plan_charges_nothing_and_keeps_the_rest(
    buyer: make.Buyer, basic: PlanPrice, client_of: Any
) -> None:
    page = client_of(buyer.user).get(url(buyer, basic)).content.decode()
    assert "You pay nothing now" in page
    assert "€10.00 of what you paid is not used." in page
    plan_change.apply(buyer.user, buyer.subscription["id"], token_in(page))
    make.deliver(buyer.fake)
    [grant] = buyer.grants()
    assert (grant.scope, grant.scope_ref) == ("tier", "basic")
    assert Receipt.objects.count() == 1


def test_a_trial_changes_without_charge(
    alice: Any, monthly: PlanPrice, yearly: PlanPrice, fake: Any, client_of: Any
) -> None:
    monthly.plan.trial_days = 14
    monthly.plan.save()
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(monthly)
    end = buyer.subscription["trial_end"]
    page = client_of(alice).get(url(buyer, yearly)).content.decode()
    assert "You pay nothing now" in page
    plan_change.apply(alice, buyer.subscription["id"], token_in(page))
    assert buyer.subscription["status"] == "trialing"
    assert buyer.subscription["trial_end"] == end
    assert price_now(buyer) == yearly.stripe_price


def test_a_declined_card_changes_nothing(
    buyer: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(buyer.user)
    token = token_in(client.get(url(buyer, yearly)).content.decode())
    buyer.fake.control("decline_next", customer=buyer.customer)
    before = price_now(buyer)
    answer = client.post(url(buyer), {"token": token, "price": yearly.pk}, follow=True)
    text = answer.content.decode()
    assert "Your card was declined. Nothing was charged or changed" in text
    make.deliver(buyer.fake)
    assert price_now(buyer) == before
    assert buyer.subscription["status"] == "active"
    assert Receipt.objects.count() == 1


def test_an_old_or_foreign_token_is_not_taken(
    buyer: make.Buyer, yearly: PlanPrice, client_of: Any, monkeypatch: Any
) -> None:
    client: Client = client_of(buyer.user)
    token = token_in(client.get(url(buyer, yearly)).content.decode())
    monkeypatch.setattr(plan_change, "GOOD_FOR_SECONDS", -1)
    for bad in (token, token + "x", ""):
        answer = client.post(
            url(buyer), {"token": bad, "price": yearly.pk}, follow=True
        )
        assert "Please look at them again" in answer.content.decode()
    assert price_now(buyer) != yearly.stripe_price


def test_a_preview_made_before_another_change_is_not_applied(
    buyer: make.Buyer, yearly: PlanPrice, basic: PlanPrice
) -> None:
    subscription = buyer.subscription["id"]
    stale = plan_change.preview(buyer.user, subscription, yearly.pk)
    fresh = plan_change.preview(buyer.user, subscription, basic.pk)
    plan_change.apply(buyer.user, subscription, fresh.token)
    with pytest.raises(plan_change.OutdatedError):
        plan_change.apply(buyer.user, subscription, stale.token)
    assert price_now(buyer) == basic.stripe_price


def test_nobody_changes_somebody_elses_plan(
    buyer: make.Buyer, yearly: PlanPrice, bob: Any, client_of: Any
) -> None:
    token = plan_change.preview(buyer.user, buyer.subscription["id"], yearly.pk).token
    client: Client = client_of(bob)
    assert client.get(url(buyer)).status_code == 404
    assert client.get(url(buyer, yearly)).status_code == 404
    assert client.post(url(buyer), {"token": token}).status_code == 404


def test_a_plan_that_waits_for_payment_or_ends_is_not_changed(
    buyer: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    subscriptions.set_cancelling(buyer.user, buyer.subscription["id"], cancelling=True)
    client: Client = client_of(buyer.user)
    assert "no other plan" in client.get(url(buyer)).content.decode()
    answer = client.get(url(buyer, yearly), follow=True)
    assert "cannot be changed to this one now" in answer.content.decode()


def test_other_currencies_and_course_packs_are_not_offered(
    buyer: make.Buyer, basic: PlanPrice, yearly: PlanPrice
) -> None:
    subscription = buyer.subscription["id"]
    assert plan_change.choices(buyer.user, subscription) == [basic, yearly]
    PlanPrice.objects.filter(pk=yearly.pk).update(currency="CLP")
    basic.plan.unlocks, basic.plan.courses = "courses", [KEY]
    basic.plan.save()
    assert plan_change.choices(buyer.user, subscription) == []


def test_with_stripe_away_nothing_is_changed(
    buyer: make.Buyer, yearly: PlanPrice, client_of: Any
) -> None:
    client: Client = client_of(buyer.user)
    token = token_in(client.get(url(buyer, yearly)).content.decode())
    buyer.fake.control("outage", mode="500")
    assert client.get(url(buyer, yearly)).status_code == 503
    assert client.post(url(buyer), {"token": token}).status_code == 503
    buyer.fake.control("outage", mode="off")
    assert price_now(buyer) != yearly.stripe_price


def test_a_subscriber_changes_plans_instead_of_buying_a_second(
    buyer: make.Buyer, basic: PlanPrice, client_of: Any
) -> None:
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(buyer.user, basic, "en")


def test_two_plans_in_two_tabs_leave_one_open_session(
    alice: Any, monthly: PlanPrice, basic: PlanPrice, fake: Any
) -> None:
    checkout.start_checkout(alice, monthly, "en")
    checkout.start_checkout(alice, basic, "en")
    [left] = fake.store.all("checkout.session", status="open")
    assert left["metadata"]["ami_price"] == basic.stripe_price
