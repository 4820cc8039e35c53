from collections.abc import Callable

import pytest
import stripe

from billing.fakestripe import seed, server
from billing.fakestripe.tests.conftest import PAID, Checkout, Receiver, browse

EMAIL = {"email": "ana@example.com"}


def test_paying_on_the_page_makes_an_active_subscription(
    client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout(
        client_reference_id="7", subscription_data={"metadata": {"plan": "pro"}}
    )
    answer = browse(str(session.url), {**EMAIL, **PAID, "name": "Ana"})
    done = client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["subscription.latest_invoice", "customer"]}
    )
    assert answer.location == f"http://site.test/done?session={session.id}"
    assert (done.status, done.payment_status, done.client_reference_id) == (
        "complete",
        "paid",
        "7",
    )
    subscription = done.subscription
    assert isinstance(subscription, stripe.Subscription)
    assert (subscription.status, subscription.metadata["plan"]) == ("active", "pro")
    assert subscription["latest_invoice"]["amount_paid"] == 1900


def test_events_arrive_signed_and_in_the_order_of_the_story(
    fake: server.Fake, receiver: Receiver, subscribe: Callable[..., stripe.Subscription]
) -> None:
    subscribe()
    assert fake.deliver.wait()
    assert receiver.kinds == [
        "customer.created", "payment_method.attached", "customer.updated", "invoice.created",
        "invoice.finalized", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "invoice.payment_succeeded", "invoice.paid",
        "invoice_payment.paid", "customer.subscription.created", "checkout.session.completed",
    ]  # fmt: skip


def test_a_declined_card_leaves_the_session_open_and_nothing_bought(
    client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout(locale="es")
    answer = browse(str(session.url), {**EMAIL, **PAID, "number": "4000000000000002"})
    assert (answer.status, "Se ha rechazado tu tarjeta" in answer.text) == (402, True)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert client.v1.subscriptions.list(params={"status": "all"}).data == []


@pytest.mark.parametrize(
    ("outcome", "status"), [("complete", "complete"), ("fail", "open")]
)
def test_a_3ds_card_asks_the_bank_first(
    client: stripe.StripeClient, checkout: Checkout, outcome: str, status: str
) -> None:
    session = checkout()
    answer = browse(str(session.url), {**EMAIL, **PAID, "number": "4000002760003184"})
    assert answer.location == f"/c/pay/{session.id}/3ds"
    browse(f"{session.url}/3ds", {"outcome": outcome})
    assert client.v1.checkout.sessions.retrieve(session.id).status == status


def test_one_course_is_paid_once(
    fake: server.Fake, client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout(
        mode="payment",
        line_items=[{"price": seed.PRICE_COURSE, "quantity": 1}],
        payment_intent_data={"metadata": {"course": "x"}},
        invoice_creation={"enabled": True},
        customer_creation="always",
    )
    browse(str(session.url), {**EMAIL, **PAID})
    done = client.v1.checkout.sessions.retrieve(
        session.id,
        params={"expand": ["payment_intent.latest_charge", "invoice", "line_items"]},
    )
    assert done["payment_intent"]["latest_charge"]["amount"] == 4900
    assert done["payment_intent"]["metadata"]["course"] == "x"
    assert (done["invoice"]["status"], done["invoice"]["number"][-5:]) == (
        "paid",
        "-0001",
    )


def test_a_bank_debit_settles_later(
    fake: server.Fake,
    client: stripe.StripeClient,
    checkout: Checkout,
    receiver: Receiver,
) -> None:
    session = checkout(
        mode="payment", line_items=[{"price": seed.PRICE_COURSE, "quantity": 1}]
    )
    fake.control("checkout/pay", session=session.id, later=True)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    fake.control("checkout/settle", session=session.id, succeeded=True)
    fake.deliver.wait()
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert receiver.kinds[-1] == "checkout.session.async_payment_succeeded"


def test_a_promotion_code_lowers_the_first_invoice_only(
    fake: server.Fake, client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout(allow_promotion_codes=True)
    assert browse(str(session.url), {"code": "NOPE"}).status == 402
    assert browse(str(session.url), {"code": "hola20"}).status == 303
    browse(str(session.url), {**EMAIL, **PAID})
    fake.control("advance_clock", days=32)
    totals = [row.total for row in client.v1.invoices.list().data]
    assert totals == [1900, 1520]


def test_a_session_expires_and_its_page_says_so(
    client: stripe.StripeClient, checkout: Checkout
) -> None:
    session = checkout()
    client.v1.checkout.sessions.expire(session.id)
    assert browse(str(session.url)).status == 410
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(session.id)


def test_zero_decimal_prices_are_not_divided(
    client: stripe.StripeClient, checkout: Checkout
) -> None:
    price = client.v1.prices.create(
        params={
            "product": seed.PRODUCT, "currency": "clp", "unit_amount": 19000,
            "recurring": {"interval": "month"},
        }
    )  # fmt: skip
    session = checkout(line_items=[{"price": price.id, "quantity": 1}], locale="es")
    assert "19.000\N{NO-BREAK SPACE}CLP" in browse(str(session.url)).text


def test_page_fields_are_checked_and_escaped(checkout: Checkout) -> None:
    session = checkout(locale="en")
    bad = {"email": '"><script>x', "number": "1234", "expiry": "01/20", "cvc": "1"}
    answer = browse(str(session.url), bad)
    assert answer.text.count('class="error"') == 4
    assert "<script>x" not in answer.text
