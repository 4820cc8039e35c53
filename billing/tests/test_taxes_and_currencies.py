"""What is asked at Checkout by setting; amounts without decimals; the customer's copy."""

from typing import Any

import pytest
import stripe
from django.core import mail
from django.utils import timezone

from billing import catalogue, pdf, stripe_api
from billing.models import BillingSettings, PlanPrice, Receipt
from billing.tests import make
from courses.tests.pdf_text import text_of
from outbox import queue
from outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private_files")]


def drained() -> None:
    Message.objects.waiting().update(next_at=timezone.now())
    queue.sweep()


def school(**fields: Any) -> None:
    row = BillingSettings.load()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def new_price(plan: Any, currency: str, amount: int) -> PlanPrice:
    made = stripe_api.client().v1.prices.create(
        {
            "product": plan.stripe_product, "currency": currency,
            "unit_amount": amount, "recurring": {"interval": "month"},
        }
    )  # fmt: skip
    catalogue.sync()
    return PlanPrice.objects.get(stripe_price=made.id)


def session(fake: Any) -> Any:
    return fake.store.all("checkout.session")[-1]


def test_checkout_asks_for_a_tax_number_and_a_code(
    alice: Any, monthly: PlanPrice, fake: Any
) -> None:
    make.Buyer(alice, fake).start(monthly)
    assert session(fake)["tax_id_collection"]["enabled"]
    assert session(fake)["allow_promotion_codes"]
    assert not session(fake)["automatic_tax"]["enabled"]


def test_stripe_tax_takes_the_place_of_the_rate(
    alice: Any, monthly: PlanPrice, fake: Any
) -> None:
    from billing.fakestripe import seed

    school(automatic_tax=True, collect_tax_ids=False, tax_rate=seed.TAX_RATE)
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(monthly)
    assert session(fake)["automatic_tax"]["enabled"]
    assert not session(fake)["tax_id_collection"]["enabled"]
    assert buyer.subscription["default_tax_rates"] == []
    data = Receipt.objects.get().snapshot
    assert [row["percent"] for row in data["taxes"]] == ["21"]


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("clp", 18990, "18,990"), ("jpy", 2900, "2,900"), ("usd", 2050, "20.50")],
)
def test_amounts_are_right_in_page_receipt_and_mail(
    alice: Any, plan: Any, fake: Any, client_of: Any, currency: str, amount: int,
    shown: str,
) -> None:  # fmt: skip
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(new_price(plan, currency, amount))
    page = client_of(alice).get("/en/billing/").content.decode()
    assert f"{shown} on" in page
    assert f"{shown}.00" not in page
    receipt = Receipt.objects.get()
    assert (receipt.currency, receipt.total) == (currency.upper(), amount)
    assert shown in text_of(pdf.ensure(receipt))
    drained()
    assert shown in mail.outbox[-1].body


def test_a_new_name_and_address_reach_the_stripe_customer(buyer: make.Buyer) -> None:
    buyer.user.name, buyer.user.email = "Alice Nueva", "new@example.com"
    buyer.user.save()
    drained()
    customer = buyer.fake.store.get("customer", buyer.customer)
    assert (customer["name"], customer["email"]) == ("Alice Nueva", "new@example.com")
    before = Message.objects.count()
    buyer.user.save()
    buyer.user.save(update_fields=["last_login"])
    assert Message.objects.count() == before


def test_another_language_leaves_the_companys_name_as_it_is(
    buyer: make.Buyer, client_of: Any
) -> None:
    """Given at Checkout, it is what invoices are made out to."""
    stripe_api.client().v1.customers.update(buyer.customer, {"name": "Quesos SL"})
    make.deliver(buyer.fake)
    buyer.user.language = "es"
    buyer.user.save()
    drained()
    customer = buyer.fake.store.get("customer", buyer.customer)
    assert customer["preferred_locales"] == ["es"]
    assert (customer["name"], customer["email"]) == ("Quesos SL", buyer.user.email)
    buyer.user.name = "Alice Nueva"
    buyer.user.save(update_fields=["name"])
    drained()
    customer = buyer.fake.store.get("customer", buyer.customer)
    assert customer["name"] == "Alice Nueva"


def test_with_stripe_away_the_copy_waits(buyer: make.Buyer) -> None:
    buyer.fake.control("outage", mode="500")
    buyer.user.email = "new@example.com"
    buyer.user.save()
    drained()
    waiting = Message.objects.waiting().get(kind="billing-customer")
    assert waiting.last_error
    buyer.fake.control("outage", mode="off")
    drained()
    customer = buyer.fake.store.get("customer", buyer.customer)
    assert customer["email"] == "new@example.com"


def test_somebody_without_customer_copies_nothing(alice: Any, fake: Any) -> None:
    alice.name = "Other"
    alice.save()
    assert not Message.objects.filter(kind="billing-customer").exists()
    assert stripe.api_base == fake.url


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Receipt", "Tax number: ESB12345678", "IVA 21", "€3.30", "€19.00"]),
        ("es", ["Recibo", "Número fiscal: ESB12345678", "IVA 21", "3,30", "19,00"]),
    ],
)
def test_the_pdf_shows_tax_number_and_rates_in_the_buyers_language(
    alice: Any, monthly: PlanPrice, fake: Any, language: str, words: list[str]
) -> None:
    from billing.fakestripe import seed

    school(tax_rate=seed.TAX_RATE)
    alice.language = language
    alice.save()
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    stripe_api.client().v1.customers.tax_ids.create(
        buyer.customer, {"type": "eu_vat", "value": "ESB12345678"}
    )
    buyer.pay()
    make.deliver(fake)
    text = text_of(pdf.ensure(Receipt.objects.get()))
    for one in words:
        assert one.replace(" ", "") in "".join(text.split()), one
