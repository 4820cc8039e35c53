"""Customers, their cards and tax ids, setup intents."""

from billing.fakestripe.engine import cards, lifecycle
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
from billing.fakestripe.shapes import fresh, listing
from billing.fakestripe.store import Obj

FIELDS = (
    "address", "description", "email", "name", "phone", "preferred_locales", "shipping",
    "tax_exempt", "balance", "invoice_prefix", "next_invoice_sequence", "test_clock",
)  # fmt: skip


def _write(call: Call, customer: Obj) -> None:
    update(customer, call.params, FIELDS)
    settings = call.params.get("invoice_settings") or {}
    customer["invoice_settings"].update(
        {name: None if value == "" else value for name, value in settings.items()}
    )


def _attach_given(call: Call, customer: Obj) -> None:
    if token := call.params.get("payment_method"):
        cards.attach(call.store, _method(call, token), customer, default=False)


def create(call: Call) -> Obj:
    if clock := call.params.get("test_clock"):
        call.store.get("test_helpers.test_clock", clock, "test_clock")
    created = call.store.now(call.params.get("test_clock"))
    customer = fresh(call.store, "customer", created=created)
    customer["invoice_prefix"] = call.store.random(8).upper()
    _write(call, customer)
    call.store.put("customer", customer)
    emit(call.store, "customer.created", customer)
    _attach_given(call, customer)
    return customer


def retrieve_customer(call: Call) -> Obj:
    return call.store.get("customer", call.id)


def alive(call: Call, customer_id: str, param: str = "id") -> Obj:
    """The customer, unless deleted."""
    customer = call.store.get("customer", customer_id, param)
    if customer.get("deleted"):
        raise StripeError(
            f"No such customer: '{customer_id}'",
            status=404,
            code="resource_missing",
            param=param,
        )
    return customer


def update_customer(call: Call) -> Obj:
    customer = alive(call, call.id)
    change = Change(call.store, "customer.updated", customer)
    _write(call, customer)
    default = customer["invoice_settings"]["default_payment_method"]
    if (
        default
        and call.store.get("payment_method", default)["customer"] != customer["id"]
    ):
        raise StripeError("The customer does not have a payment method with that ID.")
    change.emit()
    _attach_given(call, customer)
    return customer


def delete(call: Call) -> Obj:
    """Ends every subscription, detaches cards; later retrieves answer `deleted: true`."""
    customer = alive(call, call.id)
    now = call.store.now(clock_of(call.store, customer))
    for row in call.store.all("subscription", customer=call.id):
        if row["status"] not in lifecycle.ENDED:
            lifecycle.end(call.store, row, now)
    emit(call.store, "customer.deleted", customer)
    for method in call.store.all("payment_method", customer=call.id):
        method["customer"] = None
        emit(call.store, "payment_method.detached", method, {"customer": call.id})
    gone = {"id": call.id, "object": "customer", "deleted": True}
    call.store.put("customer", dict(gone))
    return gone


