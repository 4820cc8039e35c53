"""What a running subscription charges next, to which card, and the mails sent before."""

import calendar
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing import entitlements, mirror
from billing.stripe_api import Json

# as Stripe's own customer.subscription.trial_will_end
TRIAL_NOTICE = timedelta(days=3)
# an older beginning is history: a first sync, a late heal
TRIAL_NEWS = timedelta(days=7)
# a year is long: people are told in time to cancel
RENEWAL_NOTICE = timedelta(days=15)
CARD_NOTICE = timedelta(days=30)

type Notice = tuple[str, str, dict[str, Any]]


def moment(row: Json) -> datetime:
    """When the next charge is."""
    if row["status"] == "trialing":
        return entitlements.moment(row["trial_end"])
    return entitlements.period_end(row)


def amount(row: Json) -> int:
    """What it will be, in minor units: with the taxes that are added, without what stands
    in credit, before a discount."""
    taxed = with_taxes(list_amount(row), row)
    customer = mirror.get("customer", row["customer"]) or {}
    return max(0, taxed + (customer.get("balance") or 0))


def with_taxes(whole: int, row: Json, invoice: Json | None = None) -> int:
    """An amount of a subscription with the taxes that are added to it: by its own rates, or
    by those that Stripe found for an invoice (default: the subscription's latest)."""
    rates = [
        Decimal(str(rate["percentage"])) / 100
        for rate in row.get("default_tax_rates") or []
        if not rate["inclusive"]
    ]
    if not rates and (row.get("automatic_tax") or {}).get("enabled"):
        rates = _found_rates(invoice or _latest(row))
    taxed = whole * (1 + sum(rates, Decimal(0)))
    return int(taxed.quantize(Decimal(1), ROUND_HALF_UP))


def _latest(row: Json) -> Json:
    latest = row.get("latest_invoice")
    return (mirror.get("invoice", latest) if isinstance(latest, str) else latest) or {}


def _found_rates(invoice: Json) -> list[Decimal]:
    return [
        Decimal(tax["amount"]) / tax["taxable_amount"]
        for tax in invoice.get("total_taxes") or []
        if tax["tax_behavior"] == "exclusive" and tax.get("taxable_amount")
    ]


def list_amount(row: Json) -> int:
    return sum(
        (item["price"]["unit_amount"] or 0) * (item.get("quantity") or 1)
        for item in entitlements.items(row)
    )


def method_of(row: Json) -> Json:
    """What is charged: the subscription's own means of payment, or the customer's; {}."""
    method = row.get("default_payment_method")
    if not method:
        customer = mirror.get("customer", row["customer"]) or {}
        chosen = customer.get("invoice_settings") or {}
        method = chosen.get("default_payment_method")
    if isinstance(method, str):
        method = mirror.get("payment_method", method)
    return method or {}


def label_of(method: Json) -> str:
    """Such as "Visa ···· 4242", in one piece; empty when it is not known."""
    kind = method.get("type") or "card"
    details = method.get(kind) or {}
    name = details.get("brand") or kind.replace("_", " ")
    last = details.get("last4")
    return (
        f"{name.capitalize()}\N{NO-BREAK SPACE}····\N{NO-BREAK SPACE}{last}"
        if last
        else ""
    )


def expiry_of(method: Json) -> str:
    """The card's last month, such as 12/34; empty for what does not expire."""
    card = method.get("card") or {}
    if not card.get("exp_month"):
        return ""
    return f"{card['exp_month']:02}/{card['exp_year'] % 100:02}"


def _expires_at(method: Json) -> datetime | None:
    """The end of the card's last month."""
    card = method.get("card") or {}
    if not card.get("exp_month"):
        return None
    year, month = card["exp_year"], card["exp_month"]
    last = calendar.monthrange(year, month)[1]
    return datetime(year, month, last, tzinfo=UTC) + timedelta(days=1)


def notices(row: Json, now: datetime) -> Iterable[Notice]:
    """template, key and payload of each mail about what a subscription charges next.

    Only for one that goes on by itself.
    """
    running = row["status"] in {"trialing", "active"} and not row.get(
        "pause_collection"
    )
    if not running or entitlements.cancels_at(row):
        return
    method = method_of(row)
    yield from _before_the_charge(row, now, method)
    expires = _expires_at(method)
    if expires and now < expires < now + CARD_NOTICE:
        payload = {"card": label_of(method), "expires": expiry_of(method)}
        yield (
            "billing_card",
            f"card:{method['id']}:{expiry_of(method)}",
            {**_price(row), **payload},
        )


def _before_the_charge(row: Json, now: datetime, method: Json) -> Iterable[Notice]:
    when = moment(row)
    recurring = entitlements.items(row)[0]["price"].get("recurring") or {}
    template, early = "", timedelta(0)
    if row["status"] == "trialing":
        began = entitlements.moment(row.get("trial_start") or row["created"])
        if now < when and now - began < TRIAL_NEWS:
            key = f"trial-start:{row['id']}"
            yield "billing_trial_start", key, _charge(row, when, method)
        if when - began > TRIAL_NOTICE:  # a shorter one was told all at its start
            template, early = "billing_trial", TRIAL_NOTICE
    elif recurring.get("interval") == "year":
        template, early = "billing_renewal", RENEWAL_NOTICE
    if not template or not now < when <= now + early:
        return
    key = f"{template.removeprefix('billing_')}:{row['id']}:{int(when.timestamp())}"
    yield template, key, _charge(row, when, method)


def _charge(row: Json, when: datetime, method: Json) -> dict[str, Any]:
    """What is charged next, on which day, and to what."""
    return {
        **_price(row),
        "amount": amount(row),
        "currency": row["currency"].upper(),
        "until": when.isoformat(),
        "card": label_of(method),
    }


def _price(row: Json) -> dict[str, str]:
    return {"price": entitlements.items(row)[0]["price"]["id"]}
