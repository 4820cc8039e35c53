"""New API objects from the neutral bodies in shapes.json (see SHAPES.md)."""

import copy
import functools
import json
from pathlib import Path

from billing.fakestripe.store import Obj, Store

PREFIXES = {
    "customer": "cus",
    "product": "prod",
    "price": "price",
    "payment_method": "pm",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoiceitem": "ii",
    "line_item": "il",
    "payment_intent": "pi",
    "setup_intent": "seti",
    "charge": "ch",
    "balance_transaction": "txn",
    "refund": "re",
    "dispute": "du",
    "discount": "di",
    "coupon": "cpn",
    "promotion_code": "promo",
    "tax_rate": "txr",
    "tax_id": "txi",
    "event": "evt",
    "checkout.session": "cs_test",
    "billing_portal.session": "bps",
    "billing_portal.configuration": "bpc",
    "webhook_endpoint": "we",
    "test_helpers.test_clock": "clock",
    "account": "acct",
}
KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}


@functools.cache
def _bodies() -> dict[str, Obj]:
    path = Path(__file__).with_name("shapes.json")
    bodies: dict[str, Obj] = json.loads(path.read_text(encoding="utf-8"))
    return bodies


def fresh(
    store: Store, kind: str, *, created: int | None = None, **fields: object
) -> Obj:
    """A new body of that kind with an id, not yet stored. created: unix seconds, now if absent."""
    body = copy.deepcopy(_bodies()[kind])
    body["id"] = store.new_id(PREFIXES[kind])
    if "created" in body:
        body["created"] = store.now() if created is None else created
    body.update(fields)
    return body


def public(value: object) -> object:
    """The value without the fake's own notes (names that start with an underscore)."""
    if isinstance(value, dict):
        return {
            key: public(item) for key, item in value.items() if not key.startswith("_")
        }
    if isinstance(value, list):
        return [public(item) for item in value]
    return value


def listing(rows: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}
