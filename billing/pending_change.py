"""A change of plan that waits until the buyer has told the bank that it is them.

Stripe keeps it as the subscription's pending_update: nothing changes before its invoice is
paid, and within a day it is forgotten (https://docs.stripe.com/billing/subscriptions/pending-updates).
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe
from django.db import transaction

from accounts.models import User
from billing import entitlements, links, mirror, money, reconcile, stripe_api
from billing.models.plans import PlanPrice
from billing.stripe_api import Json


@dataclass(frozen=True)
class Waiting:
    """plan and amount as shown; url: Stripe's page, where the bank is answered; until: when
    the change is forgotten."""

    plan: str
    amount: str
    url: str
    until: datetime


def price_of(row: Json) -> str:
    """The price that waits to take the place of the subscription's; empty for none."""
    waiting = row.get("pending_update") or {}
    rows = waiting.get("subscription_items") or []
    return str(rows[0]["price"]["id"]) if rows else ""


def waiting(row: Json, invoices: Iterable[Json]) -> Waiting | None:
    """The change that waits for its payment, from the local copy."""
    wanted = price_of(row)
    invoice = next(
        (one for one in invoices if one["id"] == row.get("latest_invoice")), None
    )
    if not wanted or invoice is None or invoice["status"] != "open":
        return None
    price = PlanPrice.objects.select_related("plan").filter(stripe_price=wanted).first()
    return Waiting(
        plan=price.title if price else "",
        amount=money.show(invoice["amount_remaining"], invoice["currency"]),
        url=invoice["hosted_invoice_url"] or "",
        until=entitlements.moment(row["pending_update"]["expires_at"]),
    )


def ask(subscription: str, change: dict[str, Any], key: str) -> None:
    """Ask Stripe to keep the change until it is paid. Raises stripe.StripeError."""
    wanted: Any = {**change, "payment_behavior": "pending_if_incomplete"}
    stripe_api.client().v1.subscriptions.update(
        subscription, wanted, {"idempotency_key": key}
    )


def look(user: User, subscription: str, customer: str) -> Json:
    """The subscription as Stripe has it this moment; everything follows from it.

    Raises stripe.StripeError, stripe_api.StripeAwayError.
    """
    with transaction.atomic():
        locked = links.lock(customer)
        row = _refresh(subscription)
        if locked:
            reconcile.follow(locked, actor=f"user:{user.pk}")
    return row


def _refresh(subscription: str) -> Json:
    row = mirror.refresh("subscription", subscription)
    if row.get("latest_invoice"):
        mirror.refresh("invoice", row["latest_invoice"])
    return row


def drop(user: User, row: Json) -> None:
    """Forget the change: its invoice is voided, the plan stays as it is.

    Raises stripe.StripeError, stripe_api.StripeAwayError.
    """
    clear(row)
    look(user, row["id"], row["customer"])


def clear(row: Json) -> None:
    """Take away at Stripe what stands in the way of another change: one that waits, or a
    schedule of changes (Stripe refuses to cancel what a schedule manages)."""
    api = stripe_api.client().v1
    if price_of(row):
        # refused when it was paid, or forgotten, this very moment
        with contextlib.suppress(stripe.InvalidRequestError):
            api.invoices.void_invoice(row["latest_invoice"])
    if row.get("schedule"):
        api.subscription_schedules.release(row["schedule"])
