"""Lists that stand inside an object, of which Stripe sends the first ten, made whole."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import stripe

from billing import stripe_api

PAGE = 100

type Fetch = Callable[[stripe.StripeClient, str], Any]

# by kind and field: how all of it is listed; expanded as billing.mirror expands the object
PARTS: Mapping[str, Mapping[str, Fetch]] = {
    "invoice": {
        "lines": lambda api, key: api.v1.invoices.line_items.list(
            key, {"limit": PAGE, "expand": ["data.discounts"]}
        ),
        "payments": lambda api, key: api.v1.invoice_payments.list(
            {"invoice": key, "limit": PAGE}
        ),
    },
    "charge": {
        "refunds": lambda api, key: api.v1.refunds.list({"charge": key, "limit": PAGE})
    },
    "subscription": {
        "items": lambda api, key: api.v1.subscription_items.list(
            {"subscription": key, "limit": PAGE}
        )
    },
}


def complete(kind: str, obj: Any) -> None:
    """Fetch the rest of what an object holds in part, into the object.

    One call for every hundred of a list that goes on, none for others. Raises
    stripe.StripeError.
    """
    for name, fetch in PARTS.get(kind, {}).items():
        part = obj[name] if name in obj else None  # noqa: SIM401  no dict
        if part and _goes_on(part):
            rows: Iterable[Any] = fetch(
                stripe_api.client(), obj["id"]
            ).auto_paging_iter()
            part["data"] = list(rows)
            part["has_more"] = False


def _goes_on(part: Any) -> bool:
    return bool("has_more" in part and part["has_more"])
