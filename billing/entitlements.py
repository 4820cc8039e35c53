"""Who may open what, as a pure function of what Stripe says.

Each row of its table has a test in tests/test_entitlements.py.
Statuses and fields: https://docs.stripe.com/api/subscriptions/object, API 2026-08-26.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from billing.stripe_api import Json, id_of

ENDED = frozenset({"unpaid", "paused", "incomplete", "incomplete_expired", "canceled"})
OPEN = frozenset({"trialing", "active", "past_due"})
SETTLED = frozenset({"paid", "no_payment_required"})
# the kinds of source that courses.AccessGrant knows
SUBSCRIPTION, PAYMENT = "stripe_subscription", "stripe_payment"
TRIAL_LEEWAY = timedelta(hours=1)
# disputes in which the money is gone for now; inquiries ("warning_…") are not among them
DISPUTED = frozenset({"needs_response", "under_review"})


@dataclass(frozen=True)
class Offer:
    """What a price opens: (scope, reference) pairs, and for how long if paid once."""

    scopes: frozenset[tuple[str, str]]
    access: timedelta | None = None


@dataclass(frozen=True)
class Rules:
    """grace: after a payment failed; leeway: after a paid period; suspend_disputed: nothing
    opens while a dispute is open; paused_opens: collection that is paused without voiding
    the invoices goes on as if it were paid."""

    grace: timedelta = timedelta(days=7)
    leeway: timedelta = timedelta(hours=72)
    suspend_disputed: bool = False
    paused_opens: bool = False


@dataclass(frozen=True)
class CustomerObjects:
    """A customer's mirrored objects, as Stripe's JSON, and the school's offers by price."""

    offers: Mapping[str, Offer]
    subscriptions: Iterable[Json] = ()
    sessions: Iterable[Json] = ()
    invoices: Iterable[Json] = ()
    charges: Iterable[Json] = ()
    disputes: Iterable[Json] = ()
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class DesiredGrant:
    """source: the subscription or Checkout session it follows from. ends None: for good."""

    scope: str
    ref: str
    kind: str
    source: str
    starts: datetime
    ends: datetime | None


@dataclass(frozen=True)
class Desired:
    """The grants there should be; sources to leave as they are; what the owner must know."""

    grants: frozenset[DesiredGrant]
    untouched: frozenset[str] = frozenset()
    alerts: tuple[str, ...] = ()


def desired_grants(objects: CustomerObjects, now: datetime) -> Desired:
    """Everything the customer's objects give at this moment. Reads nothing else.

    A grant whose end is past is left out: it gives nothing.
    """
    grants: set[DesiredGrant] = set()
    untouched: set[str] = set()
    alerts: list[str] = []
    for subscription in objects.subscriptions:
        problem = _problem(subscription, objects)
        if problem:
            untouched.add(subscription["id"])
            alerts.append(problem)
            continue
        grants |= _from_subscription(subscription, objects)
    for session in objects.sessions:
        grants |= _from_session(session, objects)
    alive = {grant for grant in grants if grant.ends is None or grant.ends > now}
    return Desired(frozenset(alive), frozenset(untouched), tuple(alerts))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def items(subscription: Json) -> list[Json]:
    return list(subscription["items"]["data"])


def period_end(subscription: Json) -> datetime:
    """The end of the period paid last; of several items the latest."""
    return moment(max(item["current_period_end"] for item in items(subscription)))


def period_start(subscription: Json) -> datetime:
    return moment(min(item["current_period_start"] for item in items(subscription)))


def unpaid_since(subscription: Json, invoices: Iterable[Json]) -> datetime:
    """When the oldest period that is not paid began; of a change within a period, when it
    was charged. Stripe's own period rolls on without payment."""
    begun = [_begins(invoice) for invoice in open_invoices(subscription, invoices)]
    return moment(min(begun)) if begun else period_start(subscription)


def open_invoices(subscription: Json, invoices: Iterable[Json]) -> list[Json]:
    """Those of a subscription that wait for their payment, in the order given."""
    return [
        invoice
        for invoice in invoices
        if invoice["status"] == "open"
        and subscription_of(invoice) == subscription["id"]
    ]


def _begins(invoice: Json) -> int:
    starts = [
        line["period"]["start"]
        for line in invoice["lines"]["data"]
        if not is_proration(line)
    ]
    return int(min(starts, default=invoice["created"]))


def cancels_at(subscription: Json) -> datetime | None:
    """When a running subscription ends because somebody cancelled it, or None."""
    if subscription.get("cancel_at"):
        return moment(subscription["cancel_at"])
    if subscription.get("cancel_at_period_end"):
        return period_end(subscription)
    return None


def subscription_of(invoice: Json) -> str | None:
    """The subscription an invoice is for; also in the shape of older API versions."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    found = details.get("subscription") or invoice.get("subscription")
    name: str | None = id_of(found)
    return name


def is_proration(line: Json) -> bool:
    """Whether an invoice's line settles a change within a period."""
    parent = line.get("parent") or {}
    details = (
        parent.get("subscription_item_details")
        or parent.get("invoice_item_details")
        or {}
    )
    return bool(details.get("proration"))


