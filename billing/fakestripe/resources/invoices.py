"""Invoices, their lines and payments."""

import copy

from billing.fakestripe.engine import invoicing, lifecycle, pending
from billing.fakestripe.engine.events import Change, clock_of, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.routing import (
    Call,
    Route,
    index,
    page,
    retrieve,
    update,
)
from billing.fakestripe.resources.subscriptions import swap_prices
from billing.fakestripe.store import Obj


def list_invoices(call: Call) -> Obj:
    rows = call.store.all("invoice")
    for name in ("customer", "status", "collection_method"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    if wanted := call.params.get("subscription"):
        rows = [row for row in rows if lifecycle.subscription_of(row) == wanted]
    return page(call, rows, "/v1/invoices")


def lines(call: Call) -> Obj:
    invoice = call.store.get("invoice", call.id)
    rows = list(reversed(invoice["lines"]["data"]))
    return page(call, rows, f"/v1/invoices/{call.id}/lines")


def update_invoice(call: Call) -> Obj:
    invoice = call.store.get("invoice", call.id)
    change = Change(call.store, "invoice.updated", invoice)
    update(invoice, call.params, ("description", "footer", "auto_advance"))
    change.emit()
    return invoice


def finalize(call: Call) -> Obj:
    invoice = call.store.get("invoice", call.id)
    invoicing.finalize(call.store, invoice, _now(call, invoice))
    return invoice


def _now(call: Call, invoice: Obj) -> int:
    return call.store.now(clock_of(call.store, invoice))


def pay(call: Call) -> Obj:
    """Collect now; a decline is a 402, and the failure is recorded and emitted."""
    invoice = call.store.get("invoice", call.id)
    if invoice["status"] == "paid":
        raise StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in {"open", "uncollectible", "draft"}:
        raise StripeError(f"This invoice is {invoice['status']} and cannot be paid.")
    now = _now(call, invoice)
    with call.store.at(now):
        if invoice["status"] == "draft":
            invoicing.finalize(call.store, invoice, now)
        if call.params.get("paid_out_of_band"):
            invoicing.settle(call.store, invoice, now, None)
            return invoice
        failure = pay_open(call, invoice, now)
    if failure:
        raise failure
    return invoice


def pay_open(call: Call, invoice: Obj, now: int) -> StripeError | None:
    method = None
    if "payment_method" in call.params:
        token = call.params["payment_method"]
        method = call.store.get("payment_method", token, "payment_method")
    subscription = call.store.find("subscription", lifecycle.subscription_of(invoice))
    if subscription is None:
        customer = call.store.get("customer", invoice["customer"])
        owner = {"customer": customer["id"]}
        chosen = method or invoicing.method_for(call.store, owner)
        return invoicing.pay(call.store, invoice, chosen, now, first=True)
    return lifecycle.collect(
        call.store, subscription, invoice, now, method=method, first=True
    )


def void(call: Call) -> Obj:
    invoice = call.store.get("invoice", call.id)
    invoicing.void(call.store, invoice, _now(call, invoice))
    subscription = call.store.find("subscription", lifecycle.subscription_of(invoice))
    if subscription and pending.is_for(subscription, invoice):
        pending.discard(call.store, subscription)
    return invoice


def mark_uncollectible(call: Call) -> Obj:
    invoice = call.store.get("invoice", call.id)
    if invoice["status"] != "open":
        raise StripeError("Only open invoices can be marked uncollectible.")
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = _now(call, invoice)
    emit(call.store, "invoice.marked_uncollectible", invoice)
    return invoice


def preview(call: Call) -> Obj:
    """The next invoice of a subscription, with another price if one is given; nothing stored.

    With a change that is invoiced at once it is that invoice, as in Stripe.
    """
    details = call.params.get("subscription_details") or {}
    with call.store.rehearsal():
        wanted = call.params.get("subscription")
        subscription = call.store.get("subscription", wanted, "subscription")
        now = call.store.now(clock_of(call.store, subscription))
        last = subscription["latest_invoice"]
        swap_prices(call, subscription, details, now, collect=False)
        made = call.store.get("invoice", subscription["latest_invoice"])
        foreseen = lifecycle.upcoming(call.store, subscription)
        invoice = made if made["id"] != last else foreseen
        return copy.deepcopy({**invoice, "id": f"upcoming_{invoice['id']}"})


def list_payments(call: Call) -> Obj:
    rows = call.store.all("invoice_payment")
    for name in ("invoice", "status"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    wanted = (call.params.get("payment") or {}).get("payment_intent")
    if wanted:
        rows = [row for row in rows if row["payment"].get("payment_intent") == wanted]
    return page(call, rows, "/v1/invoice_payments")


PATH = "/v1/invoices"
ROUTES = [
    Route("POST", PATH + "/create_preview", preview, "invoice_create_preview"),
    Route("GET", PATH, list_invoices, "invoice_list"),
    retrieve(PATH, "invoice"),
    Route("POST", PATH + "/{id}", update_invoice, "invoice_update"),
    Route("GET", PATH + "/{id}/lines", lines, "invoice_list_lines"),
    Route("POST", PATH + "/{id}/finalize", finalize, "invoice_finalize_invoice"),
    Route("POST", PATH + "/{id}/pay", pay, "invoice_pay"),
    Route("POST", PATH + "/{id}/void", void, "invoice_void_invoice"),
    Route(
        "POST",
        PATH + "/{id}/mark_uncollectible",
        mark_uncollectible,
        "invoice_mark_uncollectible",
    ),
    Route("GET", "/v1/invoice_payments", list_payments, "invoice_payment_list"),
    retrieve("/v1/invoice_payments", "invoice_payment"),
    index("/v1/invoiceitems", "invoiceitem", "invoice_item_list"),
    retrieve("/v1/invoiceitems", "invoiceitem"),
    index("/v1/credit_notes", "credit_note", "credit_note_list"),
]
