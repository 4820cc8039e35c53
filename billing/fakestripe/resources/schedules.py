"""Subscription schedules: made from a subscription, which they manage until released.

No phases are played: what matters to a site is that Stripe refuses changes meanwhile.
"""

from billing.fakestripe.engine.events import Change, clock_of, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.resources.routing import Call, Route, index, retrieve, update
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj

PATH = "/v1/subscription_schedules"


def create(call: Call) -> Obj:
    wanted = call.params.get("from_subscription")
    if wanted is None:
        raise StripeError(
            "This fake makes schedules from a subscription only.",
            param="from_subscription",
        )
    subscription = call.store.get("subscription", wanted, "from_subscription")
    if subscription["schedule"]:
        raise StripeError(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"{subscription['schedule']}."
        )
    item = subscription["items"]["data"][0]
    span = {
        "start_date": item["current_period_start"],
        "end_date": item["current_period_end"],
    }
    made = fresh(call.store, "subscription_schedule", subscription=subscription["id"])
    made.update(customer=subscription["customer"], current_phase=span)
    update(made, call.params, ())
    call.store.put("subscription_schedule", made)
    _attach(call, subscription, made["id"])
    emit(call.store, "subscription_schedule.created", made)
    return made


def _attach(call: Call, subscription: Obj, schedule: str | None) -> None:
    change = Change(call.store, "customer.subscription.updated", subscription)
    subscription["schedule"] = schedule
    change.emit()


def release(call: Call) -> Obj:
    """The subscription goes on as it is, on its own."""
    made = call.store.get("subscription_schedule", call.id)
    if made["status"] not in {"active", "not_started"}:
        raise StripeError(
            f"You cannot release a subscription schedule that is currently in the "
            f"`{made['status']}` status."
        )
    subscription = call.store.get("subscription", made["subscription"])
    made.update(
        status="released",
        released_at=call.store.now(clock_of(call.store, subscription)),
        released_subscription=subscription["id"],
        subscription=None,
        current_phase=None,
    )
    _attach(call, subscription, None)
    emit(call.store, "subscription_schedule.released", made)
    return made


ROUTES = [
    Route("POST", PATH, create, "subscription_schedule_create"),
    index(PATH, "subscription_schedule", "subscription_schedule_list"),
    retrieve(PATH, "subscription_schedule"),
    Route("POST", PATH + "/{id}/release", release, "subscription_schedule_release"),
]
