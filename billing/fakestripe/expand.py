"""`expand[]`: ids replaced by the objects they name, and parts that answers leave out."""

import copy
from collections.abc import Callable
from typing import Any

from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import KINDS, listing
from billing.fakestripe.store import Obj, Store


def _line_items(_store: Store, session: Obj) -> Obj:
    return listing(
        session["_line_items"], f"/v1/checkout/sessions/{session['id']}/line_items"
    )


def _payments(store: Store, invoice: Obj) -> Obj:
    return listing(
        store.all("invoice_payment", invoice=invoice["id"]), "/v1/invoice_payments"
    )


def _subscriptions(store: Store, customer: Obj) -> Obj:
    rows = store.all("subscription", customer=customer["id"])
    live = [
        row for row in rows if row["status"] not in {"canceled", "incomplete_expired"}
    ]
    return listing(live, f"/v1/customers/{customer['id']}/subscriptions")


def _tax_ids(store: Store, customer: Obj) -> Obj:
    url = f"/v1/customers/{customer['id']}/tax_ids"
    return listing(store.all("tax_id", customer=customer["id"]), url)


def _sources(_store: Store, customer: Obj) -> Obj:
    return listing([], f"/v1/customers/{customer['id']}/sources")


def _refunds(store: Store, charge: Obj) -> Obj:
    return listing(
        store.all("refund", charge=charge["id"]), f"/v1/charges/{charge['id']}/refunds"
    )


def _currency_options(_store: Store, price: Obj) -> Obj:
    own = {
        name: price[name]
        for name in ("unit_amount", "unit_amount_decimal", "tax_behavior")
    }
    return {price["currency"]: own, **price.get("_currency_options", {})}


INCLUDED: dict[tuple[str, str], Callable[[Store, Obj], Any]] = {
    ("checkout.session", "line_items"): _line_items,
    ("invoice", "payments"): _payments,
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "tax_ids"): _tax_ids,
    ("customer", "sources"): _sources,
    ("charge", "refunds"): _refunds,
    # total_details of a session says of itself no `object`.
    ("None", "breakdown"): lambda _store, details: details["_breakdown"],
    ("item", "discounts"): lambda _store, _item: [],
    ("price", "currency_options"): _currency_options,
    ("price", "tiers"): lambda _store, _price: [],
    ("coupon", "applies_to"): lambda _store, _coupon: {"products": []},
}


def expand(store: Store, obj: Obj, paths: list[str]) -> Obj:
    """A copy of obj with every path filled in; StripeError 400 for a path that does not exist."""
    result = copy.deepcopy(obj)
    for path in () if obj.get("deleted") else paths:
        _walk(store, result, path.split("."), path)
    return result


def _walk(store: Store, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(store, item, steps, path)
        return
    if not steps or not isinstance(node, dict):
        return
    name, *rest = steps
    include = INCLUDED.get((str(node.get("object")), name))
    if include:
        node[name] = copy.deepcopy(include(store, node))
    elif name not in node:
        raise StripeError(
            f"This property cannot be expanded ({path}).",
            code="parameter_invalid",
            param="expand",
        )
    else:
        node[name] = _resolve(store, node[name], name)
    _walk(store, node[name], rest, path)


def _resolve(store: Store, value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_resolve(store, item, name) for item in value]
    if not isinstance(value, str):
        return value
    kind = "coupon" if name == "coupon" else KINDS.get(value.rpartition("_")[0])
    found = store.find(kind, value) if kind else None
    return copy.deepcopy(found) if found else value
