"""Customer portal: sessions and configurations."""

from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.customers import alive
from billing.fakestripe.resources.routing import Call, Route, index, retrieve, update
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


def default_configuration(store: Store) -> Obj:
    for row in store.all("billing_portal.configuration", is_default=True):
        return row
    made = fresh(store, "billing_portal.configuration", is_default=True)
    made["updated"] = made["created"]
    return store.put("billing_portal.configuration", made)


def create_session(call: Call) -> Obj:
    data, store = call.params, call.store
    customer = alive(call, data.get("customer", ""), "customer")
    chosen = data.get("configuration") or default_configuration(store)["id"]
    configuration = store.get("billing_portal.configuration", chosen, "configuration")
    if not configuration["active"]:
        raise StripeError("This configuration is not active.", param="configuration")
    session = fresh(store, "billing_portal.session", customer=customer["id"])
    session.update(
        configuration=chosen,
        locale=data.get("locale"),
        return_url=data.get("return_url") or configuration["default_return_url"],
        flow=data.get("flow_data"),
        url=f"{store.public_url}/p/session/{session['id']}",
    )
    return store.put("billing_portal.session", session)


def _merge(target: Obj, given: Obj) -> None:
    for name, value in given.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = None if value == "" else value


def _write(configuration: Obj, call: Call) -> Obj:
    update(configuration, call.params, ("active", "default_return_url", "name"))
    _merge(configuration["features"], call.params.get("features") or {})
    _merge(configuration["business_profile"], call.params.get("business_profile") or {})
    configuration["updated"] = call.store.now()
    return configuration


def create_configuration(call: Call) -> Obj:
    made = fresh(call.store, "billing_portal.configuration", is_default=False)
    _write(made, call)
    return call.store.put("billing_portal.configuration", made)


def update_configuration(call: Call) -> Obj:
    return _write(call.store.get("billing_portal.configuration", call.id), call)


PATH = "/v1/billing_portal/configurations"
ROUTES = [
    Route(
        "POST",
        "/v1/billing_portal/sessions",
        create_session,
        "billing_portal.session_create",
    ),
    Route("POST", PATH, create_configuration, "billing_portal.configuration_create"),
    index(PATH, "billing_portal.configuration", "billing_portal.configuration_list"),
    retrieve(PATH, "billing_portal.configuration"),
    Route(
        "POST",
        PATH + "/{id}",
        update_configuration,
        "billing_portal.configuration_update",
    ),
]