def payment_intents(invoice: Json) -> set[str]:
    """The payment intents that paid, or tried to pay, an invoice."""
    rows = (invoice.get("payments") or {}).get("data", [])
    return {
        row["payment"]["payment_intent"]
        for row in rows
        if row.get("payment", {}).get("payment_intent")
    }


def _problem(subscription: Json, objects: CustomerObjects) -> str | None:
    """Why nothing can be said about this subscription, or None."""
    status = subscription["status"]
    if status not in OPEN | ENDED:
        return f"{subscription['id']}: unknown status {status}"
    if status in ENDED:
        return None
    for item in items(subscription):
        if item["price"]["id"] not in objects.offers:
            return f"{subscription['id']}: no plan has the price {item['price']['id']}"
    return None


def _from_subscription(
    subscription: Json, objects: CustomerObjects
) -> set[DesiredGrant]:
    ends = _ends(subscription, objects)
    if ends is None or disputed(subscription, objects):
        return set()
    starts = moment(subscription.get("start_date") or subscription["created"])
    return {
        DesiredGrant(scope, ref, SUBSCRIPTION, subscription["id"], starts, ends)
        for item in items(subscription)
        for scope, ref in objects.offers[item["price"]["id"]].scopes
    }


def _ends(subscription: Json, objects: CustomerObjects) -> datetime | None:
    """Until when a subscription opens anything; None: not at all."""
    status = subscription["status"]
    if status not in OPEN:
        return None
    cancelled = cancels_at(subscription)
    if status == "past_due":
        overdue = unpaid_since(subscription, objects.invoices) + objects.rules.grace
        return min(overdue, cancelled) if cancelled else overdue
    if _stands_still(subscription, objects.rules):
        paid = _paid_until(subscription, objects)
        return min(paid, cancelled) if cancelled else paid
    if cancelled:
        return cancelled
    if status == "trialing":
        return moment(subscription["trial_end"]) + TRIAL_LEEWAY
    return period_end(subscription) + objects.rules.leeway


def _stands_still(subscription: Json, rules: Rules) -> bool:
    """Whether collection is paused in a way that ends access with what was paid."""
    pause = subscription.get("pause_collection")
    if not pause:
        return False
    return pause["behavior"] == "void" or not rules.paused_opens


def disputed(subscription: Json, objects: CustomerObjects) -> Json | None:
    """The dispute about its latest payment that closes a subscription, or None."""
    return _closing(_intents_of(subscription, objects), objects)


def _paid_until(subscription: Json, objects: CustomerObjects) -> datetime:
    """The end of the last period that was paid: while collection is paused, Stripe's own
    period rolls on without payment."""
    ends = [
        line["period"]["end"]
        for invoice in objects.invoices
        if subscription_of(invoice) == subscription["id"]
        and invoice["status"] == "paid"
        for line in invoice["lines"]["data"]
    ]
    return moment(max(ends)) if ends else period_end(subscription)


def _intents_of(subscription: Json, objects: CustomerObjects) -> set[str]:
    """The payment intents of the subscription's latest invoice."""
    latest = id_of(subscription.get("latest_invoice"))
    found: set[str] = set()
    for invoice in objects.invoices:
        if invoice["id"] == latest:
            found |= payment_intents(invoice)
    return found


def _from_session(session: Json, objects: CustomerObjects) -> set[DesiredGrant]:
    """What a purchase paid once opens."""
    if session["mode"] != "payment" or session.get("status") != "complete":
        return set()
    intent = session.get("payment_intent")
    intents = {intent} if intent else set()
    if session["payment_status"] not in SETTLED or _taken_back(intents, objects):
        return set()
    offer = _bought(session, objects)
    starts = moment(session["created"])
    ends = starts + offer.access if offer.access else None
    return {
        DesiredGrant(scope, ref, PAYMENT, session["id"], starts, ends)
        for scope, ref in offer.scopes
    }


def _bought(session: Json, objects: CustomerObjects) -> Offer:
    """The offer named in the metadata that our server wrote into the session."""
    metadata = session.get("metadata") or {}
    offer = objects.offers.get(metadata.get("ami_price", ""), Offer(frozenset()))
    days = metadata.get("ami_days", "")
    access = offer.access
    if days.isdecimal():
        access = timedelta(days=int(days)) if int(days) else None
    return Offer(_opened(metadata) or offer.scopes, access)


def _opened(metadata: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The scopes that billing.checkout wrote down; none in sessions of earlier versions."""
    scope, _colon, ref = metadata.get("ami_opens", "").partition(":")
    if scope:
        return frozenset({(scope, ref)})
    return frozenset(
        ("course", key)
        for name, value in metadata.items()
        if name.startswith("ami_courses")
        for key in value.split(",")
        if key
    )


def _taken_back(intents: set[str], objects: CustomerObjects) -> bool:
    """Whether the payment was refunded in full, or is away in a dispute."""
    refunded = any(
        charge["refunded"]
        for charge in objects.charges
        if charge.get("payment_intent") in intents
    )
    return refunded or _closing(intents, objects) is not None


def _closing(intents: set[str], objects: CustomerObjects) -> Json | None:
    """The dispute about these payments that was lost; or one that is open, by setting."""
    closed = {"lost"} | (DISPUTED if objects.rules.suspend_disputed else set())
    for dispute in objects.disputes:
        if dispute["status"] in closed and dispute.get("payment_intent") in intents:
            return dispute
    return None
