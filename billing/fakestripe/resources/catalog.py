"""Products, prices, tax rates, coupons and promotion codes."""

from decimal import Decimal

from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.routing import (
    Call,
    Route,
    index,
    merge_metadata,
    page,
    retrieve,
    update,
)
from billing.fakestripe.shapes import fresh, listing
from billing.fakestripe.store import Obj, Store

PRODUCT_FIELDS = (
    "active", "description", "images", "marketing_features", "name", "shippable",
    "statement_descriptor", "tax_code", "unit_label", "url", "default_price",
)  # fmt: skip
PRICE_FIELDS = ("active", "nickname", "tax_behavior", "lookup_key")


def create_product(call: Call) -> Obj:
    data = call.params
    product = fresh(
        call.store, "product", id=data.get("id") or call.store.new_id("prod")
    )
    if call.store.find("product", product["id"]):
        raise StripeError("Product already exists.", code="resource_already_exists")
    update(product, data, PRODUCT_FIELDS)
    product["updated"] = product["created"]
    call.store.put("product", product)
    emit(call.store, "product.created", product)
    if "default_price_data" in data:
        price = make_price(
            call.store, {**data["default_price_data"], "product": product["id"]}
        )
        product["default_price"] = price["id"]
    return product


def update_product(call: Call) -> Obj:
    product = call.store.get("product", call.id)
    change = Change(call.store, "product.updated", product)
    update(product, call.params, PRODUCT_FIELDS)
    product["updated"] = call.store.now()
    change.emit()
    return product


def delete_product(call: Call) -> Obj:
    product = call.store.get("product", call.id)
    if call.store.all("price", product=call.id):
        raise StripeError(
            "This product cannot be deleted because it has one or more user-created prices."
        )
    call.store.remove("product", call.id)
    emit(call.store, "product.deleted", product)
    return {"id": call.id, "object": "product", "deleted": True}


def list_products(call: Call) -> Obj:
    rows = call.store.all("product")
    if "active" in call.params:
        rows = [row for row in rows if row["active"] == call.params["active"]]
    if "ids" in call.params:
        rows = [row for row in rows if row["id"] in call.params["ids"]]
    return page(call, rows, "/v1/products")


def product_features(call: Call) -> Obj:
    call.store.get("product", call.id)
    return listing([], f"/v1/products/{call.id}/features")


def make_price(store: Store, data: Obj) -> Obj:
    """A price for an existing product; amounts in minor units, emits price.created."""
    amount = str(data.get("unit_amount_decimal", data.get("unit_amount", "")))
    if not amount:
        raise StripeError(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
            param="unit_amount",
        )
    whole = Decimal(amount)
    price = fresh(
        store, "price", currency=data["currency"].lower(), product=data["product"]
    )
    price.update(
        id=data.get("id") or price["id"],
        unit_amount=int(whole) if whole == whole.to_integral_value() else None,
        unit_amount_decimal=amount,
        metadata=data.get("metadata") or {},
        _currency_options=data.get("currency_options") or {},
    )
    for name in PRICE_FIELDS:
        price[name] = data.get(name, price[name])
    if "recurring" in data:
        recurring = {"interval_count": 1, "meter": None, "usage_type": "licensed"}
        price.update(type="recurring", recurring={**recurring, **data["recurring"]})
        price["recurring"].pop("trial_period_days", None)
    store.put("price", price)
    emit(store, "price.created", price)
    return price


def create_price(call: Call) -> Obj:
    data = dict(call.params)
    if "product_data" in data:
        product = fresh(call.store, "product")
        update(product, data.pop("product_data"), PRODUCT_FIELDS)
        call.store.put("product", product)
        emit(call.store, "product.created", product)
        data["product"] = product["id"]
    call.store.get("product", data.get("product"), "product")
    _free_lookup_key(call, data)
    return make_price(call.store, data)


def _free_lookup_key(call: Call, data: Obj) -> None:
    key = data.get("lookup_key")
    for row in call.store.all("price", lookup_key=key) if key else []:
        if not data.get("transfer_lookup_key"):
            raise StripeError(
                f"A price (`{row['id']}`) already uses that lookup key.",
                param="lookup_key",
            )
        row["lookup_key"] = None


def update_price(call: Call) -> Obj:
    price = call.store.get("price", call.id)
    change = Change(call.store, "price.updated", price)
    update(price, call.params, PRICE_FIELDS)
    change.emit()
    return price


