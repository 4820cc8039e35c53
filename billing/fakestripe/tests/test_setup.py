"""Checkout in setup mode: a card is saved and nothing is charged."""

from typing import Any

import pytest
import stripe

from billing.fakestripe import server
from billing.fakestripe.tests.conftest import PAID, Checkout, Receiver, browse

SETUP: dict[str, Any] = {"mode": "setup", "currency": "eur", "line_items": None}
EMAIL = {"email": "ana@example.com"}


def test_a_card_is_saved_for_its_customer(
    fake: server.Fake,
    client: stripe.StripeClient,
    checkout: Checkout,
    receiver: Receiver,
) -> None:
    customer = client.v1.customers.create(params={"email": "ana@example.com"})
    session = checkout(
        **SETUP, customer=customer.id, customer_email=None, locale="es",
        setup_intent_data={"metadata": {"why": "renewal"}},
    )  # fmt: skip
    assert (session.payment_status, session.amount_total) == (
        "no_payment_required",
        None,
    )
    assert "Ahora no se cobra nada" in browse(str(session.url)).text
    answer = browse(str(session.url), {**EMAIL, **PAID})
    assert answer.location.endswith(f"/done?session={session.id}")
    done = client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["setup_intent.payment_method"]}
    )
    intent = done["setup_intent"]
    assert (done.status, intent["status"]) == ("complete", "succeeded")
    assert intent["metadata"]["why"] == "renewal"
    assert intent["payment_method"]["customer"] == customer.id
    assert client.v1.charges.list().data == []
    fake.deliver.wait()
    assert receiver.kinds == [
        "customer.created", "setup_intent.created", "setup_intent.succeeded",
        "payment_method.attached", "checkout.session.completed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "status"), [("complete", "complete"), ("fail", "open")]
)
def test_the_bank_is_asked_where_the_card_wants_it(
    client: stripe.StripeClient, checkout: Checkout, outcome: str, status: str
) -> None:
    session = checkout(**SETUP)
    answer = browse(str(session.url), {**EMAIL, **PAID, "number": "4000002760003184"})
    assert answer.location == f"/c/pay/{session.id}/3ds"
    browse(f"{session.url}/3ds", {"outcome": outcome})
    assert client.v1.checkout.sessions.retrieve(session.id).status == status


def test_a_declined_card_is_not_saved(
    client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout(**SETUP)
    answer = browse(str(session.url), {**EMAIL, **PAID, "number": "4000000000000002"})
    assert answer.status == 402
    [intent] = client.v1.setup_intents.list().data
    assert intent.status == "requires_payment_method"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"line_items": [{"price": "price_x"}]}, "pass `line_items` in `setup`"),
        ({"subscription_data": {"metadata": {"a": "1"}}}, "pass `subscription_data`"),
        ({"currency": None}, "Missing required param: currency"),
    ],
)
def test_what_belongs_to_other_modes_is_refused(
    checkout: Checkout, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        checkout(**{**SETUP, **params})
