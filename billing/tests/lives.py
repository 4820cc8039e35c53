"""Twelve customers' whole lives at the stand-in, step by step, from recorded snapshots.

events/timeline.jsonl holds what happened in order; World puts each snapshot where Stripe
would have it, so that a fetch answers what was true at that step.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from billing import catalogue
from billing.fakestripe import seed, server
from billing.fakestripe.shapes import fresh
from billing.models import CustomerLink
from billing.tests import make

type Event = dict[str, Any]

TIMELINE = Path(__file__).parent / "events" / "timeline.jsonl"
START = 1_788_271_200  # 2026-09-01 14:00 UTC, when all of it was made
COMMON = ("product", "price", "tax_rate", "coupon", "promotion_code")
PRODUCT = "prod_uA6IaDqzT7dbis"
NAMES = (
    "renewed and cancelled",
    "trial, paid, upgraded",
    "trial without a card, paused",
    "first payment declined, expired",
    "overdue, then ended",
    "overdue, then recovered",
    "with a coupon, refunded in part, then whole",
    "paid and running",
    "collection paused and resumed",
    "waits for 3-D Secure",
    "bought one course",
    "deleted at Stripe",
)


@cache
def timeline() -> tuple[Event, ...]:
    lines = TIMELINE.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def _object(event: Event) -> dict[str, Any]:
    return dict(event["data"]["object"])


@cache
def events_of(number: int) -> tuple[Event, ...]:
    """What happened to one of the twelve, in order; the eleventh's Checkout is added."""
    customer = customers()[number]
    rows = [
        row
        for row in timeline()
        if customer in (_object(row).get("customer"), _object(row)["id"])
    ]
    if NAMES[number] == "bought one course":
        rows.append(_session_event(rows))
    return tuple(rows)


@cache
def customers() -> tuple[str, ...]:
    made = [row for row in timeline() if row["type"] == "customer.created"]
    return tuple(_object(row)["id"] for row in made)


def _session_event(rows: list[Event]) -> Event:
    """The Checkout that the generator of the timeline does not make."""
    paid = _object(rows[-1])
    session = fresh(
        server.Store(seed="lives"),
        "checkout.session",
        created=START,
        id="cs_test_lives",
        mode="payment",
        status="complete",
        payment_status="paid",
        customer=paid["customer"],
        payment_intent=paid["id"],
        amount_total=paid["amount"],
        currency="eur",
        metadata={"ami_courses": "course-key"},
        _line_items=[],
    )
    return {
        **rows[-1],
        "id": "evt_lives_session",
        "type": "checkout.session.completed",
        "data": {"object": session},
    }


class World:
    """One life at the stand-in. Fetches answer what the steps taken so far left."""

    def __init__(self, fake: server.Fake, number: int, user: Any) -> None:
        self.fake, self.number = fake, number
        self.events = events_of(number)
        fake.control("reset", seed=False)
        seed.account(fake.store)
        for row in timeline():
            if _object(row)["object"] in COMMON:
                self._put(_object(row))
        make.plan(stripe_product=PRODUCT)
        catalogue.sync()
        self.link = CustomerLink.objects.create(user=user, customer=customers()[number])

    def step(self, number: int) -> None:
        """Let the life's event of this number happen."""
        event = self.events[number]
        obj = _object(event)
        if event["type"] == "customer.deleted":
            obj = {"id": obj["id"], "object": "customer", "deleted": True}
        if obj["object"] == "charge":
            obj = self._with_payment(obj, number)
        self._put(obj)

    def _put(self, obj: dict[str, Any]) -> None:
        if "id" not in obj:
            return
        self.fake.store.put(obj["object"], obj)
        for discount in obj.get("discounts") or []:
            self._put(self._discount(discount, obj["customer"]))

    def _discount(self, name: str, customer: str) -> dict[str, Any]:
        """The timeline names discounts and leaves them out; it has one coupon."""
        coupon = self.fake.store.all("coupon")[-1]
        return fresh(
            self.fake.store,
            "discount",
            id=name,
            customer=customer,
            source={"coupon": coupon["id"], "type": "coupon"},
        )

    def _with_payment(self, charge: dict[str, Any], number: int) -> dict[str, Any]:
        """The timeline leaves out which payment a charge is and what it paid."""
        if self.number == NAMES.index("bought one course"):
            return {**charge, "payment_intent": "pi_1x1P1sCz7hWRKLEpCaQaftPL"}
        intent = "pi_" + charge["id"].removeprefix("ch_")
        invoice = self._invoice_before(number)
        payment = fresh(
            self.fake.store,
            "invoice_payment",
            created=START,
            id="inpay_" + charge["id"].removeprefix("ch_"),
            invoice=invoice,
            status="paid" if charge["paid"] else "open",
            payment={"type": "payment_intent", "payment_intent": intent},
        )
        if charge["id"] not in self.fake.store.objects.get("charge", {}):
            self.fake.store.put("invoice_payment", payment)
        return {**charge, "payment_intent": intent}

    def _invoice_before(self, number: int) -> str:
        before = [_object(row) for row in self.events[:number]]
        return str([one["id"] for one in before if one["object"] == "invoice"][-1])

    def deliver(self, numbers: Iterable[int]) -> None:
        """Let the webhook receive these events in this order, then process what waits."""
        make.deliver(self.fake, [self.events[number] for number in numbers])
