"""Test controls over HTTP under /_fake/: JSON in, JSON out, no key."""

from collections.abc import Callable
from typing import Any

from billing.fakestripe import seed
from billing.fakestripe.engine import checkout, lifecycle, payments, timeline
from billing.fakestripe.errors import StripeError
from billing.fakestripe.store import Obj, Store
from billing.fakestripe.webhooks import Deliverer

type Control = Callable[[Store, Deliverer, Obj], Any]


def deliveries(_store: Store, deliver: Deliverer, data: Obj) -> Any:
    return {"deliveries": deliver.rows(data.get("status"))}


def hold(_store: Store, deliver: Deliverer, _data: Obj) -> Any:
    deliver.hold()


def release(_store: Store, deliver: Deliverer, data: Obj) -> Any:
    return {"released": deliver.release(data.get("order", "fifo"), data.get("ids"))}


def _event(store: Store, data: Obj) -> str:
    """The event named by id, or the newest of the type named."""
    if "event" in data:
        return str(data["event"])
    rows = store.all("event", type=data.get("type"))
    if not rows:
        raise StripeError(f"No event of type {data.get('type')} yet.", status=404)
    return str(rows[-1]["id"])


def duplicate(store: Store, deliver: Deliverer, data: Obj) -> Any:
    return {"queued": deliver.resend(_event(store, data), int(data.get("times", 1)))}


def forge(store: Store, deliver: Deliverer, data: Obj) -> Any:
    kind = data.get("kind", "bad_secret")
    return {"queued": deliver.resend(_event(store, data), forge=kind)}


def drop(_store: Store, deliver: Deliverer, data: Obj) -> Any:
    deliver.drop(int(data.get("count", 1)))


def delay(_store: Store, deliver: Deliverer, data: Obj) -> Any:
    deliver.delay(float(data.get("seconds", 0)))


def retry(_store: Store, deliver: Deliverer, _data: Obj) -> Any:
    deliver.retry_now()


def wait(_store: Store, deliver: Deliverer, data: Obj) -> Any:
    return {"idle": deliver.wait(float(data.get("timeout", 10)))}


