"""Nobody pays twice for what they have for good."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing import catalogue, checkout, ownership
from billing.fakestripe import seed
from billing.models import Plan, PlanPrice
from billing.tests import make
from billing.tests.test_pricing import page  # noqa: F401  (a fixture)
from courses import grants

pytestmark = pytest.mark.django_db
KEY = "5b2f5c5e-5b56-4f2e-8d0e-3a1a2f9b0c11"


@pytest.fixture
def course(plan: Plan) -> PlanPrice:
    make.plan(
        code="course", unlocks="courses", courses=[KEY], name_en="Risk course",
        stripe_product=seed.COURSE_PRODUCT,
    )  # fmt: skip
    catalogue.sync()
    return PlanPrice.objects.get(stripe_price=seed.PRICE_COURSE)


@pytest.fixture
def owner_of_course(alice: Any, course: PlanPrice, fake: Any) -> make.Buyer:
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(course)
    return buyer


def test_a_course_is_not_sold_twice(
    owner_of_course: make.Buyer, course: PlanPrice, client_of: Callable[..., Any]
) -> None:
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(owner_of_course.user, course, "en")
    client = client_of(owner_of_course.user)
    text = client.get(f"/en/billing/buy/{course.pk}/").content.decode()
    assert "You have this already" in text
    assert "Continue to payment" not in text
    answer = client.post(f"/en/billing/buy/{course.pk}/")
    assert answer["Location"] == "/en/billing/"


def test_paid_in_one_tab_the_other_is_refused_before_the_webhook(
    alice: Any, course: PlanPrice, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(course)
    buyer.pay()
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(alice, course, "en")
    assert len(fake.store.all("checkout.session")) == 1
    assert len(buyer.grants()) == 1


def test_access_for_some_days_paid_in_another_tab_is_not_sold_again_at_once(
    alice: Any, course: PlanPrice, fake: Any
) -> None:
    course.access_days = 90
    course.save()
    buyer = make.Buyer(alice, fake)
    buyer.start(course)
    buyer.pay()
    with pytest.raises(checkout.AlreadySubscribedError):
        checkout.start_checkout(alice, course, "en")
    make.deliver(fake)
    assert not ownership.owns(alice, course.plan)  # later it may be bought again


def test_after_a_refund_it_can_be_bought_again(
    owner_of_course: make.Buyer, course: PlanPrice
) -> None:
    owner_of_course.fake.control("refund", customer=owner_of_course.customer)
    make.deliver(owner_of_course.fake)
    assert checkout.start_checkout(owner_of_course.user, course, "en")


def test_whoever_has_everything_for_good_needs_no_plan_and_no_course(
    alice: Any, monthly: PlanPrice, course: PlanPrice
) -> None:
    grants.grant(alice, scope="all", source_kind="staff", source_ref="1", actor=None)
    for price in (monthly, course):
        assert ownership.owns(alice, price.plan)
        with pytest.raises(checkout.AlreadySubscribedError):
            checkout.start_checkout(alice, price, "en")


def test_access_that_ends_is_no_obstacle(alice: Any, monthly: PlanPrice) -> None:
    until = timezone.now() + timedelta(days=9)
    grants.grant(
        alice, scope="all", source_kind="gift", source_ref="gift:1",
        valid_until=until, actor=None,
    )  # fmt: skip
    assert not ownership.owns(alice, monthly.plan)
    assert checkout.start_checkout(alice, monthly, "en")


def test_the_pricing_page_and_the_account_say_what_is_owned(
    page: Any,  # noqa: F811
    owner_of_course: make.Buyer,
    course: PlanPrice,
    monthly: PlanPrice,
    client_of: Callable[..., Any],
) -> None:
    client = client_of(owner_of_course.user)
    text = client.get("/en/pricing/").content.decode()
    assert text.count("You have it") == 1
    assert f"/billing/buy/{course.pk}/" not in text
    assert f"/billing/buy/{monthly.pk}/" in text
    account = client.get("/en/billing/").content.decode()
    assert "Risk course" in account
    assert "It stays open to you for good." in account
    assert "You have no plan" not in account
