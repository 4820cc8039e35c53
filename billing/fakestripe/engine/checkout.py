"""What happens when a customer finishes, or fails, a Checkout session."""

from dataclasses import dataclass

from billing.fakestripe.engine import (
    amounts,
    cards,
    discounts,
    invoicing,
    lifecycle,
    payments,
    setups,
)
from billing.fakestripe.engine.events import emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


@dataclass
class Form:
    """What the customer typed. later: a bank debit that settles days after (async)."""

    email: str
    name: str
    number: str
    authenticated: bool = False
    later: bool = False


def price_lines(store: Store, session: Obj) -> None:
    """Recompute the session's lines, discounts, taxes and totals."""
    now = store.now()
    lines = [
        amounts.line(
            store, store.get("price", row["price"]), row["quantity"], (now, now)
        )
        for row in session["_items"]
    ]
    _preview_discounts(store, session, lines)
    rates = [store.get("tax_rate", rate) for rate in session["_tax_rates"]]
    if session["automatic_tax"]["enabled"]:
        rates = [amounts.automatic_rate(store)]
    amounts.tax_lines(store, lines, rates)
    sums = amounts.totals(lines)
    if session["_trial_end_in"]:
        sums = {
            name: [] if isinstance(value, list) else 0 for name, value in sums.items()
        }
    session.update(amount_subtotal=sums["subtotal"], amount_total=sums["total"])
    session["total_details"] = {
        "amount_discount": sum(row["amount"] for row in sums["total_discount_amounts"]),
        "amount_shipping": 0,
        "amount_tax": sum(row["amount"] for row in sums["total_taxes"]),
        "_breakdown": _breakdown(store, sums),
    }
    session["_line_items"] = [
        _line_item(store, line, row)
        for line, row in zip(lines, session["_items"], strict=True)
    ]


def _breakdown(store: Store, sums: Obj) -> Obj:
    taxes = [
        {
            "amount": row["amount"],
            "rate": store.get("tax_rate", row["tax_rate_details"]["tax_rate"]),
            "taxability_reason": row["taxability_reason"],
            "taxable_amount": row["taxable_amount"],
        }
        for row in sums["total_taxes"]
    ]
    discounts_taken = [
        {"amount": row["amount"], "discount": None}
        for row in sums["total_discount_amounts"]
    ]
    return {"discounts": discounts_taken, "taxes": taxes}


def _preview_discounts(store: Store, session: Obj, lines: list[Obj]) -> None:
    rows = [
        {"id": "", "source": {"coupon": row["coupon"], "type": "coupon"}}
        for row in session["discounts"] or []
    ]
    amounts.discount_lines(store, lines, rows)


