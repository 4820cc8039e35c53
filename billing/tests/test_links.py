"""Whose a Stripe customer is: only what our server wrote says so, never an address."""

from typing import Any

import pytest

from billing import links, stripe_api
from billing.fakestripe import seed
from billing.models import CustomerLink, InboxEvent, Receipt
from billing.tests import make
from courses.models import AccessGrant

pytestmark = pytest.mark.django_db


def subscribe_elsewhere(**customer: Any) -> str:
    """Somebody subscribes without our checkout, such as by a payment link."""
    api = stripe_api.client().v1
    given: Any = customer
    made = api.customers.create(given)
    card = api.payment_methods.attach("pm_card_visa", {"customer": made.id})
    api.subscriptions.create(
        {
            "customer": made.id,
            "items": [{"price": seed.PRICE_MONTHLY}],
            "default_payment_method": card.id,
        }
    )
    return made.id


def test_the_same_address_at_stripe_is_not_the_same_person(
    alice: Any, plan: Any, fake: Any
) -> None:
    subscribe_elsewhere(email=alice.email, name=alice.name)
    make.deliver(fake)
    assert not CustomerLink.objects.exists()
    assert not AccessGrant.objects.filter(user=alice).exists()
    assert not Receipt.objects.exists()
    assert not InboxEvent.objects.waiting().exists()


@pytest.mark.parametrize("mark", ["ami_user", "djstripe_subscriber"])
def test_a_mark_that_somebody_else_wrote_links_nobody(
    alice: Any, plan: Any, fake: Any, mark: str
) -> None:
    """Ours names the moment the account was made, too."""
    customer = subscribe_elsewhere(metadata={mark: str(alice.pk)})
    make.deliver(fake)
    assert links.lock(customer) is None
    assert not AccessGrant.objects.filter(user=alice).exists()


def test_a_new_address_changes_nothing_about_who_it_is(
    buyer: make.Buyer, make_user: Any
) -> None:
    old, buyer.user.email = buyer.user.email, "alice.new@example.com"
    buyer.user.save()
    buyer.user.emailaddress_set.update(email=buyer.user.email)
    heir = make_user("Heir", email=old)
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    assert len(buyer.grants()) == 1
    assert set(Receipt.objects.values_list("user", flat=True)) == {buyer.user.pk}
    assert not AccessGrant.objects.filter(user=heir).exists()
