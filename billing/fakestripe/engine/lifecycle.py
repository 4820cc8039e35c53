"""A subscription's life: start, renewal, dunning, pause, end."""

import copy
from dataclasses import dataclass, field
from typing import Any

from billing.fakestripe.engine import amounts, discounts, invoicing, months, pending
from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh, listing
from billing.fakestripe.store import Obj, Store

ENDED = {"canceled", "incomplete_expired"}


@dataclass
class Order:
    """What is bought. items: (price, quantity); extra: fields copied onto the subscription."""

    customer: Obj
    items: list[tuple[Obj, int]]
    method: Obj | None = None
    trial_end: int | None = None
    rates: list[Obj] = field(default_factory=list)
    discounts: list[Obj] = field(default_factory=list)
    extra: Obj = field(default_factory=dict)
    authenticated: bool = False
    collect: bool = True


def period_end(subscription: Obj) -> int:
    return max(
        int(item["current_period_end"]) for item in subscription["items"]["data"]
    )


def period_start(subscription: Obj) -> int:
    return max(
        int(item["current_period_start"]) for item in subscription["items"]["data"]
    )


def item_of(
    store: Store, subscription: Obj, price: Obj, quantity: int, span: Any
) -> Obj:
    item = fresh(store, "subscription_item", price=price, quantity=quantity)
    item.update(subscription=subscription["id"], created=span[0])
    item.update(current_period_start=span[0], current_period_end=span[1])
    return item


def next_end(start: int, price: Obj, anchor: int) -> int:
    recurring = price["recurring"]
    return months.add(start, recurring["interval"], recurring["interval_count"], anchor)


def start(store: Store, order: Order, now: int) -> tuple[Obj, StripeError | None]:
    """Create the subscription and its first invoice, and collect it.

    Paid: active (or trialing). Not paid: incomplete, with the decline as second value.
    """
    subscription = _body(store, order, now)
    store.put("subscription", subscription)
    for row in order.discounts:
        made = discounts.redeem(
            store, row, customer=order.customer["id"], subscription=subscription["id"]
        )
        subscription["discounts"].append(made["id"])
    invoice = _invoice_period(store, subscription, "subscription_create", now)
    invoicing.finalize(store, invoice, now)
    failure = _first_payment(store, subscription, invoice, order, now)
    if failure is None:
        subscription["status"] = "trialing" if order.trial_end else "active"
    emit(store, "customer.subscription.created", subscription)
    return subscription, failure


def _body(store: Store, order: Order, now: int) -> Obj:
    subscription = fresh(
        store, "subscription", created=now, customer=order.customer["id"]
    )
    price = order.items[0][0]
    anchor = order.trial_end or now
    end = order.trial_end or next_end(now, price, now)
    subscription.update(
        start_date=now,
        billing_cycle_anchor=anchor,
        currency=price["currency"],
        default_tax_rates=order.rates,
        default_payment_method=order.method["id"] if order.method else None,
        trial_start=now if order.trial_end else None,
        trial_end=order.trial_end,
        test_clock=order.customer["test_clock"],
        status="incomplete",
    )
    subscription["billing_mode"]["updated_at"] = now
    subscription.update(order.extra)
    rows = [
        item_of(store, subscription, price, quantity, (now, end))
        for price, quantity in order.items
        if price["recurring"]
    ]
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    subscription["items"] = listing(rows, url)
    # One-time prices of a Checkout in subscription mode are billed once, with the first invoice.
    subscription["_once"] = [
        (price["id"], quantity)
        for price, quantity in order.items
        if not price["recurring"]
    ]
    return subscription


def _first_payment(
    store: Store, subscription: Obj, invoice: Obj, order: Order, now: int
) -> StripeError | None:
    if not order.collect and invoice["amount_due"]:
        return StripeError("The first payment waits for confirmation.")
    method = order.method or invoicing.method_for(store, subscription)
    return invoicing.pay(
        store, invoice, method, now, first=True, authenticated=order.authenticated
    )


def _invoice_period(store: Store, subscription: Obj, reason: str, now: int) -> Obj:
    """The stored draft for the items' current period plus what was pending."""
    invoice = preview(store, subscription, reason, now)
    discounts.spend(store, subscription, now)
    subscription["latest_invoice"] = invoice["id"]
    subscription["_once"] = []
    return invoicing.keep(store, invoice)


def preview(store: Store, subscription: Obj, reason: str, now: int) -> Obj:
    """That draft in memory only."""
    free = subscription["trial_end"] is not None and subscription["trial_end"] > now
    lines = invoicing.pending_lines(store, subscription)
    for item in subscription["items"]["data"]:
        amount = 0 if free else None
        lines.append(
            invoicing.subscription_line(store, subscription, item, amount=amount)
        )
    for price_id, quantity in subscription.get("_once", []):
        price = store.get("price", price_id)
        lines.append(amounts.line(store, price, quantity, (now, now)))
    return invoicing.compose(store, subscription, reason, lines, now)


def upcoming(store: Store, subscription: Obj) -> Obj:
    """The next period's invoice as it would be now; nothing is stored."""
    after = copy.deepcopy(subscription)
    for item in after["items"]["data"]:
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = next_end(
            item["current_period_start"], item["price"], after["billing_cycle_anchor"]
        )
    when = min(item["current_period_start"] for item in after["items"]["data"])
    return preview(store, after, "upcoming", when)


