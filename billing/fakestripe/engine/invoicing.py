"""Invoices: draft, finalize, pay, void. Every step emits what Stripe emits."""

from billing.fakestripe.engine import amounts, discounts, payments
from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh, listing
from billing.fakestripe.store import Obj, Store

RETRY_DAYS = (3, 5, 7)


def rates_of(store: Store, owner: Obj) -> list[Obj]:
    """The tax rates of a subscription: its own, or the automatic one."""
    if owner["automatic_tax"]["enabled"]:
        return [amounts.automatic_rate(store)]
    return list(owner["default_tax_rates"])


def subscription_line(
    store: Store, subscription: Obj, item: Obj, *, amount: int | None
) -> Obj:
    """The line for one item's current period."""
    period = (item["current_period_start"], item["current_period_end"])
    row = amounts.line(store, item["price"], item["quantity"], period, amount=amount)
    row["parent"] = _line_parent(subscription["id"], item["id"])
    return row


def _line_parent(subscription: str, item: str, invoice_item: str | None = None) -> Obj:
    detail = {
        "proration": invoice_item is not None,
        "proration_details": {"credited_items": None},
        "subscription": subscription,
    }
    if invoice_item:
        detail.update(invoice_item=invoice_item, subscription_item=item)
        return {
            "invoice_item_details": detail,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    detail.update(invoice_item=None, subscription_item=item)
    return {
        "invoice_item_details": None,
        "subscription_item_details": detail,
        "type": "subscription_item_details",
    }


def pending_lines(store: Store, subscription: Obj) -> list[Obj]:
    """Lines for the prorations that wait for the next invoice."""
    rows = []
    for item in store.all("invoiceitem", invoice=None):
        parent = item["parent"]["subscription_details"]
        if parent["subscription"] != subscription["id"]:
            continue
        price = store.get("price", item["pricing"]["price_details"]["price"])
        period = (item["period"]["start"], item["period"]["end"])
        row = amounts.line(
            store, price, item["quantity"], period, amount=item["amount"]
        )
        row["description"] = item["description"]
        row["parent"] = _line_parent(
            subscription["id"], parent["subscription_item"], item["id"]
        )
        rows.append(row)
    return rows


def compose(
    store: Store, subscription: Obj, reason: str, lines: list[Obj], now: int
) -> Obj:
    """A draft in memory: nothing stored, nothing emitted (previews use it too)."""
    customer = store.get("customer", subscription["customer"])
    reductions = discounts.current(store, subscription, now)
    amounts.discount_lines(store, lines, reductions)
    amounts.tax_lines(store, lines, rates_of(store, subscription))
    invoice = blank(store, customer, subscription["currency"], now)
    invoice.update(
        billing_reason=reason,
        default_tax_rates=subscription["default_tax_rates"],
        automatic_tax={**invoice["automatic_tax"], **subscription["automatic_tax"]},
        discounts=[row["id"] for row in reductions],
        parent={
            "quote_details": None,
            "subscription_details": {
                "metadata": subscription["metadata"],
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
    )
    fill(invoice, lines, customer)
    return invoice


def blank(store: Store, customer: Obj, currency: str, now: int) -> Obj:
    invoice = fresh(
        store, "invoice", created=now, currency=currency, customer=customer["id"]
    )
    invoice.update(
        account_name=store.all("account")[0]["business_profile"]["name"],
        auto_advance=True,
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_address=customer["address"],
        customer_tax_ids=[
            {"type": row["type"], "value": row["value"]}
            for row in store.all("tax_id", customer=customer["id"])
        ],
        period_start=now,
        period_end=now,
        webhooks_delivered_at=None,
        test_clock=customer["test_clock"],
        attempted=False,
    )
    return invoice


def fill(invoice: Obj, lines: list[Obj], customer: Obj) -> None:
    """Lines and sums; a customer's credit balance is used first."""
    for row in lines:
        row["invoice"] = invoice["id"]
    invoice["lines"] = listing(lines, f"/v1/invoices/{invoice['id']}/lines")
    invoice.update(amounts.totals(lines))
    due = max(0, invoice["total"] + customer["balance"])
    invoice.update(
        starting_balance=customer["balance"], amount_due=due, amount_remaining=due
    )
    invoice["ending_balance"] = None


def keep(store: Store, invoice: Obj) -> Obj:
    """Store the draft, mark the prorations it bills, emit invoice.created."""
    store.put("invoice", invoice)
    for row in invoice["lines"]["data"]:
        details = (row["parent"] or {}).get("invoice_item_details")
        if details:
            store.get("invoiceitem", details["invoice_item"])["invoice"] = invoice["id"]
    emit(store, "invoice.created", invoice)
    return invoice


def finalize(store: Store, invoice: Obj, now: int) -> None:
    """Number it and open it. Stripe waits about an hour after a renewal; this does not."""
    if invoice["status"] != "draft":
        raise StripeError(
            "This invoice is already finalized.", code="invoice_not_editable"
        )
    customer = store.get("customer", invoice["customer"])
    invoice["number"] = (
        f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    )
    customer["next_invoice_sequence"] += 1
    customer["balance"] = min(0, invoice["starting_balance"] + invoice["total"])
    hosted = f"{store.public_url}/i/{invoice['id']}"
    invoice.update(
        status="open",
        effective_at=now,
        ending_balance=customer["balance"],
        hosted_invoice_url=hosted,
        invoice_pdf=f"{hosted}/pdf",
    )
    invoice["status_transitions"]["finalized_at"] = now
    emit(store, "invoice.finalized", invoice)


def pay(
    store: Store,
    invoice: Obj,
    method: Obj | None,
    now: int,
    *,
    first: bool = False,
    present: bool = False,
    authenticated: bool = False,
) -> StripeError | None:
    """Collect an open invoice. None when paid; the decline otherwise (recorded and emitted)."""
    if invoice["amount_due"] == 0:
        _settle(store, invoice, now)
        return None
    if method is None:
        error = StripeError(
            "This customer has no attached payment source or default payment method.",
            code="resource_missing",
        )
        _record_failure(store, invoice, error, now)
        return error
    link = payment_of(store, invoice)
    payment = payments.Payment(
        customer=invoice["customer"],
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        method=method,
        description=_description(invoice),
        first=first,
        present=present,
        authenticated=authenticated,
    )
    made = store.find(
        "payment_intent", (link or {}).get("payment", {}).get("payment_intent")
    )
    if made is None or link is None:
        made = payments.intent(store, payment)
        link = _link(store, invoice, made)
    failure = payments.attempt(store, made, payment)
    if failure:
        _record_failure(store, invoice, failure, now)
        return failure
    _settle(store, invoice, now, link)
    return None


def _description(invoice: Obj) -> str:
    reasons = {
        "subscription_create": "Subscription creation",
        "subscription_cycle": "Subscription update",
        "subscription_update": "Subscription update",
    }
    return reasons.get(
        invoice["billing_reason"], f"Payment for invoice {invoice['number']}"
    )


def payment_of(store: Store, invoice: Obj) -> Obj | None:
    found = store.all("invoice_payment", invoice=invoice["id"])
    return found[-1] if found else None


def _link(store: Store, invoice: Obj, made: Obj) -> Obj:
    link = fresh(
        store, "invoice_payment", invoice=invoice["id"], currency=invoice["currency"]
    )
    link.update(
        amount_requested=invoice["amount_remaining"],
        payment={"type": "payment_intent", "payment_intent": made["id"]},
    )
    return store.put("invoice_payment", link)


def settle(store: Store, invoice: Obj, now: int, intent_id: str | None) -> None:
    """Mark an open invoice paid by an intent that has succeeded already."""
    made = store.find("payment_intent", intent_id)
    _settle(store, invoice, now, _link(store, invoice, made) if made else None)


def _settle(store: Store, invoice: Obj, now: int, link: Obj | None = None) -> None:
    due = invoice["amount_due"]
    invoice.update(
        status="paid",
        amount_paid=due,
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        attempt_count=invoice["attempt_count"] + (1 if due else 0),
    )
    invoice["status_transitions"]["paid_at"] = now
    emit(store, "invoice.payment_succeeded", invoice)
    emit(store, "invoice.paid", invoice)
    if link:
        link.update(status="paid", amount_paid=due)
        link["status_transitions"]["paid_at"] = now
        emit(store, "invoice_payment.paid", link)


def _record_failure(store: Store, invoice: Obj, error: StripeError, now: int) -> None:
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    count = invoice["attempt_count"]
    renewal = invoice["billing_reason"] == "subscription_cycle"
    if renewal and count <= len(RETRY_DAYS):
        invoice["next_payment_attempt"] = now + RETRY_DAYS[count - 1] * 86400
    else:
        invoice["next_payment_attempt"] = None
    if error.body.get("decline_code") == "authentication_required":
        emit(store, "invoice.payment_action_required", invoice)
    emit(store, "invoice.payment_failed", invoice)


def void(store: Store, invoice: Obj, now: int) -> None:
    if invoice["status"] not in {"open", "uncollectible"}:
        raise StripeError(
            "You can only pass in open or uncollectible invoices. "
            f"This invoice is {invoice['status']}."
        )
    change = Change(store, "invoice.updated", invoice)
    invoice.update(status="void", next_payment_attempt=None, auto_advance=False)
    invoice["status_transitions"]["voided_at"] = now
    emit(store, "invoice.voided", invoice)
    change.emit()


def method_for(store: Store, owner: Obj) -> Obj | None:
    """The card an invoice of this subscription is charged to."""
    customer = store.get("customer", owner["customer"])
    for chosen in (
        owner.get("default_payment_method"),
        customer["invoice_settings"]["default_payment_method"],
    ):
        found = store.find("payment_method", chosen)
        if found and found["customer"] == customer["id"]:
            return found
    return None
