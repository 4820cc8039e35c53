"""The account itself, events, webhook endpoints, test clocks, entitlements."""

from billing.fakestripe.engine import lifecycle, timeline
from billing.fakestripe.engine.events import API_VERSION
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.routing import (
    Call,
    Route,
    index,
    page,
    retrieve,
    update,
)
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj


def account(call: Call) -> Obj:
    return call.store.all("account")[0]


def connected(call: Call) -> Obj:
    return page(call, [], "/v1/accounts")


def list_events(call: Call) -> Obj:
    data = call.params
    kinds = set(data.get("types") or ([data["type"]] if "type" in data else []))
    rows = [
        row
        for row in call.store.all("event")
        if not kinds or _matches(row["type"], kinds)
    ]
    if "delivery_success" in data:
        open_ids = {
            row["event"]
            for row in call.store.deliveries
            if row["status"] not in {"delivered", "dropped"}
        }
        rows = [
            row
            for row in rows
            if (row["id"] not in open_ids) == data["delivery_success"]
        ]
    return page(call, rows, "/v1/events")


def _matches(kind: str, wanted: set[str]) -> bool:
    return any(
        kind == name or (name.endswith(".*") and kind.startswith(name[:-1]))
        for name in wanted
    )


def create_endpoint(call: Call) -> Obj:
    """The answer alone carries the secret, as in Stripe."""
    made = fresh(call.store, "webhook_endpoint", url=call.params["url"])
    made.update(
        enabled_events=call.params["enabled_events"],
        api_version=call.params.get("api_version") or API_VERSION,
        _secret=f"whsec_{call.store.random(32)}",
    )
    update(made, call.params, ("description",))
    call.store.put("webhook_endpoint", made)
    return {**made, "secret": made["_secret"]}


def update_endpoint(call: Call) -> Obj:
    made = call.store.get("webhook_endpoint", call.id)
    update(made, call.params, ("url", "enabled_events", "description"))
    if "disabled" in call.params:
        made["status"] = "disabled" if call.params["disabled"] else "enabled"
    return made


def delete_endpoint(call: Call) -> Obj:
    call.store.get("webhook_endpoint", call.id)
    call.store.remove("webhook_endpoint", call.id)
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}


def create_clock(call: Call) -> Obj:
    frozen = call.params["frozen_time"]
    made = fresh(call.store, "test_helpers.test_clock", frozen_time=frozen)
    made.update(
        name=call.params.get("name"), deletes_after=made["created"] + 30 * 86400
    )
    return call.store.put("test_helpers.test_clock", made)


def advance_clock(call: Call) -> Obj:
    """Done when it answers (status `ready`); Stripe takes a while (`advancing`)."""
    made = call.store.get("test_helpers.test_clock", call.id)
    if call.params["frozen_time"] <= made["frozen_time"]:
        raise StripeError(
            "The `frozen_time` must be after the test clock's current one.",
            param="frozen_time",
        )
    timeline.advance(call.store, call.id, call.params["frozen_time"])
    return made


def delete_clock(call: Call) -> Obj:
    """Takes the clock's customers and their subscriptions with it."""
    call.store.get("test_helpers.test_clock", call.id)
    for customer in call.store.all("customer", test_clock=call.id):
        for row in call.store.all("subscription", customer=customer["id"]):
            if row["status"] not in lifecycle.ENDED:
                lifecycle.end(call.store, row, call.store.now(call.id))
        gone = {"id": customer["id"], "object": "customer", "deleted": True}
        call.store.put("customer", gone)
    call.store.remove("test_helpers.test_clock", call.id)
    return {"id": call.id, "object": "test_helpers.test_clock", "deleted": True}


CLOCKS = "/v1/test_helpers/test_clocks"
ROUTES = [
    Route("GET", "/v1/account", account),
    # Connected accounts: none.
    Route("GET", "/v1/accounts", connected, "account_list"),
    Route("GET", "/v1/accounts/{id}", account),
    Route("GET", "/v1/events", list_events, "event_list"),
    retrieve("/v1/events", "event"),
    Route("POST", "/v1/webhook_endpoints", create_endpoint, "webhook_endpoint_create"),
    index("/v1/webhook_endpoints", "webhook_endpoint", "webhook_endpoint_list"),
    retrieve("/v1/webhook_endpoints", "webhook_endpoint"),
    Route(
        "POST", "/v1/webhook_endpoints/{id}", update_endpoint, "webhook_endpoint_update"
    ),
    Route("DELETE", "/v1/webhook_endpoints/{id}", delete_endpoint),
    Route("POST", CLOCKS, create_clock, "test_helpers.test_clock_create"),
    index(CLOCKS, "test_helpers.test_clock", "test_helpers.test_clock_list"),
    retrieve(CLOCKS, "test_helpers.test_clock"),
    Route(
        "POST",
        CLOCKS + "/{id}/advance",
        advance_clock,
        "test_helpers.test_clock_advance",
    ),
    Route("DELETE", CLOCKS + "/{id}", delete_clock),
    index(
        "/v1/entitlements/active_entitlements",
        "entitlements.active_entitlement",
        "entitlements.active_entitlement_list",
    ),
]
