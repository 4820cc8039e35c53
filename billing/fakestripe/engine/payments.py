"""Payment intents, charges, refunds and disputes."""

from dataclasses import dataclass, field

from billing.fakestripe.engine import cards
from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


@dataclass
class Payment:
    """What is to be paid. amount: minor units; first: the card's first charge; present: so
    is the customer, who can answer the bank."""

    customer: str | None
    amount: int
    currency: str
    method: Obj
    description: str | None = None
    first: bool = True
    present: bool = False
    authenticated: bool = False
    metadata: Obj = field(default_factory=dict)


def intent(store: Store, payment: Payment) -> Obj:
    """A payment intent that waits for its charge; emits payment_intent.created."""
    made = fresh(
        store, "payment_intent", amount=payment.amount, currency=payment.currency
    )
    made.update(
        amount_received=0,
        customer=payment.customer,
        description=payment.description,
        metadata=dict(payment.metadata),
        payment_method=None,
        latest_charge=None,
        status="requires_payment_method",
        client_secret=f"{made['id']}_secret_{store.random(25)}",
    )
    store.put("payment_intent", made)
    emit(store, "payment_intent.created", made)
    return made


def attempt(store: Store, made: Obj, payment: Payment) -> StripeError | None:
    """Charge the card for the intent. None when paid; the decline otherwise (already recorded).

    A card that wants 3-D Secure leaves the intent `requires_action` and returns
    authentication_required.
    """
    made["payment_method"] = payment.method["id"]
    result = cards.outcome(
        store, payment.method, customer=payment.customer, first=payment.first
    )
    if result == "3ds" and payment.authenticated:
        result = "ok"
    if result == "3ds" and (payment.first or payment.present):
        return _ask_authentication(store, made)
    if result == "ok":
        _succeed(store, made, payment)
        return None
    reason = "authentication_required" if result == "3ds" else result
    return _fail(store, made, payment, reason)


def _ask_authentication(store: Store, made: Obj) -> StripeError:
    made["status"] = "requires_action"
    made["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {
            "return_url": None,
            "url": f"{store.public_url}/3ds/{made['id']}",
        },
    }
    emit(store, "payment_intent.requires_action", made)
    return cards.decline("authentication_required", payment_intent=made)


def _charge(store: Store, made: Obj, payment: Payment) -> Obj:
    card = payment.method["card"]
    charge = fresh(store, "charge", amount=payment.amount, currency=payment.currency)
    charge.update(
        amount_captured=payment.amount,
        customer=payment.customer,
        description=payment.description,
        metadata=dict(payment.metadata),
        payment_intent=made["id"],
        payment_method=payment.method["id"],
        billing_details=payment.method["billing_details"],
        receipt_url=f"{store.public_url}/receipts/{charge['id']}",
        balance_transaction=None,
    )
    details = charge["payment_method_details"]["card"]
    details.update(
        {
            name: card[name]
            for name in ("brand", "country", "exp_month", "exp_year", "last4")
        }
    )
    details.update(
        amount_authorized=payment.amount,
        network=card["brand"],
        fingerprint=card["fingerprint"],
    )
    details["overcapture"]["maximum_amount_capturable"] = payment.amount
    return store.put("charge", charge)


def _succeed(store: Store, made: Obj, payment: Payment) -> None:
    charge = _charge(store, made, payment)
    entry = balance_entry(
        store, charge["id"], payment.amount, payment.currency, "charge"
    )
    charge["balance_transaction"] = entry["id"]
    made.update(
        status="succeeded",
        amount_received=payment.amount,
        latest_charge=charge["id"],
        next_action=None,
        last_payment_error=None,
    )
    emit(store, "charge.succeeded", charge)
    emit(store, "payment_intent.succeeded", made)


def _fail(store: Store, made: Obj, payment: Payment, reason: str) -> StripeError:
    charge = _charge(store, made, payment)
    error = cards.decline(reason, charge=charge["id"], payment_intent=made)
    charge.update(
        status="failed",
        paid=False,
        captured=False,
        amount_captured=0,
        receipt_url=None,
        failure_code=error.body["code"],
        failure_message=error.body["message"],
    )
    charge["outcome"].update(
        network_status="declined_by_network",
        reason=reason,
        type="issuer_declined",
        seller_message="The bank did not return any further details with this decline.",
    )
    made.update(
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charge["id"],
        last_payment_error={
            **{
                key: value
                for key, value in error.body.items()
                if key != "payment_intent"
            },
            "payment_method": payment.method,
        },
    )
    emit(store, "charge.failed", charge)
    emit(store, "payment_intent.payment_failed", made)
    return error


def balance_entry(
    store: Store, source: str, amount: int, currency: str, kind: str
) -> Obj:
    entry = fresh(
        store, "balance_transaction", amount=amount, net=amount, currency=currency
    )
    entry.update(
        source=source, type=kind, reporting_category=kind, available_on=store.now()
    )
    entry["description"] = None
    return store.put("balance_transaction", entry)


def refund(
    store: Store,
    charge: Obj,
    amount: int | None = None,
    reason: str | None = None,
    metadata: Obj | None = None,
) -> Obj:
    """Give back amount (minor units; the rest if None). Emits as Stripe: refund.created, charge.refunded."""
    rest = charge["amount_captured"] - charge["amount_refunded"]
    value = rest if amount is None else amount
    if rest <= 0:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if not 0 < value <= rest:
        raise StripeError(
            f"Refund amount ({value}) is greater than unrefunded amount on charge ({rest})",
            param="amount",
        )
    made = fresh(
        store, "refund", amount=value, currency=charge["currency"], charge=charge["id"]
    )
    entry = balance_entry(store, made["id"], -value, charge["currency"], "refund")
    made.update(
        balance_transaction=entry["id"],
        customer=charge["customer"],
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=reason,
        metadata=metadata or {},
    )
    store.put("refund", made)
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += value
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    emit(store, "refund.created", made)
    emit(store, "charge.refunded", charge, before)
    emit(store, "refund.updated", made, {"status": "pending"})
    return made


def dispute(store: Store, charge: Obj) -> Obj:
    """The cardholder complains: charge.dispute.created."""
    made = fresh(store, "dispute", charge=charge["id"], amount=charge["amount"])
    made.update(
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        balance_transactions=[],
    )
    made["evidence_details"]["due_by"] = store.now() + 14 * 86400
    store.put("dispute", made)
    change = Change(store, "charge.updated", charge)
    charge["disputed"] = True
    change.emit()
    emit(store, "charge.dispute.created", made)
    emit(store, "charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(store: Store, made: Obj, *, won: bool) -> Obj:
    before = {"status": made["status"]}
    made["status"] = "won" if won else "lost"
    if won:
        emit(store, "charge.dispute.funds_reinstated", made)
    emit(store, "charge.dispute.closed", made, before)
    return made