def list_prices(call: Call) -> Obj:
    data = dict(call.params)
    keys, recurring = data.pop("lookup_keys", None), data.pop("recurring", {})
    rows = [
        row
        for row in call.store.all("price")
        if all(row[name] == data[name] for name in ("active", "currency", "product", "type") if name in data)
        and (keys is None or row["lookup_key"] in keys)
        and all((row["recurring"] or {}).get(name) == value for name, value in recurring.items())
    ]  # fmt: skip
    return page(call, rows, "/v1/prices")


def create_tax_rate(call: Call) -> Obj:
    rate = fresh(call.store, "tax_rate")
    rate.update({key: value for key, value in call.params.items() if key != "expand"})
    rate["effective_percentage"] = rate["percentage"]
    rate["metadata"] = rate["metadata"] or {}
    emit(call.store, "tax_rate.created", call.store.put("tax_rate", rate))
    return rate


def update_tax_rate(call: Call) -> Obj:
    rate = call.store.get("tax_rate", call.id)
    change = Change(call.store, "tax_rate.updated", rate)
    names = (
        "active",
        "display_name",
        "description",
        "country",
        "jurisdiction",
        "state",
    )
    update(rate, call.params, names)
    change.emit()
    return rate


def create_coupon(call: Call) -> Obj:
    data = {
        key: value
        for key, value in call.params.items()
        if key not in {"expand", "metadata"}
    }
    if ("percent_off" in data) == ("amount_off" in data):
        raise StripeError("You must pass either `percent_off` or `amount_off`.")
    if "amount_off" in data and "currency" not in data:
        raise StripeError(
            "You must pass `currency` when passing `amount_off`", param="currency"
        )
    coupon = fresh(call.store, "coupon", id=call.store.random(8))
    coupon.update(data)
    merge_metadata(coupon, call.params.get("metadata"))
    emit(call.store, "coupon.created", call.store.put("coupon", coupon))
    return coupon


def delete_coupon(call: Call) -> Obj:
    coupon = call.store.get("coupon", call.id)
    coupon["valid"] = False
    emit(call.store, "coupon.deleted", coupon)
    return {"id": call.id, "object": "coupon", "deleted": True}


def create_promotion_code(call: Call) -> Obj:
    data = call.params
    coupon = call.store.get(
        "coupon", data["promotion"].get("coupon"), "promotion[coupon]"
    )
    made = fresh(
        call.store,
        "promotion_code",
        code=data.get("code") or call.store.random(8).upper(),
    )
    made["promotion"] = {"coupon": coupon["id"], "type": "coupon"}
    update(made, data, ("active", "customer", "expires_at", "max_redemptions"))
    emit(call.store, "promotion_code.created", call.store.put("promotion_code", made))
    return made


def update_promotion_code(call: Call) -> Obj:
    made = call.store.get("promotion_code", call.id)
    change = Change(call.store, "promotion_code.updated", made)
    update(made, call.params, ("active",))
    change.emit()
    return made


ROUTES = [
    Route("POST", "/v1/products", create_product, "product_create"),
    Route("GET", "/v1/products", list_products, "product_list"),
    retrieve("/v1/products", "product"),
    Route("POST", "/v1/products/{id}", update_product, "product_update"),
    Route("DELETE", "/v1/products/{id}", delete_product),
    Route(
        "GET", "/v1/products/{id}/features", product_features, "product_list_features"
    ),
    Route("POST", "/v1/prices", create_price, "price_create"),
    Route("GET", "/v1/prices", list_prices, "price_list"),
    retrieve("/v1/prices", "price"),
    Route("POST", "/v1/prices/{id}", update_price, "price_update"),
    Route("POST", "/v1/tax_rates", create_tax_rate, "tax_rate_create"),
    index("/v1/tax_rates", "tax_rate", "tax_rate_list"),
    retrieve("/v1/tax_rates", "tax_rate"),
    Route("POST", "/v1/tax_rates/{id}", update_tax_rate, "tax_rate_update"),
    Route("POST", "/v1/coupons", create_coupon, "coupon_create"),
    index("/v1/coupons", "coupon", "coupon_list"),
    retrieve("/v1/coupons", "coupon"),
    Route("DELETE", "/v1/coupons/{id}", delete_coupon),
    Route(
        "POST", "/v1/promotion_codes", create_promotion_code, "promotion_code_create"
    ),
    index("/v1/promotion_codes", "promotion_code", "promotion_code_list"),
    retrieve("/v1/promotion_codes", "promotion_code"),
    Route(
        "POST",
        "/v1/promotion_codes/{id}",
        update_promotion_code,
        "promotion_code_update",
    ),
]