def list_customers(call: Call) -> Obj:
    rows = [row for row in call.store.all("customer") if not row.get("deleted")]
    for name in ("email", "test_clock"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    return page(call, rows, "/v1/customers")


def _method(call: Call, token: str) -> Obj:
    found = call.store.find("payment_method", token)
    if found:
        return found
    if token.startswith(("pm_card_", "tok_")):
        return cards.create(call.store, cards.number_of(token))
    raise StripeError(
        f"No such PaymentMethod: '{token}'", status=404, code="resource_missing",
        param="payment_method",
    )  # fmt: skip


def create_method(call: Call) -> Obj:
    card = call.params.get("card") or {}
    number = card.get("number") or cards.number_of(card.get("token", "tok_visa"))
    details = call.params.get("billing_details") or {}
    wanted = {
        name: details[name] for name in ("email", "name", "phone") if details.get(name)
    }
    return cards.create(call.store, number, **wanted)


def attach(call: Call) -> Obj:
    customer = alive(call, call.params.get("customer", ""), "customer")
    method = _method(call, call.id)
    if cards.CARDS[method["_number"]].outcome in {"generic_decline"} and (
        method["_number"] != cards.ATTACHABLE_DECLINE
    ):
        raise cards.decline("generic_decline")
    return cards.attach(call.store, method, customer)


def detach(call: Call) -> Obj:
    method = call.store.get("payment_method", call.id)
    customer = call.store.find("customer", method["customer"])
    if customer is None:
        raise StripeError("The payment method is not attached to a customer.")
    method["customer"] = None
    if customer["invoice_settings"]["default_payment_method"] == call.id:
        customer["invoice_settings"]["default_payment_method"] = None
    emit(call.store, "payment_method.detached", method, {"customer": customer["id"]})
    return method


def update_method(call: Call) -> Obj:
    method = call.store.get("payment_method", call.id)
    change = Change(call.store, "payment_method.updated", method)
    update(method, call.params, ("allow_redisplay",))
    method["billing_details"].update(call.params.get("billing_details") or {})
    change.emit()
    return method


def customer_methods(call: Call) -> Obj:
    rows = call.store.all("payment_method", customer=alive(call, call.id)["id"])
    return page(call, rows, f"/v1/customers/{call.id}/payment_methods")


def customer_method(call: Call) -> Obj:
    return call.store.get("payment_method", call.ids[1])


def sources(call: Call) -> Obj:
    return listing([], f"/v1/customers/{alive(call, call.id)['id']}/sources")


def create_tax_id(call: Call) -> Obj:
    made = fresh(call.store, "tax_id", customer=alive(call, call.id)["id"])
    made.update(type=call.params["type"], value=call.params["value"])
    made["country"] = call.params["type"][:2].upper()
    made["owner"] = {"customer": call.id, "customer_account": None, "type": "customer"}
    emit(call.store, "customer.tax_id.created", call.store.put("tax_id", made))
    return made


def tax_ids(call: Call) -> Obj:
    rows = call.store.all("tax_id", customer=alive(call, call.id)["id"])
    return page(call, rows, f"/v1/customers/{call.id}/tax_ids")


def delete_tax_id(call: Call) -> Obj:
    made = call.store.get("tax_id", call.ids[1])
    call.store.remove("tax_id", made["id"])
    emit(call.store, "customer.tax_id.deleted", made)
    return {"id": made["id"], "object": "tax_id", "deleted": True}


def create_setup_intent(call: Call) -> Obj:
    """Confirmed at once when a card is given, as tests do; otherwise it waits."""
    made = fresh(call.store, "setup_intent", customer=call.params.get("customer"))
    made.update(client_secret=f"{made['id']}_secret_{call.store.random(25)}")
    update(made, call.params, ("description", "usage"))
    call.store.put("setup_intent", made)
    emit(call.store, "setup_intent.created", made)
    if token := call.params.get("payment_method"):
        method = _method(call, token)
        made["payment_method"] = method["id"]
        made["status"] = "requires_confirmation"
        if call.params.get("confirm"):
            made["status"] = "succeeded"
            if made["customer"]:
                cards.attach(
                    call.store, method, alive(call, made["customer"], "customer")
                )
            emit(call.store, "setup_intent.succeeded", made)
    return made


ROUTES = [
    Route("POST", "/v1/customers", create, "customer_create"),
    Route("GET", "/v1/customers", list_customers, "customer_list"),
    Route("GET", "/v1/customers/{id}", retrieve_customer),
    Route("POST", "/v1/customers/{id}", update_customer, "customer_update"),
    Route("DELETE", "/v1/customers/{id}", delete),
    Route(
        "GET", "/v1/customers/{id}/payment_methods", customer_methods,
        "customer_list_payment_methods",
    ),
    Route("GET", "/v1/customers/{id}/payment_methods/{pm}", customer_method),
    Route("GET", "/v1/customers/{id}/sources", sources, "customer_list_sources"),
    Route("GET", "/v1/customers/{id}/tax_ids", tax_ids, "customer_list_tax_ids"),
    Route("POST", "/v1/customers/{id}/tax_ids", create_tax_id, "customer_create_tax_id"),
    Route("DELETE", "/v1/customers/{id}/tax_ids/{tax}", delete_tax_id),
    Route("POST", "/v1/payment_methods", create_method, "payment_method_create"),
    index("/v1/payment_methods", "payment_method", "payment_method_list"),
    retrieve("/v1/payment_methods", "payment_method"),
    Route("POST", "/v1/payment_methods/{id}", update_method, "payment_method_update"),
    Route("POST", "/v1/payment_methods/{id}/attach", attach, "payment_method_attach"),
    Route("POST", "/v1/payment_methods/{id}/detach", detach, "payment_method_detach"),
    Route("POST", "/v1/setup_intents", create_setup_intent, "setup_intent_create"),
    index("/v1/setup_intents", "setup_intent", "setup_intent_list"),
    retrieve("/v1/setup_intents", "setup_intent"),
]  # fmt: skip
