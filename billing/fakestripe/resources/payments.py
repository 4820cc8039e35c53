"""Payment intents, charges, refunds, disputes, balance transactions."""

from billing.fakestripe.engine import payments
from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.routing import (
    Call,
    Route,
    index,
    page,
    retrieve,
    update,
)
from billing.fakestripe.store import Obj


def cancel_intent(call: Call) -> Obj:
    made = call.store.get("payment_intent", call.id)
    if made["status"] in {"succeeded", "canceled", "processing"}:
        raise StripeError(
            f"You cannot cancel this PaymentIntent because it has a status of {made['status']}.",
            code="payment_intent_unexpected_state",
        )
    made.update(status="canceled", canceled_at=call.store.now())
    made["cancellation_reason"] = call.params.get("cancellation_reason")
    emit(call.store, "payment_intent.canceled", made)
    return made


def update_intent(call: Call) -> Obj:
    made = call.store.get("payment_intent", call.id)
    update(made, call.params, ("description", "receipt_email"))
    return made


def update_charge(call: Call) -> Obj:
    charge = call.store.get("charge", call.id)
    change = Change(call.store, "charge.updated", charge)
    update(charge, call.params, ("description", "receipt_email"))
    change.emit()
    return charge


def create_refund(call: Call) -> Obj:
    data = call.params
    charge_id = data.get("charge")
    if not charge_id and data.get("payment_intent"):
        intent = call.store.get(
            "payment_intent", data["payment_intent"], "payment_intent"
        )
        charge_id = intent["latest_charge"]
    if not charge_id:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
        )
    charge = call.store.get("charge", charge_id, "charge")
    if not charge["paid"]:
        raise StripeError(
            f"Charge {charge_id} has not been paid.", code="charge_not_refundable"
        )
    return payments.refund(
        call.store,
        charge,
        data.get("amount"),
        data.get("reason"),
        data.get("metadata") or None,
    )


def update_refund(call: Call) -> Obj:
    refund = call.store.get("refund", call.id)
    change = Change(call.store, "refund.updated", refund)
    update(refund, call.params, ())
    change.emit()
    return refund


def charge_refunds(call: Call) -> Obj:
    rows = call.store.all("refund", charge=call.store.get("charge", call.id)["id"])
    return page(call, rows, f"/v1/charges/{call.id}/refunds")


def close_dispute(call: Call) -> Obj:
    """The merchant gives up: lost."""
    return payments.close_dispute(
        call.store, call.store.get("dispute", call.id), won=False
    )


ROUTES = [
    index("/v1/payment_intents", "payment_intent", "payment_intent_list"),
    retrieve("/v1/payment_intents", "payment_intent"),
    Route("POST", "/v1/payment_intents/{id}", update_intent, "payment_intent_update"),
    Route(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        cancel_intent,
        "payment_intent_cancel",
    ),
    index("/v1/charges", "charge", "charge_list"),
    retrieve("/v1/charges", "charge"),
    Route("POST", "/v1/charges/{id}", update_charge, "charge_update"),
    Route("GET", "/v1/charges/{id}/refunds", charge_refunds, "charge_list_refunds"),
    Route("POST", "/v1/refunds", create_refund, "refund_create"),
    index("/v1/refunds", "refund", "refund_list"),
    retrieve("/v1/refunds", "refund"),
    Route("POST", "/v1/refunds/{id}", update_refund, "refund_update"),
    index("/v1/disputes", "dispute", "dispute_list"),
    retrieve("/v1/disputes", "dispute"),
    Route("POST", "/v1/disputes/{id}/close", close_dispute, "dispute_close"),
    index(
        "/v1/balance_transactions", "balance_transaction", "balance_transaction_list"
    ),
    retrieve("/v1/balance_transactions", "balance_transaction"),
]
