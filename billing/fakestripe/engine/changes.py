"""Changes to a running subscription: another price or quantity, with proration."""

import copy
from decimal import Decimal

from billing.fakestripe.engine import amounts, invoicing, lifecycle, pending
from billing.fakestripe.engine.events import emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


def interval_of(price: Obj) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def swap(
    store: Store,
    subscription: Obj,
    item: Obj,
    price: Obj,
    quantity: int,
    *,
    behavior: str,
    now: int,
    since: int | None = None,
    collect: bool = True,
) -> StripeError | None:
    """Put another price or quantity on an item, and bill what that changes.

    A new interval starts a new period now and is invoiced now; the same interval waits for the
    next invoice unless behavior is `always_invoice`. `none` never prorates. since: the moment
    that shares are counted from (now). collect: False leaves the invoice open (previews).
    The decline is returned when the invoice could not be paid.
    """
    moment = now if since is None else since
    old, old_quantity = item["price"], item["quantity"]
    running = subscription["status"] in {"active", "past_due"}
    new_interval = interval_of(old) != interval_of(price)
    item.update(price=price, quantity=quantity)
    if not running:
        return None
    if behavior != "none":
        _prorate(store, subscription, item, old, -old_quantity, moment)
    if new_interval:
        item["current_period_start"] = now
        item["current_period_end"] = lifecycle.next_end(now, price, now)
        subscription["billing_cycle_anchor"] = now
    elif behavior != "none":
        _prorate(store, subscription, item, price, quantity, moment)
    if new_interval or behavior == "always_invoice":
        return _invoice_now(store, subscription, now, new_interval, collect=collect)
    return None


def _prorate(
    store: Store, subscription: Obj, item: Obj, price: Obj, quantity: int, now: int
) -> Obj:
    """An invoice item for the rest of the period; a negative quantity gives money back."""
    begin, finish = item["current_period_start"], item["current_period_end"]
    whole = amounts.unit_amount(price, abs(quantity))
    share = amounts.rounded(
        Decimal(whole) * max(0, finish - now) / max(1, finish - begin)
    )
    name = store.get("product", price["product"])["name"]
    label = "Unused time on" if quantity < 0 else "Remaining time on"
    amount = -share if quantity < 0 else share
    made = fresh(store, "invoiceitem", amount=amount, net_amount=amount)
    made.update(
        currency=price["currency"],
        customer=subscription["customer"],
        date=now,
        description=f"{label} {name}",
        invoice=None,
        quantity=abs(quantity),
        quantity_decimal=str(abs(quantity)),
        period={"start": now, "end": finish},
        metadata={},
        parent={
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_details",
        },
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        },
    )
    store.put("invoiceitem", made)
    emit(store, "invoiceitem.created", made)
    return made


def _invoice_now(
    store: Store, subscription: Obj, now: int, with_period: bool, *, collect: bool
) -> StripeError | None:
    if with_period:
        invoice = lifecycle.preview(store, subscription, "subscription_update", now)
    else:
        lines = invoicing.pending_lines(store, subscription)
        if not lines:
            return None
        invoice = invoicing.compose(
            store, subscription, "subscription_update", lines, now
        )
    invoicing.keep(store, invoice)
    subscription["latest_invoice"] = invoice["id"]
    if not collect:
        return None
    invoicing.finalize(store, invoice, now)
    return lifecycle.collect(store, subscription, invoice, now)


def pay_pending(
    store: Store, subscription: Obj, before: Obj, now: int
) -> StripeError | None:
    """Collect the invoice of a swap that only holds once it is paid.

    Call it after `swap` with collect=False. before: the subscription as it was.
    """
    if subscription["latest_invoice"] == before["latest_invoice"]:
        return None  # nothing was charged: it holds at once
    invoice = store.get("invoice", subscription["latest_invoice"])
    pending.keep(subscription, copy.deepcopy(before), now)
    invoicing.finalize(store, invoice, now)
    method = invoicing.method_for(store, subscription)
    failure = invoicing.pay(store, invoice, method, now, present=True)
    if failure is None:
        pending.take(subscription)
    return failure