def outage(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """mode: off, 429, 500, 503, drop or slow; count: requests (0 = until off)."""
    mode = str(data.get("mode", "off"))
    if mode not in {"off", "429", "500", "503", "drop", "slow"}:
        raise StripeError("mode: off, 429, 500, 503, drop or slow", param="mode")
    store.settings["outage"] = {
        "mode": mode,
        "count": int(data.get("count", 0)),
        "seconds": float(data.get("seconds", 4)),
    }
    store.dirty = True
    return store.settings["outage"]


def decline_next(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """The next charges fail; of that customer, or of anyone. reason as in cards.MESSAGES."""
    rule = {
        "customer": data.get("customer"),
        "count": int(data.get("count", 1)),
        "reason": data.get("reason", "generic_decline"),
    }
    store.settings["declines"].append(rule)
    store.dirty = True
    return rule


def dunning(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """What follows the last failed retry: cancel, unpaid or past_due."""
    if data.get("end") not in {"cancel", "unpaid", "past_due"}:
        raise StripeError("end: cancel, unpaid or past_due", param="end")
    store.settings["dunning_end"] = data["end"]
    store.dirty = True


def upcoming(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """How many days before a charge invoice.upcoming comes, as in Stripe's settings."""
    if str(data.get("days")) not in {"3", "7", "15", "30", "45"}:
        raise StripeError("days: 3, 7, 15, 30 or 45", param="days")
    store.settings["upcoming_days"] = int(data["days"])
    store.dirty = True


def advance_clock(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """seconds, days or to (unix); clock: a test clock's id, otherwise the fake's own clock."""
    clock = data.get("clock")
    now = store.now(clock)
    to = int(data["to"]) if "to" in data else now + int(float(data.get("seconds", 0)))
    to += int(float(data.get("days", 0)) * 86400)
    count = timeline.advance(store, clock, to)
    return {"now": store.now(clock), "happened": count}


def _subscription(store: Store, data: Obj) -> Obj:
    return store.get("subscription", data.get("subscription"), "subscription")


def renew(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """End the current period now (its past moves back); fail: the charge is declined."""
    subscription = _subscription(store, data)
    if data.get("fail"):
        decline_next(store, _deliver, {"customer": subscription["customer"]})
    timeline.close_period(store, subscription)
    return {"subscription": subscription["id"], "status": subscription["status"]}


def retry_invoice(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    invoice = store.get("invoice", data.get("invoice"), "invoice")
    failure = timeline.retry_now(store, invoice)
    return {"paid": failure is None, "status": invoice["status"]}


def _charge(store: Store, data: Obj) -> Obj:
    """By charge, or the newest paid one of the customer."""
    if "charge" in data:
        return store.get("charge", data["charge"], "charge")
    rows = store.all("charge", customer=data.get("customer"), paid=True)
    if not rows:
        raise StripeError("Nothing was paid yet.", status=404)
    return rows[-1]


def refund(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    amount = int(data["amount"]) if "amount" in data else None
    return payments.refund(store, _charge(store, data), amount, data.get("reason"))


def dispute(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """Opens one, or with `outcome` won/lost closes the one named by `dispute`."""
    if outcome := data.get("outcome"):
        made = store.get("dispute", data.get("dispute"), "dispute")
        return payments.close_dispute(store, made, won=outcome == "won")
    return payments.dispute(store, _charge(store, data))


def pay_session(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """Finish a Checkout session without the page. later: a bank debit that settles afterwards."""
    session = store.get("checkout.session", data.get("session"), "session")
    form = checkout.Form(
        email=data.get("email")
        or (session["customer_details"] or {}).get("email")
        or "a@b.test",
        name=data.get("name", "Test"),
        number=data.get("card", "4242424242424242"),
        authenticated=bool(data.get("authenticated", True)),
        later=bool(data.get("later", False)),
    )
    failure = checkout.pay(store, session, form)
    if failure:
        raise failure
    return session


def settle(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    session = store.get("checkout.session", data.get("session"), "session")
    checkout.settle(store, session, succeeded=bool(data.get("succeeded", True)))
    return session


def expire_subscription(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    subscription = _subscription(store, data)
    lifecycle.expire(store, subscription, store.now())
    return subscription


def reset(store: Store, _deliver: Deliverer, data: Obj) -> Any:
    """Forget everything but the site's endpoint; seed: make the demo plans again."""
    kept = store.find("webhook_endpoint", seed.ENDPOINT)
    name = store.all("account")[0]["business_profile"]["name"]
    store.reset()
    if kept:
        store.put("webhook_endpoint", kept)
    seed.account(store, name)
    if data.get("seed", True):
        seed.seed(store, name)


def state(store: Store, _deliver: Deliverer, _data: Obj) -> Any:
    return {
        "now": store.now(),
        "settings": store.settings,
        "objects": {kind: list(rows) for kind, rows in store.objects.items()},
    }


READ: dict[str, Control] = {"deliveries": deliveries, "state": state}
# Those that call the Deliverer take the lock themselves, so they run outside of it.
UNLOCKED = {"deliveries", "deliveries/wait"}
WRITE: dict[str, Control] = {
    "deliveries/hold": hold,
    "deliveries/release": release,
    "deliveries/duplicate": duplicate,
    "deliveries/forge": forge,
    "deliveries/drop": drop,
    "deliveries/delay": delay,
    "deliveries/retry": retry,
    "deliveries/wait": wait,
    "outage": outage,
    "decline_next": decline_next,
    "dunning": dunning,
    "upcoming": upcoming,
    "advance_clock": advance_clock,
    "renew": renew,
    "retry_invoice": retry_invoice,
    "refund": refund,
    "dispute": dispute,
    "checkout/pay": pay_session,
    "checkout/settle": settle,
    "expire_subscription": expire_subscription,
    "reset": reset,
}


def run(store: Store, deliver: Deliverer, method: str, name: str, data: Obj) -> Obj:
    """The answer of one control; StripeError 404 for a name that is none."""
    control = (READ if method == "GET" else WRITE).get(name)
    if control is None:
        names = ", ".join(sorted([*READ, *WRITE]))
        raise StripeError(f"No control {method} {name}. There are: {names}", status=404)
    if name in UNLOCKED:
        result = control(store, deliver, data)
    else:
        with store.transaction():
            result = control(store, deliver, data)
    return result if isinstance(result, dict) else {"ok": True}
