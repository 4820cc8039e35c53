import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe

from billing.fakestripe import seed, server
from billing.fakestripe.__main__ import refusal
from billing.fakestripe.tests.conftest import Checkout, Receiver, browse, point_at

type Subscribe = Callable[..., stripe.Subscription]


def test_products_prices_and_customers_are_kept(client: stripe.StripeClient) -> None:
    product = client.v1.products.create(
        params={"name": "Libro", "metadata": {"a": "1"}}
    )
    price = client.v1.prices.create(
        params={"product": product.id, "currency": "eur", "unit_amount": 1250}
    )
    customer = client.v1.customers.create(params={"email": "eva@example.com"})
    client.v1.customers.update(
        customer.id, params={"name": "Eva", "metadata": {"k": "v"}}
    )
    assert (
        client.v1.prices.retrieve(price.id, params={"expand": ["product"]}).product
        == product
    )
    assert client.v1.customers.retrieve(customer.id).name == "Eva"
    assert client.v1.products.features.list(product.id).data == []


def test_lists_page_in_both_directions(client: stripe.StripeClient) -> None:
    for number in range(5):
        client.v1.customers.create(params={"email": f"p{number}@example.com"})
    first = client.v1.customers.list(params={"limit": 2})
    assert (first.has_more, [row.email for row in first]) == (
        True, ["p4@example.com", "p3@example.com"],
    )  # fmt: skip
    assert len(list(first.auto_paging_iter())) == 5
    back = client.v1.customers.list(
        params={"limit": 1, "ending_before": first.data[1].id}
    )
    assert back.data[0].email == "p4@example.com"


