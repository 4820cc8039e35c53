"""What follows from one event: its objects are fetched anew, then everything follows.

Nothing is read from an event but ids, so that order, repetition and age do not matter.
"""

from collections.abc import Callable

from django.db import transaction

from billing import catalogue, entitlements, erasure, links, mirror, reconcile
from billing.models.inbox import InboxEvent
from billing.stripe_api import Json, id_of

Named = list[tuple[str, str]]


def handle(event: InboxEvent) -> None:
    """Bring everything in line with the objects that the event names.

    One transaction under the customer's lock; calls Stripe. Raises stripe.StripeError, and
    nothing is changed then.
    """
    obj = _named(event.payload["data"])
    kind = obj.get("object", "")
    if kind in {"product", "price"}:
        catalogue.refresh(kind, obj["id"])
    elif kind in NAMED and (obj.get("id") or kind == "invoice"):
        with transaction.atomic():
            follow(kind, obj)


def _named(data: Json) -> Json:
    """The event's object; a card that was taken off names only before whose it was."""
    obj: Json = data["object"]
    before = (data.get("previous_attributes") or {}).get("customer")
    if obj.get("object") == "payment_method" and not obj.get("customer") and before:
        return {**obj, "customer": before}
    return obj


def follow(kind: str, obj: Json) -> None:
    """As handle, for an object of which at least the id is known."""
    customer = _customer(kind, obj)
    link = links.lock(customer) if customer else None
    if link is None:
        return
    for named_kind, object_id in NAMED[kind](obj):
        mirror.refresh_if_there(named_kind, object_id)
    if kind == "customer" and mirror.refresh("customer", link.customer).get("deleted"):
        reconcile.gone(link)
    reconcile.follow(link)


def _customer(kind: str, obj: Json) -> str | None:
    """The customer an object belongs to; asks Stripe for the charge where it must."""
    if kind == "customer":
        return str(obj["id"])
    if kind in {"dispute", "refund"}:
        return _payer(obj["charge"]) if obj.get("charge") else None
    found: str | None = id_of(obj.get("customer"))
    return found


def _payer(charge: str) -> str | None:
    """Not kept before it is known to be one of our customers' charges."""
    data = mirror.get("charge", charge) or mirror.peek("charge", charge)
    found: str | None = id_of(data.get("customer"))
    return found


def _invoice(obj: Json) -> Named:
    """An invoice that is only foreseen (invoice.upcoming) has no id."""
    kept = mirror.refresh_if_there("invoice", obj["id"]) if obj.get("id") else None
    subscription = entitlements.subscription_of(kept or obj)
    named = [("subscription", subscription)] if subscription else []
    if kept:
        named += [("payment_intent", one) for one in mirror.waiting_intents(kept)]
    return named


def _payment_method(obj: Json) -> Named:
    """A card that was added, renewed or taken away: of the customer's running plans."""
    rows = mirror.of_customer("subscription", obj["customer"])
    running = [row["id"] for row in rows if row["status"] in entitlements.OPEN]
    named = [("subscription", one) for one in running]
    now = mirror.refresh_if_there("payment_method", obj["id"])
    if now is None or not now.get("customer"):  # it pays for nothing any more
        erasure.blank_method(obj["id"])
    return [("customer", obj["customer"]), *named]


def _session(obj: Json) -> Named:
    session = mirror.refresh_if_there("checkout.session", obj["id"]) or obj
    found = [(kind, session.get(kind)) for kind in ("subscription", "invoice")]
    if session.get("invoice") is None and session.get("subscription"):
        subscription = (
            mirror.refresh_if_there("subscription", session["subscription"]) or {}
        )
        found = [("invoice", subscription.get("latest_invoice"))]
    return [(kind, object_id) for kind, object_id in found if object_id]


NAMED: dict[str, Callable[[Json], Named]] = {
    "customer": lambda obj: [],
    "subscription": lambda obj: [("subscription", obj["id"])],
    "invoice": _invoice,
    "checkout.session": _session,
    "charge": lambda obj: [("charge", obj["id"])],
    "dispute": lambda obj: [("charge", obj["charge"]), ("dispute", obj["id"])],
    "refund": lambda obj: [("charge", obj["charge"])],
    "payment_method": _payment_method,
}
