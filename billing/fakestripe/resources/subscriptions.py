"""Subscriptions and their items."""

import copy

from billing.fakestripe.engine import changes, discounts, lifecycle
from billing.fakestripe.engine.events import Change, clock_of, emit
from billing.fakestripe.errors import StripeError, card_error
from billing.fakestripe.resources.customers import alive
from billing.fakestripe.resources.routing import (
    Call,
    Route,
    page,
    retrieve,
    update,
)
from billing.fakestripe.store import Obj

DAY = 86400
# what may wait for a payment together with the items
PENDING = {
    "items", "payment_behavior", "proration_behavior", "proration_date", "expand", "metadata",
}  # fmt: skip
UPDATED = ("default_payment_method", "description", "trial_settings")


def create(call: Call) -> Obj:
    data, store = call.params, call.store
    customer = alive(call, data.get("customer", ""), "customer")
    with store.at(store.now(customer.get("test_clock"))):
        now = store.now()
        behavior = data.get("payment_behavior", "allow_incomplete")
        order = lifecycle.Order(
            customer=customer,
            items=_items(call),
            trial_end=_trial_end(data, now),
            rates=[
                store.get("tax_rate", rate)
                for rate in data.get("default_tax_rates") or []
            ],
            discounts=discounts.given(store, data.get("discounts")),
            extra=_extra(call),
            collect=behavior != "default_incomplete",
        )
        if order.trial_end is None and order.collect:
            _need_card(call, customer)
        subscription, failure = lifecycle.start(store, order, now)
    if failure and behavior == "error_if_incomplete":
        lifecycle.expire(store, subscription, now)
        raise _refusal(failure)
    return subscription


def _items(call: Call) -> list[tuple[Obj, int]]:
    found = []
    for position, row in enumerate(call.params.get("items") or []):
        price = call.store.get("price", row.get("price"), f"items[{position}][price]")
        if not price["recurring"]:
            raise StripeError(
                f"The price specified is set to `type=one_time` but this field only accepts "
                f"prices with `type=recurring`: {price['id']}",
                param=f"items[{position}][price]",
            )
        found.append((price, row.get("quantity", 1)))
    if not found:
        raise StripeError(
            "Missing required param: items.", code="parameter_missing", param="items"
        )
    return found


def _trial_end(data: Obj, now: int) -> int | None:
    if "trial_period_days" in data:
        return now + int(data["trial_period_days"]) * DAY or None
    value = data.get("trial_end")
    return None if value in {None, "now"} else int(str(value))


def _extra(call: Call) -> Obj:
    data = call.params
    extra: Obj = {"metadata": data.get("metadata") or {}}
    for name in (*UPDATED, "cancel_at", "cancel_at_period_end", "collection_method"):
        if name in data:
            extra[name] = data[name]
    if method := extra.get("default_payment_method"):
        call.store.get("payment_method", method, "default_payment_method")
    tax = data.get("automatic_tax") or {"enabled": False}
    extra["automatic_tax"] = {"disabled_reason": None, "liability": None, **tax}
    return extra


def _need_card(call: Call, customer: Obj) -> None:
    chosen = call.params.get("default_payment_method")
    if not (chosen or customer["invoice_settings"]["default_payment_method"]):
        raise StripeError(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method. For more information, visit "
            "https://stripe.com/docs/billing/subscriptions/payment-methods-setting",
            code="resource_missing",
        )


