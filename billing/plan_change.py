"""Another price for a running subscription: said what it costs, then done once."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from billing import (
    entitlements,
    links,
    mirror,
    money,
    pending_change,
    reconcile,
    stripe_api,
    upcoming,
)
from billing.models.plans import Plan, PlanPrice
from billing.plan_states import ACTIVE, TRIALING, state_of
from billing.stripe_api import Json
from billing.subscriptions import owned

SALT = "billing.plan_change"
# the amounts of a preview are counted to the second; after this it is made anew
GOOD_FOR_SECONDS = 1800
# what is not used is given back, and the difference is charged at once
BEHAVIOR = "always_invoice"
# the bank wants to be asked: Stripe's code for a subscription, and for a charge
CONFIRM = frozenset(
    {"subscription_payment_intent_requires_action", "authentication_required"}
)


class CannotChangeError(Exception):
    """The subscription is in no state to change, or the price does not fit it."""


class OutdatedError(Exception):
    """The preview is too old, or something changed since: look again."""


class DeclinedError(Exception):
    """The card was declined; nothing was changed."""


@dataclass(frozen=True)
class Outcome:
    """waits: the change holds once the buyer has told the bank that it is them."""

    price: PlanPrice
    waits: bool


@dataclass(frozen=True)
class Line:
    """amount: shown, with its sign."""

    text: str
    amount: str
    back: bool


@dataclass(frozen=True)
class Preview:
    """What a change costs. due: charged now, empty for nothing; kept: what is given back
    and stays for later charges; token: proof of what was shown, for `apply`."""

    subscription: str
    price: PlanPrice
    before: str
    lines: list[Line]
    due: str
    kept: str
    next_on: datetime
    next_amount: str
    token: str


def choices(user: User, subscription: str) -> list[PlanPrice]:
    """The prices the person may change to, the plans in their order.

    Empty for a subscription that cannot change now. Raises NotYoursError.
    """
    return _choices(owned(user, subscription))


def _choices(row: Json) -> list[PlanPrice]:
    rows = entitlements.items(row)
    waits = pending_change.price_of(row)
    if state_of(row) not in {ACTIVE, TRIALING} or len(rows) != 1 or waits:
        return []
    now = rows[0]["price"]
    plan = Plan.objects.filter(stripe_product=now["product"]).first()
    if plan is None:
        return []
    found = PlanPrice.objects.filter(
        active=True,
        plan__active=True,
        plan__in=Plan.objects.rivals(plan),
        currency=row["currency"].upper(),
        interval__in=[PlanPrice.Interval.MONTH, PlanPrice.Interval.YEAR],
    ).exclude(stripe_price=now["id"])
    return list(found.select_related("plan").order_by("plan__position", "amount"))


def preview(user: User, subscription: str, price_id: int) -> Preview:
    """Ask Stripe what the change would cost this very moment; changes nothing.

    Raises NotYoursError, CannotChangeError, stripe.StripeError,
    stripe_api.StripeAwayError.
    """
    row = owned(user, subscription)
    price = next((one for one in _choices(row) if one.pk == price_id), None)
    if price is None:
        raise CannotChangeError
    at = int(time.time())
    invoice = None if state_of(row) == TRIALING else _asked(row, price, at)
    return _preview(row, price, invoice, at)


def _asked(row: Json, price: PlanPrice, at: int) -> Json:
    request: Any = {
        "customer": row["customer"],
        "subscription": row["id"],
        "subscription_details": {
            "items": [_item(row, price)],
            "proration_behavior": BEHAVIOR,
            "proration_date": at,
        },
    }
    made = stripe_api.client().v1.invoices.create_preview(request)
    return stripe_api.plain(made)


def _item(row: Json, price: PlanPrice) -> dict[str, Any]:
    return {"id": entitlements.items(row)[0]["id"], "price": price.stripe_price}


def _preview(row: Json, price: PlanPrice, invoice: Json | None, at: int) -> Preview:
    """invoice None: a trial, in which nothing is charged and whose end stays."""
    currency = price.currency
    due = invoice["amount_due"] if invoice else 0
    kept = max(0, -invoice["total"]) if invoice else 0
    was = entitlements.items(row)[0]["price"]["id"]
    known = _prices(invoice, was)
    proof = {"s": row["id"], "p": price.stripe_price, "was": was, "at": at}
    return Preview(
        subscription=row["id"],
        price=price,
        before=_name(known.get(was), ""),
        lines=_lines(invoice, known) if invoice else [],
        due=money.show(due, currency) if due else "",
        kept=money.show(kept, currency) if kept else "",
        next_on=_next(row, invoice),
        next_amount=_next_amount(row, price, invoice),
        token=signing.dumps(proof, salt=SALT),
    )


def _prices(invoice: Json | None, was: str) -> dict[str, PlanPrice]:
    ids = {was, *(_price_of(line) for line in _rows(invoice))}
    rows = PlanPrice.objects.filter(stripe_price__in=ids).select_related("plan")
    return {row.stripe_price: row for row in rows}


def _rows(invoice: Json | None) -> list[Json]:
    return list(invoice["lines"]["data"]) if invoice else []


def _price_of(line: Json) -> str:
    details = (line.get("pricing") or {}).get("price_details") or {}
    return str(details.get("price", ""))


def _name(price: PlanPrice | None, fallback: str) -> str:
    return price.title if price else fallback


def _lines(invoice: Json, known: dict[str, PlanPrice]) -> list[Line]:
    """What is added and what is given back; together they are what is due."""
    currency = invoice["currency"]

    def line(text: str, amount: int) -> Line:
        return Line(text, money.show(amount, currency), amount < 0)

    found = []
    for row in _rows(invoice):
        off = sum(part["amount"] for part in row.get("discount_amounts") or [])
        name = _name(known.get(_price_of(row)), row.get("description") or "")
        text = _("Not used of %(plan)s") % {"plan": name} if row["amount"] < 0 else name
        found.append(line(text, row["amount"] - off))
    tax = sum(
        row["amount"]
        for row in invoice.get("total_taxes") or []
        if row["tax_behavior"] == "exclusive"
    )
    if tax:
        found.append(line(_("Taxes"), tax))
    credit = invoice["amount_due"] - max(0, invoice["total"])
    if credit:
        found.append(line(_("Credit you had"), credit))
    return found


def _next(row: Json, invoice: Json | None) -> datetime:
    """When the new price is charged next: at the end of the period that begins now, or of
    the one that runs."""
    ends = [
        line["period"]["end"]
        for line in _rows(invoice)
        if not entitlements.is_proration(line)
    ]
    running = entitlements.period_end(row)
    return (
        max([running, *(entitlements.moment(end) for end in ends)]) if ends else running
    )


def _next_amount(row: Json, price: PlanPrice, invoice: Json | None) -> str:
    """What is charged then, with the taxes that are added."""
    pieces = entitlements.items(row)[0].get("quantity") or 1
    whole = upcoming.with_taxes(price.amount * pieces, row, invoice)
    return money.show(whole, price.currency)


def apply(user: User, subscription: str, token: str) -> Outcome:
    """Do what a preview showed. Twice does it once.

    Raises OutdatedError, DeclinedError, NotYoursError, CannotChangeError,
    stripe.StripeError, stripe_api.StripeAwayError: nothing is changed then.
    """
    try:
        proof = signing.loads(token, salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature as error:
        raise OutdatedError from error
    if proof["s"] != subscription:
        raise OutdatedError
    row = owned(user, subscription)
    with transaction.atomic():
        locked = links.lock(row["customer"])
        row = mirror.refresh("subscription", subscription)
        price = PlanPrice.objects.select_related("plan").get(stripe_price=proof["p"])
        if not _has(row, price):
            if entitlements.items(row)[0]["price"]["id"] != proof["was"]:
                raise OutdatedError
            if price not in _choices(row):
                raise CannotChangeError
            row = _change(row, price, proof["at"], token)
            # Stripe only gave its kept answer, to a change that was dropped since
            if not _has(row, price):
                raise OutdatedError
        if locked:
            mirror.refresh("invoice", row["latest_invoice"])
            reconcile.follow(locked, actor=f"user:{user.pk}")
    return Outcome(price, waits=bool(pending_change.price_of(row)))


def _has(row: Json, price: PlanPrice) -> bool:
    """Whether the subscription is at this price, or waits to be."""
    now = entitlements.items(row)[0]["price"]["id"]
    return price.stripe_price in {now, pending_change.price_of(row)}


def _change(row: Json, price: PlanPrice, at: int, token: str) -> Json:
    """At Stripe; a card that is declined leaves everything as it was. Where the bank wants
    to be asked, the change waits for that."""
    change: Any = {"items": [_item(row, price)], "proration_behavior": BEHAVIOR}
    if state_of(row) != TRIALING:
        change["proration_date"] = at
    key = hashlib.sha256(token.encode()).hexdigest()[:40]
    now: Any = {**change, "payment_behavior": "error_if_incomplete"}
    pending_change.clear(row)
    try:
        stripe_api.client().v1.subscriptions.update(
            row["id"], now, {"idempotency_key": f"change-{key}"}
        )
    except stripe.CardError as error:
        if error.code not in CONFIRM:
            raise DeclinedError from error
        pending_change.ask(row["id"], change, f"change-{key}-waits")
    return mirror.refresh("subscription", row["id"])
