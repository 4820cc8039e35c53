"""Invoices paid from credit, and the credit that a change to a smaller plan leaves."""

import re
from typing import Any

import pytest
from django.core import mail

from billing import pdf
from billing.models import PlanPrice, Receipt
from billing.tests import make
from courses.tests.pdf_text import shown_text
from outbox import queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private_files")]


def give_credit(buyer: make.Buyer, amount: int) -> None:
    with buyer.fake.store.transaction():
        buyer.fake.store.get("customer", buyer.customer)["balance"] = -amount


def renew(buyer: make.Buyer) -> Receipt:
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    return Receipt.objects.order_by("-number")[0]


def text_of(receipt: Receipt) -> str:
    return re.sub(r"\s+", " ", " ".join(shown_text(pdf.render(receipt))))


def letter() -> Any:
    queue.sweep()
    return mail.outbox[-1]


def test_partly_from_credit_the_receipt_shows_total_credit_and_charge(
    buyer: make.Buyer,
) -> None:
    give_credit(buyer, 500)
    receipt = renew(buyer)
    assert (receipt.total, receipt.carried, receipt.paid) == (1900, -500, 1400)
    shown = text_of(receipt)
    for part in ("€19.00", "From your credit", "€5.00", "Amount charged", "€14.00"):
        assert part in shown
    sent = letter()
    assert "your payment of €14.00" in sent.body
    assert "Another €5.00 came from your credit." in sent.body


def test_wholly_from_credit_there_is_a_receipt_all_the_same(buyer: make.Buyer) -> None:
    give_credit(buyer, 5000)
    receipt = renew(buyer)
    assert (receipt.number, receipt.total, receipt.paid) == (2, 1900, 0)
    assert "nothing was charged" in letter().body
    make.deliver(buyer.fake)
    assert Receipt.objects.count() == 2


def test_an_ordinary_receipt_has_no_line_about_credit(buyer: make.Buyer) -> None:
    receipt = Receipt.objects.get()
    assert (receipt.carried, receipt.paid) == (0, 1900)
    assert "credit" not in text_of(receipt)


def test_a_smaller_plan_leaves_credit_and_no_receipt_until_it_is_used(
    alice: Any, monthly: PlanPrice, yearly: PlanPrice, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(yearly)
    [item] = buyer.subscription["items"]["data"]
    from billing import stripe_api

    stripe_api.client().v1.subscriptions.update(
        buyer.subscription["id"],
        {
            "items": [{"id": item["id"], "price": monthly.stripe_price}],
            "proration_behavior": "always_invoice",
        },
    )
    make.deliver(fake)
    invoice = fake.store.all("invoice")[-1]
    assert invoice["total"] < 0
    assert invoice["status"] == "paid"
    assert [row.total for row in Receipt.objects.all()] == [19000]
    receipt = renew(buyer)
    assert (receipt.total, receipt.carried, receipt.paid) == (1900, -1900, 0)