def _open(call: Call) -> Obj:
    subscription = call.store.get("subscription", call.id)
    if subscription["status"] in lifecycle.ENDED:
        raise StripeError(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    return subscription


def update_subscription(call: Call) -> Obj:
    """With payment_behavior error_if_incomplete a decline changes nothing at all (402)."""
    _refuse_where_scheduled(call)
    behavior = call.params.get("payment_behavior")
    if behavior == "pending_if_incomplete":
        _refuse_what_cannot_wait(call)
    if behavior != "error_if_incomplete":
        return _update_subscription(call)[0]
    with call.store.rehearsal() as stay:
        subscription, failure = _update_subscription(call)
        if failure:
            raise _refusal(failure)
        stay()
    return subscription


def _refusal(failure: StripeError) -> StripeError:
    """As Stripe words it where a bank asks for confirmation and nothing may wait for it."""
    if failure.body.get("decline_code") != "authentication_required":
        return failure
    return card_error(
        "Payment for this subscription requires additional user action before it can be "
        "completed successfully. Payment can be completed using the PaymentIntent associated "
        "with `subscription.latest_invoice`.",
        code="subscription_payment_intent_requires_action",
        payment_intent=failure.body.get("payment_intent"),
    )


def _refuse_where_scheduled(call: Call) -> None:
    schedule = call.store.get("subscription", call.id)["schedule"]
    if schedule and {"cancel_at", "cancel_at_period_end"} & call.params.keys():
        raise StripeError(
            f"The subscription is managed by the subscription schedule `{schedule}`, and "
            "updating any cancelation behavior directly is not allowed. Please update the "
            "schedule instead."
        )


def _refuse_what_cannot_wait(call: Call) -> None:
    names = sorted(call.params.keys() - PENDING)
    if names:
        raise StripeError(
            "When `payment_behavior` is `pending_if_incomplete`, these parameters cannot be "
            f"passed: {', '.join(names)}",
            param=names[0],
        )


def _update_subscription(call: Call) -> tuple[Obj, StripeError | None]:
    store = call.store
    subscription = _open(call)
    now = store.now(clock_of(store, subscription))
    with store.at(now):
        change = Change(store, "customer.subscription.updated", subscription)
        failure = _swap(call, subscription, now)
        _update_end(call, subscription, now)
        _update_pause(call, subscription)
        update(subscription, call.params, UPDATED)
        for row in discounts.given(store, call.params.get("discounts")):
            made = discounts.redeem(
                store, row, customer=subscription["customer"], subscription=call.id
            )
            subscription["discounts"].append(made["id"])
        _update_trial(call, subscription, now)
        change.emit()
    return subscription, failure


def _swap(call: Call, subscription: Obj, now: int) -> StripeError | None:
    if call.params.get("payment_behavior") != "pending_if_incomplete":
        return swap_prices(call, subscription, call.params, now)
    before = copy.deepcopy(subscription)
    swap_prices(call, subscription, call.params, now, collect=False)
    return changes.pay_pending(call.store, subscription, before, now)


def swap_prices(
    call: Call, subscription: Obj, data: Obj, now: int, *, collect: bool = True
) -> StripeError | None:
    """Change the items as data says (items, proration_behavior, proration_date)."""
    failure = None
    for position, row in enumerate(data.get("items") or []):
        item = _item(subscription, row, position)
        price = item["price"]
        if "price" in row:
            price = call.store.get("price", row["price"], f"items[{position}][price]")
        failure = changes.swap(
            call.store,
            subscription,
            item,
            price,
            row.get("quantity", item["quantity"]),
            behavior=data.get("proration_behavior", "create_prorations"),
            now=now,
            since=data.get("proration_date"),
            collect=collect,
        )
    return failure


def _item(subscription: Obj, row: Obj, position: int) -> Obj:
    for item in subscription["items"]["data"]:
        if item["id"] == row.get("id"):
            found: Obj = item
            return found
    raise StripeError(
        "Pass the id of the subscription item to change; adding items is not served by this fake.",
        param=f"items[{position}][id]",
    )


def _update_end(call: Call, subscription: Obj, now: int) -> None:
    data = call.params
    if "cancellation_details" in data:
        subscription["cancellation_details"].update(data["cancellation_details"])
    if "cancel_at_period_end" in data:
        planned = data["cancel_at_period_end"]
        at = lifecycle.period_end(subscription) if planned else None
        lifecycle.schedule_end(subscription, at, now, period=planned)
    elif "cancel_at" in data:
        value = data["cancel_at"]
        if isinstance(value, str) and value:
            value = lifecycle.period_end(subscription)
        lifecycle.schedule_end(subscription, value or None, now, period=False)


def _update_pause(call: Call, subscription: Obj) -> None:
    if "pause_collection" in call.params:
        given = call.params["pause_collection"]
        subscription["pause_collection"] = (
            {"resumes_at": None, **given} if given else None
        )


def _update_trial(call: Call, subscription: Obj, now: int) -> None:
    value = call.params.get("trial_end")
    if value is None:
        return
    if value == "now":
        if subscription["status"] == "trialing":
            for item in subscription["items"]["data"]:
                item["current_period_end"] = now
            subscription.update(trial_end=now, billing_cycle_anchor=now)
            lifecycle.renew(call.store, subscription, now)
        return
    subscription.update(trial_end=value, billing_cycle_anchor=value, status="trialing")
    subscription["trial_start"] = subscription["trial_start"] or now
    subscription["_noticed"] = False
    for item in subscription["items"]["data"]:
        item["current_period_end"] = value


def cancel(call: Call) -> Obj:
    subscription = call.store.get("subscription", call.id)
    if subscription["status"] in lifecycle.ENDED:
        raise StripeError(
            f"No such subscription: '{call.id}'",
            status=404,
            code="resource_missing",
            param="id",
        )
    subscription["cancellation_details"].update(
        call.params.get("cancellation_details") or {}
    )
    now = call.store.now(clock_of(call.store, subscription))
    with call.store.at(now):
        lifecycle.end(call.store, subscription, now)
    return subscription


def resume(call: Call) -> Obj:
    """Of a subscription paused at the end of its trial: a new period starts and is charged."""
    subscription = call.store.get("subscription", call.id)
    if subscription["status"] != "paused":
        raise StripeError("You can only resume a subscription that is paused.")
    now = call.store.now(clock_of(call.store, subscription))
    with call.store.at(now):
        subscription.update(status="active", billing_cycle_anchor=now)
        for item in subscription["items"]["data"]:
            item["current_period_end"] = now
        lifecycle.renew(call.store, subscription, now)
        emit(call.store, "customer.subscription.resumed", subscription)
    return subscription


def list_subscriptions(call: Call) -> Obj:
    data = call.params
    rows = call.store.all("subscription")
    if "customer" in data:
        rows = [row for row in rows if row["customer"] == data["customer"]]
    if "price" in data:
        rows = [
            row
            for row in rows
            if any(
                item["price"]["id"] == data["price"] for item in row["items"]["data"]
            )
        ]
    return page(call, [row for row in rows if _listed(row, data.get("status"))], PATH)


def _listed(row: Obj, status: str | None) -> bool:
    """Without a status Stripe leaves the canceled ones out."""
    if status is None:
        return bool(row["status"] != "canceled")
    if status == "ended":
        return row["status"] in lifecycle.ENDED
    return status == "all" or bool(row["status"] == status)


def list_items(call: Call) -> Obj:
    subscription = call.store.get(
        "subscription", call.params["subscription"], "subscription"
    )
    return page(
        call, list(reversed(subscription["items"]["data"])), "/v1/subscription_items"
    )


def retrieve_item(call: Call) -> Obj:
    for subscription in call.store.all("subscription"):
        for item in subscription["items"]["data"]:
            if item["id"] == call.id:
                found: Obj = item
                return found
    return call.store.get("subscription_item", call.id)


PATH = "/v1/subscriptions"
ROUTES = [
    Route("POST", PATH, create, "subscription_create"),
    Route("GET", PATH, list_subscriptions, "subscription_list"),
    retrieve(PATH, "subscription"),
    Route("POST", PATH + "/{id}", update_subscription, "subscription_update"),
    Route("DELETE", PATH + "/{id}", cancel, "subscription_cancel"),
    Route("POST", PATH + "/{id}/resume", resume, "subscription_resume"),
    Route("GET", "/v1/subscription_items", list_items, "subscription_item_list"),
    Route("GET", "/v1/subscription_items/{id}", retrieve_item),
]
