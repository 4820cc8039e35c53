"""Buying: one session per person and product, and plain words when something is off."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from billing import catalogue, checkout, reconcile, stripe_api
from billing.fakestripe import seed
from billing.models import (
    BillingSettings,
    CheckoutAttempt,
    CustomerLink,
    InboxEvent,
    Plan,
    PlanPrice,
    Receipt,
)
from billing.tests import make

pytestmark = pytest.mark.django_db


def sessions(fake: Any, status: str = "open") -> list[Any]:
    return list(fake.store.all("checkout.session", status=status))


def test_two_clicks_lead_to_one_session(alice: Any, monthly: Any, fake: Any) -> None:
    first = checkout.start_checkout(alice, monthly, "en")
    assert checkout.start_checkout(alice, monthly, "en") == first
    assert len(sessions(fake)) == 1


def test_another_price_of_the_product_replaces_the_open_session(
    alice: Any, monthly: Any, yearly: Any, fake: Any
) -> None:
    checkout.start_checkout(alice, monthly, "en")
    url = checkout.start_checkout(alice, yearly, "en")
    [left] = sessions(fake)
    assert url == left["url"]
    assert left["metadata"]["ami_price"] == yearly.stripe_price


def test_a_crash_after_stripes_answer_leads_to_the_same_session(
    alice: Any, monthly: Any, fake: Any
) -> None:
    first = checkout.start_checkout(alice, monthly, "en")
    CheckoutAttempt.objects.update(session="")
    CustomerLink.objects.all().delete()
    assert checkout.start_checkout(alice, monthly, "en") == first
    assert len(fake.store.all("customer")) == 1


def test_a_subscriber_is_led_to_the_account(
    buyer: make.Buyer, yearly: Any, client_of: Any
) -> None:
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(buyer.user, yearly, "en")
    answer = client_of(buyer.user).post(f"/en/billing/buy/{yearly.pk}/")
    assert answer["Location"] == "/en/billing/"


def test_paid_in_another_tab_before_the_webhook_blocks_the_second(
    alice: Any, monthly: Any, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(alice, monthly, "en")
    assert len(buyer.grants()) == 1
    assert len(fake.store.all("subscription")) == 1


def test_a_purchase_paid_once_opens_its_courses(
    alice: Any, plan: Any, fake: Any
) -> None:
    key = "5b2f5c5e-5b56-4f2e-8d0e-3a1a2f9b0c11"
    make.plan(
        code="course",
        unlocks="courses",
        courses=[key],
        stripe_product=seed.COURSE_PRODUCT,
    )
    from billing import catalogue

    catalogue.sync()
    price = PlanPrice.objects.get(stripe_price=seed.PRICE_COURSE)
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(price)
    [grant] = buyer.grants()
    assert (grant.scope, grant.scope_ref, grant.valid_until) == ("course", key, None)
    assert Receipt.objects.get().total == 4900
    fake.control("refund", customer=buyer.customer)
    make.deliver(fake)
    assert buyer.grants() == []


def test_the_form_leads_to_stripe_and_back(
    alice: Any, monthly: Any, client_of: Any
) -> None:
    client = client_of(alice)
    page = client.get(f"/en/billing/buy/{monthly.pk}/").content.decode()
    assert "€19.00 is charged every month until you cancel." in page
    answer = client.post(f"/en/billing/buy/{monthly.pk}/")
    assert answer.status_code == 303
    assert "/c/pay/cs_test_" in answer["Location"]
    back = client.get(f"/en/billing/buy/{monthly.pk}/cancelled/").content.decode()
    assert "Nothing was charged" in back


def test_strangers_sign_in_first(client: Any, monthly: Any) -> None:
    for path in (f"buy/{monthly.pk}/", "", "success/?session=cs_1", "receipts/1/"):
        answer = client.get(f"/en/billing/{path}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/en/accounts/login/?next=/en/billing/")


def test_a_price_off_sale_is_not_sold(alice: Any, monthly: Any, client_of: Any) -> None:
    monthly.active = False
    monthly.save()
    assert client_of(alice).post(f"/en/billing/buy/{monthly.pk}/").status_code == 404
    with pytest.raises(checkout.NotForSaleError):
        checkout.start_checkout(alice, monthly, "en")


def test_a_declined_card_opens_nothing(alice: Any, monthly: Any, fake: Any) -> None:
    from billing.fakestripe.errors import StripeError

    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    with pytest.raises(StripeError):
        buyer.pay(card="4000000000000002")
    make.deliver(fake)
    assert buyer.grants() == []
    assert not Receipt.objects.exists()
    assert not checkout.confirm(CheckoutAttempt.objects.get())


@pytest.mark.parametrize("mode", ["500", "drop", "slow"])
def test_with_stripe_away_people_read_plain_words(
    buyer: make.Buyer,
    bob: Any,
    monthly: Any,
    client_of: Any,
    mode: str,
    impatient: None,
) -> None:
    buyer.fake.control("outage", mode=mode, seconds=1)
    subscriber, other = client_of(buyer.user), client_of(bob)
    subscription = buyer.subscription["id"]
    for client, path in (
        (other, f"buy/{monthly.pk}/"),
        (subscriber, "portal/"),
        (subscriber, f"subscriptions/{subscription}/cancel/"),
    ):
        answer = client.post(f"/en/billing/{path}")
        assert answer.status_code == 503
        assert "Nothing was charged" in answer.content.decode()
    assert subscriber.get("/en/billing/").status_code == 200
    buyer.fake.control("outage", mode="off")
    assert len(buyer.grants()) == 1
    assert other.post(f"/en/billing/buy/{monthly.pk}/").status_code == 303


def test_the_success_page_waits_while_stripe_is_away(
    alice: Any, monthly: Any, fake: Any, client_of: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    session = buyer.start(monthly)
    buyer.pay()
    fake.control("outage", mode="500")
    client = client_of(alice)
    page = client.get(f"/en/billing/success/?session={session}").content.decode()
    assert 'hx-trigger="load delay:2s"' in page
    late = client.get(f"/en/billing/success/status/?session={session}&n=15")
    assert "It takes longer than usual" in late.content.decode()
    assert "hx-get" not in late.content.decode()
    fake.control("outage", mode="off")
    done = client.get(f"/en/billing/success/status/?session={session}&n=2")
    assert done["HX-Redirect"] == f"/en/billing/success/?session={session}"


def test_nobody_cancels_somebody_elses_plan(
    buyer: make.Buyer, bob: Any, client_of: Any
) -> None:
    path = f"/en/billing/subscriptions/{buyer.subscription['id']}"
    assert client_of(bob).post(f"{path}/cancel/").status_code == 404
    assert client_of(bob).post(f"{path}/resume/").status_code == 404
    assert client_of(bob).post("/en/billing/portal/").status_code == 404
    assert not buyer.subscription["cancel_at_period_end"]


def test_the_portal_opens_for_its_customer(buyer: make.Buyer, client_of: Any) -> None:
    answer = client_of(buyer.user).post("/en/billing/portal/")
    assert answer.status_code == 303
    assert "/p/session/" in answer["Location"]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_bank_debit_opens_once_it_has_arrived(
    alice: Any, plan: Any, fake: Any, arrives: bool
) -> None:
    make.plan(code="life", stripe_product=seed.COURSE_PRODUCT)
    catalogue.sync()
    buyer = make.Buyer(alice, fake)
    session = buyer.start(PlanPrice.objects.get(interval="lifetime"))
    buyer.pay(later=True)
    make.deliver(fake)
    assert buyer.grants() == []
    fake.control("checkout/settle", session=session, succeeded=arrives)
    make.deliver(fake)
    assert bool(buyer.grants()) is arrives


def test_a_card_saved_by_a_session_of_another_kind_opens_nothing(
    buyer: make.Buyer, fake: Any
) -> None:
    """Mode setup, which the school never asks for."""
    wanted: Any = {
        "mode": "setup", "currency": "eur", "customer": buyer.customer,
        "success_url": "https://school.test/",
    }  # fmt: skip
    made = stripe_api.client().v1.checkout.sessions.create(wanted)
    fake.control("checkout/pay", session=made.id)
    make.deliver(fake)
    assert not InboxEvent.objects.waiting().exists()
    assert len(buyer.grants()) == 1
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_forty_checkouts_at_once_make_one_of_everything(
    alice: Any, monthly: Any, fake: Any
) -> None:
    def start(_number: int) -> str:
        try:
            return checkout.start_checkout(alice, monthly, "en")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(40) as pool:
        assert len(set(pool.map(start, range(40)))) == 1
    assert len(fake.store.all("customer")) == 1
    assert len(sessions(fake)) == 1
    assert CustomerLink.objects.count() == CheckoutAttempt.objects.count() == 1


def test_what_is_owned_for_good_is_not_sold_twice(
    alice: Any, plan: Any, fake: Any
) -> None:
    make.plan(code="life", stripe_product=seed.COURSE_PRODUCT)
    catalogue.sync()
    lifetime = PlanPrice.objects.get(interval="lifetime")
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(lifetime)
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(alice, lifetime, "en")
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(alice, plan.prices.get(interval="month"), "en")


def test_a_purchase_for_good_survives_an_edit_of_its_plan(
    alice: Any, plan: Any, fake: Any
) -> None:
    sold = make.plan(code="life", stripe_product=seed.COURSE_PRODUCT)
    catalogue.sync()
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(PlanPrice.objects.get(interval="lifetime"))
    Plan.objects.filter(pk=sold.pk).update(unlocks="tier", tier="basic")
    reconcile.refetch(CustomerLink.objects.get(), actor="reconcile")
    assert [(row.scope, row.scope_ref) for row in buyer.grants()] == [("all", "")]


def test_settings_changed_after_a_lost_answer_do_not_lock_the_buyer_out(
    alice: Any, monthly: Any, fake: Any
) -> None:
    """Stripe refuses a known idempotency key with other parameters for a day."""
    checkout.start_checkout(alice, monthly, "en")
    CheckoutAttempt.objects.update(session="")  # the answer was lost
    school = BillingSettings.load()
    school.collect_tax_ids = not school.collect_tax_ids
    school.save()
    assert checkout.start_checkout(alice, monthly, "en")


def test_a_price_that_stripe_refused_does_not_stand_in_anothers_way(
    alice: Any, monthly: Any, yearly: Any, fake: Any
) -> None:
    """An attempt that never got a session is dropped, not made up for first."""
    attempt = checkout._open(alice, monthly, "en")
    PlanPrice.objects.filter(pk=monthly.pk).update(stripe_price="price_gone")
    assert checkout.start_checkout(alice, yearly, "en")
    attempt.refresh_from_db()
    assert attempt.closed_at