def test_the_same_key_gives_the_same_answer_and_other_parameters_are_refused(
    client: stripe.StripeClient,
) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "one"}
    first = client.v1.customers.create(params={"name": "Ana"}, options=options)
    second = client.v1.customers.create(params={"name": "Ana"}, options=options)
    assert first.id == second.id
    assert len(client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.customers.create(params={"name": "Eva"}, options=options)


@pytest.mark.parametrize(
    ("params", "message", "code"),
    [
        (
            {"mode": "payment", "colour": "red"},
            "unknown parameter: colour",
            "parameter_unknown",
        ),
        (
            {"line_items": [{"prize": "x"}]},
            r"unknown parameter: line_items\[0\]\[prize\]",
            "parameter_unknown",
        ),
        ({"mode": "barter"}, "Invalid mode: must be one of payment, setup, or", None),
        (
            {"line_items": [{"price": "price_none"}]},
            "No such price",
            "resource_missing",
        ),
        (
            {"success_url": None},
            "Missing required param: success_url",
            "parameter_missing",
        ),
        ({"customer": "cus_x"}, "only specify one of these", None),
        ({"mode": "payment"}, "passed a recurring price", None),
        ({"expires_at": "soon"}, "Invalid integer: soon", "parameter_invalid_integer"),
    ],
)
def test_bad_requests_are_refused_in_stripes_words(
    checkout: Checkout, params: dict[str, object], message: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as caught:
        checkout(**params)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert str(caught.value.request_id).startswith("req_")


@pytest.mark.parametrize(
    "key", ["sk_test_short", "pk_test_" + "A" * 24, "sk_live_" + "A" * 24]
)
def test_a_wrong_key_is_401(fake: server.Fake, key: str) -> None:
    client = stripe.StripeClient(key, base_addresses={"api": fake.url})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.accounts.retrieve_current()


def test_a_missing_object_is_404_and_an_expired_card_402(
    client: stripe.StripeClient,
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_none")
    assert caught.value.http_status == 404
    customer = client.v1.customers.create()
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_methods.attach(
            "pm_card_chargeDeclined", params={"customer": customer.id}
        )
    assert declined.value.code == "card_declined"


def test_a_restart_keeps_state(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "state.json"
    first = server.start(seeded=True, state=path)
    customer = point_at(first).v1.customers.create(params={"email": "ana@example.com"})
    first.stop()
    second = server.start(seeded=True, state=path, webhook_url=receiver.url)
    client = point_at(second)
    assert client.v1.customers.retrieve(customer.id).email == "ana@example.com"
    assert len(client.v1.prices.list().data) == len(seed.PRICES)
    second.stop()


def test_an_outage_is_played_and_ends(
    fake: server.Fake, client: stripe.StripeClient
) -> None:
    for mode in ("500", "503", "429", "drop"):
        fake.control("outage", mode=mode, count=1)
        with pytest.raises(
            (stripe.APIError, stripe.RateLimitError, stripe.APIConnectionError)
        ):
            client.v1.accounts.retrieve_current()
    fake.control("outage", mode="slow", count=1, seconds=0.3)
    started = time.monotonic()
    assert client.v1.accounts.retrieve_current().id == seed.ACCOUNT
    assert time.monotonic() - started >= 0.3
    started = time.monotonic()
    assert client.v1.accounts.retrieve_current().id == seed.ACCOUNT
    assert time.monotonic() - started < 0.3


def test_deliveries_are_retried_until_the_site_is_back(
    fake: server.Fake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.status = 500
    client.v1.customers.create()
    assert not fake.deliver.wait(0.3)
    receiver.status = 200
    assert fake.deliver.wait(5)
    assert receiver.kinds == ["customer.created"]
    assert fake.deliver.rows()[-1]["attempts"] > 1


def test_deliveries_are_held_reordered_duplicated_and_dropped(
    fake: server.Fake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    fake.deliver.hold()
    customer = client.v1.customers.create()
    client.v1.customers.update(customer.id, params={"name": "Ana"})
    fake.deliver.wait()
    assert receiver.kinds == []
    fake.control("deliveries/release", order="reverse")
    fake.control("deliveries/duplicate", type="customer.created")
    fake.deliver.wait()
    assert receiver.kinds == [
        "customer.updated",
        "customer.created",
        "customer.created",
    ]
    fake.control("deliveries/drop", count=1)
    client.v1.customers.update(customer.id, params={"name": "Eva"})
    fake.deliver.wait()
    assert len(receiver.kinds) == 3
    fake.control("deliveries/delay", seconds=0.3)
    client.v1.customers.update(customer.id, params={"name": "Luis"})
    assert not fake.deliver.wait(0.1)
    assert len(receiver.kinds) == 3
    fake.deliver.wait()
    assert len(receiver.kinds) == 4


@pytest.mark.parametrize("kind", ["bad_secret", "tampered", "old", "no_header"])
def test_forged_deliveries_do_not_verify(
    fake: server.Fake, client: stripe.StripeClient, receiver: Receiver, kind: str
) -> None:
    client.v1.customers.create()
    fake.deliver.wait()
    fake.control("deliveries/forge", type="customer.created", kind=kind)
    fake.deliver.wait()
    assert (receiver.refused, len(receiver.events)) == (1, 1)


@pytest.mark.parametrize("kind", ["livemode", "ahead"])
def test_forged_deliveries_that_stripes_own_check_lets_through(
    fake: server.Fake, client: stripe.StripeClient, receiver: Receiver, kind: str
) -> None:
    """They must be refused by the site itself."""
    client.v1.customers.create()
    fake.deliver.wait()
    fake.control("deliveries/forge", type="customer.created", kind=kind)
    fake.deliver.wait()
    assert [event.livemode for event in receiver.events] == [False, kind == "livemode"]


def test_an_endpoint_made_by_the_api_gets_only_what_it_asked_for(
    client: stripe.StripeClient, fake: server.Fake, receiver: Receiver
) -> None:
    made = client.v1.webhook_endpoints.create(
        params={"url": receiver.url, "enabled_events": ["customer.deleted"]}
    )
    client.v1.customers.create()
    assert str(made.secret).startswith("whsec_")
    assert {row["endpoint"] for row in fake.deliver.rows()} == {seed.ENDPOINT}


def test_controls_answer_over_http(fake: server.Fake) -> None:
    answer = browse(f"{fake.url}/_fake/advance_clock", {"days": "2"})
    assert (answer.status, '"happened": 0' in answer.text) == (200, True)
    assert browse(f"{fake.url}/_fake/deliveries").status == 200
    assert browse(f"{fake.url}/_fake/nothing", {}).status == 404
    assert browse(f"{fake.url}/").status == 200


def test_dj_stripes_expansions_are_served(
    client: stripe.StripeClient, checkout: Checkout, subscribe: Subscribe
) -> None:
    wanted = ["line_items", "total_details.breakdown", "line_items.data.discounts"]
    session = client.v1.checkout.sessions.retrieve(
        checkout().id, params={"expand": wanted}
    )
    assert session["line_items"]["data"][0]["amount_total"] == 1900
    subscribe(discounts=[{"coupon": seed.COUPON}])
    bill = client.v1.invoices.list(
        params={
            "expand": ["data.discounts", "data.lines.data.discounts", "data.payments"]
        }
    ).data[0]
    assert bill["discounts"][0]["source"]["coupon"] == seed.COUPON
    assert bill["payments"]["data"][0]["status"] == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.customers.list(params={"expand": ["data.nothing", "nothing"]})


def test_events_can_be_read_back(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    rows = client.v1.events.list(
        params={"types": ["customer.subscription.created"]}
    ).data
    assert [row.data.object["id"] for row in rows] == [subscription.id]
    assert client.v1.events.retrieve(rows[0].id).api_version == "2026-08-26.dahlia"


@pytest.mark.parametrize(
    ("environment", "test", "starts"),
    [
        ({"AMI_ENV": "production", "AMI_DEBUG": "1"}, True, False),
        ({}, False, False),
        ({"AMI_DEBUG": "0"}, False, False),
        ({"AMI_DEBUG": "1"}, False, True),
        ({}, True, True),
    ],
)
def test_it_never_starts_in_production(
    environment: dict[str, str], test: bool, starts: bool
) -> None:
    assert (refusal(environment, test=test) is None) is starts


def test_the_command_says_why_and_exits_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "billing.fakestripe"],
        env={**os.environ, "AMI_ENV": "production"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "production" in done.stderr) == (2, True)


def test_it_starts_without_django() -> None:
    code = "import sys, billing.fakestripe.server; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603
    assert done.returncode == 0