def foresee(store: Store, subscription: Obj) -> None:
    """invoice.upcoming: an invoice that has no id yet."""
    subscription["_foreseen"] = period_end(subscription)
    foreseen = upcoming(store, subscription)
    emit(
        store,
        "invoice.upcoming",
        {name: value for name, value in foreseen.items() if name != "id"},
    )


def roll(store: Store, subscription: Obj, now: int) -> None:
    """The period is over: end, pause, or bill the next one."""
    if subscription["cancel_at_period_end"]:
        end(store, subscription, now)
    elif subscription["status"] == "trialing":
        _end_trial(store, subscription, now)
    else:
        renew(store, subscription, now)


def _end_trial(store: Store, subscription: Obj, now: int) -> None:
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if (
        invoicing.method_for(store, subscription) is None
        and behavior != "create_invoice"
    ):
        if behavior == "cancel":
            end(store, subscription, now)
            return
        change = Change(store, "customer.subscription.updated", subscription)
        subscription["status"] = "paused"
        emit(store, "customer.subscription.paused", subscription)
        change.emit()
        return
    renew(store, subscription, now)


def renew(store: Store, subscription: Obj, now: int) -> StripeError | None:
    """Move the items on by one period, invoice and collect it.

    As Stripe does, the subscription is `active` in its new period before the charge is tried,
    and becomes past_due when the charge fails.
    """
    change = Change(store, "customer.subscription.updated", subscription)
    for item in subscription["items"]["data"]:
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = next_end(
            item["current_period_start"],
            item["price"],
            subscription["billing_cycle_anchor"],
        )
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    invoice = _invoice_period(store, subscription, "subscription_cycle", now)
    change.emit()
    if _paused_collection(store, subscription, invoice, now):
        return None
    invoicing.finalize(store, invoice, now)
    return collect(store, subscription, invoice, now)


def _paused_collection(store: Store, subscription: Obj, invoice: Obj, now: int) -> bool:
    pause = subscription["pause_collection"]
    if not pause:
        return False
    invoice["auto_advance"] = False
    if pause["behavior"] == "keep_as_draft":
        return True
    invoicing.finalize(store, invoice, now)
    if pause["behavior"] == "void":
        invoicing.void(store, invoice, now)
    else:
        invoice["status"] = "uncollectible"
        invoice["status_transitions"]["marked_uncollectible_at"] = now
        emit(store, "invoice.marked_uncollectible", invoice)
    return True


def collect(
    store: Store,
    subscription: Obj,
    invoice: Obj,
    now: int,
    *,
    first: bool = False,
    authenticated: bool = False,
    method: Obj | None = None,
) -> StripeError | None:
    """Try to charge an open invoice of the subscription, and move its status accordingly."""
    chosen = method or invoicing.method_for(store, subscription)
    failure = invoicing.pay(
        store, invoice, chosen, now, first=first, authenticated=authenticated
    )
    if pending.is_for(subscription, invoice):
        if failure is None:
            pending.apply(store, subscription)
    elif failure is None:
        _recovered(store, subscription)
    elif subscription["status"] not in {"incomplete", *ENDED}:
        _failed(store, subscription, invoice, now)
    return failure


def _recovered(store: Store, subscription: Obj) -> None:
    unpaid = [
        row
        for row in store.all("invoice", status="open")
        if subscription_of(row) == subscription["id"]
    ]
    if subscription["status"] in {"past_due", "unpaid", "incomplete"} and not unpaid:
        change = Change(store, "customer.subscription.updated", subscription)
        subscription["status"] = "active"
        change.emit()


def _failed(store: Store, subscription: Obj, invoice: Obj, now: int) -> None:
    exhausted = invoice["next_payment_attempt"] is None
    ending = store.settings["dunning_end"] if exhausted else "past_due"
    if ending == "cancel":
        end(store, subscription, now, reason="payment_failed")
        return
    change = Change(store, "customer.subscription.updated", subscription)
    subscription["status"] = ending
    change.emit()


def subscription_of(invoice: Obj) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


def end(
    store: Store, subscription: Obj, now: int, *, reason: str = "cancellation_requested"
) -> None:
    """Cancel for good: customer.subscription.deleted. The open invoice stays open."""
    subscription.update(
        status="canceled",
        ended_at=now,
        canceled_at=subscription["canceled_at"] or now,
        cancel_at_period_end=False,
    )
    subscription["cancellation_details"]["reason"] = (
        subscription["cancellation_details"]["reason"] or reason
    )
    for invoice in store.all("invoice"):
        if subscription_of(invoice) == subscription["id"]:
            invoice.update(auto_advance=False, next_payment_attempt=None)
    emit(store, "customer.subscription.deleted", subscription)


def expire(store: Store, subscription: Obj, now: int) -> None:
    """The first payment never came within 23 hours: incomplete_expired, invoice voided."""
    change = Change(store, "customer.subscription.updated", subscription)
    invoice = store.find("invoice", subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        invoicing.void(store, invoice, now)
    subscription.update(status="incomplete_expired", ended_at=now)
    change.emit()


def schedule_end(subscription: Obj, at: int | None, now: int, *, period: bool) -> None:
    """Plan the end (at period end, or on a date), or take the plan back with at=None."""
    subscription.update(
        cancel_at=at,
        cancel_at_period_end=period,
        canceled_at=now if at is not None else None,
    )
    subscription["cancellation_details"]["reason"] = (
        "cancellation_requested" if at is not None else None
    )
