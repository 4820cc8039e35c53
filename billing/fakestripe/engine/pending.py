"""Pending updates: a change that waits for its payment (`pending_if_incomplete`)."""

from billing.fakestripe.engine import invoicing
from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.store import Obj, Store

LIFE_SECONDS = 23 * 3600


def keep(subscription: Obj, before: Obj, now: int) -> None:
    """Take a change back from the subscription and write it down as waiting.

    before: the subscription as it was.
    """
    ends = min(item["current_period_end"] for item in before["items"]["data"])
    subscription["pending_update"] = {
        "billing_cycle_anchor": subscription["billing_cycle_anchor"],
        "discount": None,
        "discounts": None,
        "expires_at": min(now + LIFE_SECONDS, ends),
        "metadata": None,
        "subscription_items": subscription["items"]["data"],
        "trial_end": None,
        "trial_from_plan": None,
    }
    subscription["items"]["data"] = before["items"]["data"]
    subscription["billing_cycle_anchor"] = before["billing_cycle_anchor"]


def is_for(subscription: Obj, invoice: Obj) -> bool:
    """Whether the invoice pays for the change that waits."""
    waits = subscription["pending_update"] is not None
    return waits and invoice["id"] == subscription["latest_invoice"]


def apply(store: Store, subscription: Obj) -> None:
    """It was paid."""
    change = Change(store, "customer.subscription.updated", subscription)
    take(subscription)
    emit(store, "customer.subscription.pending_update_applied", subscription)
    change.emit()


def take(subscription: Obj) -> None:
    waiting = subscription["pending_update"]
    subscription["items"]["data"] = waiting["subscription_items"]
    subscription["billing_cycle_anchor"] = waiting["billing_cycle_anchor"]
    subscription["pending_update"] = None


def discard(store: Store, subscription: Obj, *, expired: bool = False) -> None:
    """It was not: everything stays as it was."""
    change = Change(store, "customer.subscription.updated", subscription)
    subscription["pending_update"] = None
    if expired:
        emit(store, "customer.subscription.pending_update_expired", subscription)
    change.emit()


def expire(store: Store, subscription: Obj, now: int) -> None:
    invoice = store.find("invoice", subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        invoicing.void(store, invoice, now)
    discard(store, subscription, expired=True)