def _line_item(store: Store, line: Obj, row: Obj) -> Obj:
    price = store.get("price", row["price"])
    discount = sum(part["amount"] for part in line["discount_amounts"])
    exclusive = [
        tax["amount"] for tax in line["taxes"] if tax["tax_behavior"] == "exclusive"
    ]
    return {
        "id": line["id"].replace("il_", "li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": discount,
        "amount_subtotal": line["amount"],
        "amount_tax": sum(tax["amount"] for tax in line["taxes"]),
        "amount_total": line["amount"] - discount + sum(exclusive),
        "currency": line["currency"],
        "description": store.get("product", price["product"])["name"],
        "metadata": {},
        "price": price,
        "quantity": row["quantity"],
    }


def apply_code(store: Store, session: Obj, code: str) -> None:
    """Put a promotion code on an open session; StripeError if it does not exist."""
    row = discounts.promotion(store, code, currency=session["currency"])
    session["discounts"] = [
        {"coupon": row["promotion"]["coupon"], "promotion_code": row["id"]}
    ]
    price_lines(store, session)


def pay(store: Store, session: Obj, form: Form) -> StripeError | None:
    """Finish the session. None when done; otherwise what the customer must be told.

    A declined card leaves the session open and nothing bought, as in Stripe.
    """
    if session["status"] != "open":
        return StripeError("This session is no longer open.", code="session_closed")
    customer = store.find("customer", session["customer"])
    clock = customer["test_clock"] if customer else None
    with store.at(store.now(clock)):
        try:
            method = cards.create(store, form.number, email=form.email, name=form.name)
            FINISH[session["mode"]](store, session, form, method)
        except StripeError as error:
            return error
    return None


def _refuse(store: Store, session: Obj, form: Form, method: Obj) -> None:
    """Try the card on an intent of the session first: a decline must leave no subscription."""
    amount = session["amount_total"]
    probe = payments.Payment(
        customer=session["customer"],
        amount=amount,
        currency=session["currency"],
        method=method,
        authenticated=form.authenticated,
    )
    card = cards.CARDS[method["_number"]].outcome
    if not amount and method["_number"] == cards.ATTACHABLE_DECLINE:
        return
    planned = _planned(store, session["customer"])
    if not planned and card == "3ds" and not form.authenticated:
        raise cards.decline("authentication_required")
    if not planned and card in {"ok", "3ds"}:
        return
    made = payments.intent(store, probe)
    failure = payments.attempt(store, made, probe)
    if failure:
        raise failure


def _planned(store: Store, customer: str | None) -> bool:
    rules = store.settings["declines"]
    return any(rule.get("customer") in {None, customer} for rule in rules)


def _buyer(store: Store, session: Obj, form: Form, method: Obj) -> Obj:
    customer = store.find("customer", session["customer"])
    if customer is None:
        customer = fresh(store, "customer", email=form.email, name=form.name or None)
        customer["invoice_prefix"] = store.random(8).upper()
        customer["preferred_locales"] = [session["locale"]] if session["locale"] else []
        store.put("customer", customer)
        emit(store, "customer.created", customer)
        session["customer"] = customer["id"]
    cards.attach(store, method, customer, default=session["mode"] == "subscription")
    return customer


def _subscribe(store: Store, session: Obj, form: Form, method: Obj) -> None:
    _refuse(store, session, form, method)
    customer = _buyer(store, session, form, method)
    now = store.now()
    data = session["_subscription_data"]
    extra: Obj = {
        "metadata": data.get("metadata", {}),
        "description": data.get("description"),
        "automatic_tax": {**session["automatic_tax"], "disabled_reason": None},
    }
    for name in ("provider", "status"):
        extra["automatic_tax"].pop(name, None)
    if "trial_settings" in data:
        extra["trial_settings"] = data["trial_settings"]
    order = lifecycle.Order(
        customer=customer,
        items=[
            (store.get("price", row["price"]), row["quantity"])
            for row in session["_items"]
        ],
        method=method,
        trial_end=now + session["_trial_end_in"] if session["_trial_end_in"] else None,
        rates=[store.get("tax_rate", rate) for rate in session["_tax_rates"]],
        discounts=session["discounts"] or [],
        extra=extra,
        authenticated=True,
    )
    subscription, failure = lifecycle.start(store, order, now)
    if failure:
        raise failure
    session.update(
        subscription=subscription["id"], invoice=subscription["latest_invoice"]
    )
    _complete(store, session, form, customer, paid=True)


def _buy(store: Store, session: Obj, form: Form, method: Obj) -> None:
    _refuse(store, session, form, method)
    always = session["customer_creation"] == "always" or session["customer"] is not None
    customer = _buyer(store, session, form, method) if always else None
    data = session["_payment_intent_data"]
    payment = payments.Payment(
        customer=customer["id"] if customer else None,
        amount=session["amount_total"],
        currency=session["currency"],
        method=method,
        description=data.get("description"),
        authenticated=True,
        metadata=data.get("metadata", {}),
    )
    for row in session["discounts"] or []:
        discounts.redeem(store, row, customer=session["customer"], subscription=None)
    if payment.amount:
        _charge(store, session, form, payment)
    if session["invoice_creation"]["enabled"] and customer and not form.later:
        session["invoice"] = _receipt(store, session, customer)["id"]
    _complete(store, session, form, customer, paid=not form.later)


def _save(store: Store, session: Obj, form: Form, method: Obj) -> None:
    """Setup mode: the card is kept for later, nothing is bought."""
    made = store.get("setup_intent", session["setup_intent"])
    failure = setups.attempt(store, made, method, authenticated=form.authenticated)
    if failure:
        raise failure
    customer = None
    if session["customer"] or session["customer_creation"] == "always":
        customer = _buyer(store, session, form, method)
        made["customer"] = customer["id"]
    _complete(store, session, form, customer, paid=True)


FINISH = {"subscription": _subscribe, "payment": _buy, "setup": _save}


def _charge(store: Store, session: Obj, form: Form, payment: payments.Payment) -> None:
    made = payments.intent(store, payment)
    session["payment_intent"] = made["id"]
    if form.later:
        made.update(status="processing", payment_method=payment.method["id"])
        emit(store, "payment_intent.processing", made)
        return
    failure = payments.attempt(store, made, payment)
    if failure:
        raise failure


def _receipt(store: Store, session: Obj, customer: Obj) -> Obj:
    """The paid invoice of a one-off purchase (`invoice_creation`)."""
    now = store.now()
    invoice = invoicing.blank(store, customer, session["currency"], now)
    lines = []
    for row in session["_items"]:
        price = store.get("price", row["price"])
        lines.append(amounts.line(store, price, row["quantity"], (now, now)))
    _preview_discounts(store, session, lines)
    rates = [store.get("tax_rate", rate) for rate in session["_tax_rates"]]
    if session["automatic_tax"]["enabled"]:
        rates = [amounts.automatic_rate(store)]
    amounts.tax_lines(store, lines, rates)
    invoicing.fill(invoice, lines, customer)
    data = session["invoice_creation"]["invoice_data"] or {}
    invoice.update(billing_reason="manual", metadata=data.get("metadata") or {})
    invoicing.keep(store, invoice)
    invoicing.finalize(store, invoice, now)
    invoicing.settle(store, invoice, now, session["payment_intent"])
    return invoice


def _complete(
    store: Store, session: Obj, form: Form, customer: Obj | None, *, paid: bool
) -> None:
    free = not session["amount_total"]
    details = session["customer_details"] or {}
    session.update(
        status="complete",
        payment_status="no_payment_required" if free else "paid" if paid else "unpaid",
        url=None,
        customer_details={**details, **_details(form)},
    )
    emit(store, "checkout.session.completed", session)


def _details(form: Form) -> Obj:
    address = dict.fromkeys(
        ("city", "country", "line1", "line2", "postal_code", "state")
    )
    return {
        "address": address,
        "business_name": None,
        "email": form.email,
        "individual_name": form.name or None,
        "name": form.name or None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def settle(store: Store, session: Obj, *, succeeded: bool) -> None:
    """The delayed bank debit of a completed session arrives, or bounces."""
    made = store.get("payment_intent", session["payment_intent"])
    method = store.get("payment_method", made["payment_method"])
    payment = payments.Payment(
        customer=session["customer"],
        amount=made["amount"],
        currency=made["currency"],
        method=method,
        metadata=made["metadata"],
        authenticated=True,
    )
    if succeeded:
        payments.attempt(store, made, payment)
        session["payment_status"] = "paid"
        emit(store, "checkout.session.async_payment_succeeded", session)
        return
    made.update(status="requires_payment_method", payment_method=None)
    emit(store, "payment_intent.payment_failed", made)
    emit(store, "checkout.session.async_payment_failed", session)
