"""Objects that hold more than the ten rows Stripe sends along."""

import copy
from typing import Any

import pytest

from billing import mirror, reconcile, stripe_api
from billing.fakestripe import api
from billing.models import Receipt
from billing.tests import make

pytestmark = pytest.mark.django_db
SENT = 10


def cut_short(value: Any, *, inside: bool = False) -> Any:
    """As Stripe answers: lists within an object stop after ten."""
    if isinstance(value, list):
        return [cut_short(one, inside=inside) for one in value]
    if not isinstance(value, dict):
        return value
    whole = value.get("object") != "list"
    found = {
        name: cut_short(one, inside=inside or whole) for name, one in value.items()
    }
    if inside and not whole and len(found["data"]) > SENT:
        return {**found, "data": found["data"][:SENT], "has_more": True}
    return found


@pytest.fixture(autouse=True)
def _as_stripe_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    run = api._run

    def short(*given: Any) -> tuple[int, Any]:
        status, body = run(*given)
        return status, cut_short(body)

    monkeypatch.setattr(api, "_run", short)


def test_a_receipt_of_fourteen_lines_has_fourteen_lines(
    alice: Any, monthly: Any, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    with fake.store.transaction():
        lines = fake.store.all("invoice")[-1]["lines"]
        [line] = lines["data"]
        lines["data"] = [
            {
                **copy.deepcopy(line), "id": f"il_{number}", "description": f"No. {number}",
                "amount": 600 if number == 0 else 100, "pricing": None,
            }
            for number in range(14)
        ]  # fmt: skip
    make.deliver(fake)
    rows = Receipt.objects.get().snapshot["lines"]
    assert [row["text"] for row in rows] == [f"No. {number}" for number in range(14)]
    assert sum(row["net"] for row in rows) == 1900


def test_twelve_refunds_are_twelve_credit_notes(buyer: make.Buyer) -> None:
    for _ in range(12):
        buyer.fake.control("refund", customer=buyer.customer, amount=100)
    reconcile.refetch(buyer.user.stripe_customers.get(), actor="test")
    notes = Receipt.objects.filter(kind="credit_note")
    assert sorted(notes.values_list("total", flat=True)) == [-100] * 12


def test_a_subscription_of_eleven_items_is_kept_whole(buyer: make.Buyer) -> None:
    with buyer.fake.store.transaction():
        items = buyer.subscription["items"]
        first = items["data"][0]
        for number in range(10):
            one = {**copy.deepcopy(first), "id": f"si_more{number}"}
            items["data"].append(one)
            buyer.fake.store.put("subscription_item", one)
    kept = mirror.refresh("subscription", buyer.subscription["id"])
    assert len(kept["items"]["data"]) == 11
    assert kept["items"]["has_more"] is False
    stored = mirror.get("subscription", buyer.subscription["id"])
    assert stored
    assert len(stored["items"]["data"]) == 11


def test_short_lists_cost_no_call(
    buyer: make.Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing import embedded

    def refused() -> None:
        raise AssertionError

    monkeypatch.setattr(embedded.stripe_api, "client", refused)
    kept = buyer.fake.store.all("invoice")[-1]
    embedded.complete("invoice", copy.deepcopy(kept))
    assert stripe_api.client is refused
