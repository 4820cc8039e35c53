"""Checkout sessions: create, read, expire. Finishing one is `engine.checkout`."""

from billing.fakestripe.engine import checkout, discounts, setups, timeline
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources import catalog
from billing.fakestripe.resources.customers import alive
from billing.fakestripe.resources.routing import Call, Route, page, retrieve, update
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj

DAY = 86400
# what a mode does not take
FOREIGN = {
    "payment": ("subscription_data", "setup_intent_data"),
    "subscription": ("payment_intent_data", "setup_intent_data", "invoice_creation"),
    "setup": (
        "subscription_data", "payment_intent_data", "line_items", "discounts",
        "allow_promotion_codes", "invoice_creation",
    ),
}  # fmt: skip
COPIED = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id",
    "customer", "customer_email", "locale", "payment_method_collection", "success_url",
    "submit_type", "tax_id_collection", "custom_fields",
)  # fmt: skip


def create(call: Call) -> Obj:
    data, store = call.params, call.store
    _check(call)
    mode = data["mode"]
    session = fresh(store, "checkout.session", mode=mode, payment_status="unpaid")
    update(session, data, COPIED)
    session.update(
        expires_at=data.get("expires_at", session["created"] + DAY),
        metadata=data.get("metadata") or {},
        customer_creation=_creation(data),
        customer_details=_details(call),
        discounts=discounts.given(store, data.get("discounts")),
        url=f"{store.public_url}/c/pay/{session['id']}",
        _items=[
            _item(call, row, index)
            for index, row in enumerate(data.get("line_items") or [])
        ],
        _subscription_data=data.get("subscription_data") or {},
        _payment_intent_data=data.get("payment_intent_data") or {},
        _tax_rates=_tax_rates(call),
        _trial_end_in=_trial(call),
    )
    session["automatic_tax"]["enabled"] = (data.get("automatic_tax") or {}).get(
        "enabled", False
    )
    session["payment_method_collection"] = data.get(
        "payment_method_collection", "always"
    )
    session["invoice_creation"].update(data.get("invoice_creation") or {})
    if mode == "setup":
        _prepare_setup(call, session)
    else:
        first = store.get("price", session["_items"][0]["price"])
        session["currency"] = first["currency"]
        _check_prices(call, session)
        checkout.price_lines(store, session)
    return store.put("checkout.session", session)


def _prepare_setup(call: Call, session: Obj) -> None:
    made = setups.intent(
        call.store, session, call.params.get("setup_intent_data") or {}
    )
    session.update(
        setup_intent=made["id"],
        currency=call.params.get("currency"),
        payment_status="no_payment_required",
        payment_method_collection=None,
        _line_items=[],
    )


def _creation(data: Obj) -> str | None:
    if data.get("customer"):
        return None
    default = "always" if data["mode"] == "subscription" else "if_required"
    return str(data.get("customer_creation", default))


def _check(call: Call) -> None:
    data = call.params
    needed = ("mode",) if data.get("mode") == "setup" else ("mode", "line_items")
    for name in needed:
        if not data.get(name):
            raise StripeError(
                f"Missing required param: {name}.", code="parameter_missing", param=name
            )
    if data.get("ui_mode", "hosted_page") == "hosted_page" and not data.get(
        "success_url"
    ):
        raise StripeError(
            "Missing required param: success_url.",
            code="parameter_missing",
            param="success_url",
        )
    if data.get("customer") and data.get("customer_email"):
        raise StripeError(
            "You may only specify one of these parameters: customer, customer_email."
        )
    if data.get("discounts") and data.get("allow_promotion_codes"):
        raise StripeError(
            "You may only specify one of these parameters: allow_promotion_codes, discounts."
        )
    _check_mode_data(data)


def _check_mode_data(data: Obj) -> None:
    mode = data["mode"]
    for name in FOREIGN[mode]:
        if data.get(name):
            raise StripeError(
                f"You can not pass `{name}` in `{mode}` mode.", param=name
            )
    if mode == "setup" and not (
        data.get("currency") or data.get("payment_method_types")
    ):
        raise StripeError(
            "Missing required param: currency.",
            code="parameter_missing",
            param="currency",
        )


def _item(call: Call, row: Obj, position: int) -> Obj:
    if "price_data" in row:
        inline = Call(call.store, dict(row["price_data"]))
        price = catalog.create_price(inline)
        price["active"] = False
    else:
        param = f"line_items[{position}][price]"
        price = call.store.get("price", row.get("price"), param)
        if not price["active"]:
            raise StripeError(
                f"The price specified is inactive. This field only accepts active prices: "
                f"{price['id']}",
                param=param,
            )
    return {"price": price["id"], "quantity": row.get("quantity", 1)}


def _check_prices(call: Call, session: Obj) -> None:
    prices = [call.store.get("price", row["price"]) for row in session["_items"]]
    recurring = [price for price in prices if price["recurring"]]
    if session["mode"] == "payment" and recurring:
        raise StripeError(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices."
        )
    if session["mode"] == "subscription" and not recurring:
        raise StripeError(
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices."
        )
    if len({price["currency"] for price in prices}) > 1:
        raise StripeError(
            "All prices on a Checkout Session must have the same currency."
        )


def _details(call: Call) -> Obj | None:
    if customer_id := call.params.get("customer"):
        customer = alive(call, customer_id, "customer")
        return {"email": customer["email"], "name": customer["name"]}
    if email := call.params.get("customer_email"):
        return {"email": email, "name": None}
    return None


def _tax_rates(call: Call) -> list[str]:
    data = call.params
    found = list((data.get("subscription_data") or {}).get("default_tax_rates") or [])
    for row in data.get("line_items") or []:
        found += row.get("tax_rates") or []
    for rate in found:
        call.store.get("tax_rate", rate, "tax_rates")
    return list(dict.fromkeys(found))


def _trial(call: Call) -> int | None:
    """Seconds of trial, or None."""
    data = call.params.get("subscription_data") or {}
    if "trial_period_days" in data:
        return int(data["trial_period_days"]) * DAY
    if "trial_end" in data:
        return int(data["trial_end"]) - call.store.now()
    return None


def list_sessions(call: Call) -> Obj:
    names = ("customer", "payment_intent", "status", "subscription")
    wanted = {name: call.params[name] for name in names if name in call.params}
    rows = call.store.all("checkout.session", **wanted)
    if "customer_details" in call.params:
        email = call.params["customer_details"]["email"]
        rows = [
            row for row in rows if (row["customer_details"] or {}).get("email") == email
        ]
    return page(call, rows, "/v1/checkout/sessions")


def update_session(call: Call) -> Obj:
    session = call.store.get("checkout.session", call.id)
    update(session, call.params, ())
    return session


def expire(call: Call) -> Obj:
    session = call.store.get("checkout.session", call.id)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
        )
    timeline.expire_session(call.store, session)
    return session


def line_items(call: Call) -> Obj:
    session = call.store.get("checkout.session", call.id)
    rows = list(reversed(session["_line_items"]))
    return page(call, rows, f"/v1/checkout/sessions/{call.id}/line_items")


PATH = "/v1/checkout/sessions"
ROUTES = [
    Route("POST", PATH, create, "checkout.session_create"),
    Route("GET", PATH, list_sessions, "checkout.session_list"),
    retrieve(PATH, "checkout.session"),
    Route("POST", PATH + "/{id}", update_session, "checkout.session_update"),
    Route("POST", PATH + "/{id}/expire", expire, "checkout.session_expire"),
    Route(
        "GET", PATH + "/{id}/line_items", line_items, "checkout.session_list_line_items"
    ),
]
