"""A person's plan in plain facts, and the two changes they make themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from djstripe import models as djstripe
from stripe.params import SubscriptionUpdateParams

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
from billing.models.customers import CustomerLink
from billing.models.plans import Plan, PlanPrice
from billing.plan_states import (
    ACTIVE,
    CANCELLING,
    ENDED,
    INCOMPLETE,
    LIVING,
    PAST_DUE,
    PAUSED,
    TRIALING,
    UNPAID,
    state_of,
)
from billing.stripe_api import Json

# what only the account page tells apart
DISPUTED, SUSPENDED = "disputed", "suspended"


@dataclass(frozen=True)
class PlanState:
    """One subscription as the account page tells it.

    ends: when access ends (cancelled, grace) or ended; next_charge: when and how much, before
    a discount; expires: the card's last month, such as 12/34; cancelled: it will not renew,
    whatever else is said of it; waiting: a change of plan that the bank wants to be confirmed.
    """

    id: str
    state: str
    price_id: str
    plan: str
    price: str
    currency: str
    yearly: bool
    ends: datetime | None = None
    next_charge_on: datetime | None = None
    next_charge: str = ""
    card: str = ""
    expires: str = ""
    discounted: bool = False
    cancelled: bool = False
    pay_url: str = ""
    days_left: int = 0
    waiting: pending_change.Waiting | None = None

    @property
    def may_cancel(self) -> bool:
        return not self.cancelled and self.state in {
            TRIALING, ACTIVE, PAST_DUE, PAUSED, DISPUTED, SUSPENDED,
        }  # fmt: skip

    @property
    def may_change(self) -> bool:
        return self.state in {TRIALING, ACTIVE} and self.waiting is None

    @property
    def may_resume(self) -> bool:
        return self.cancelled and self.state in {
            CANCELLING, PAST_DUE, DISPUTED, SUSPENDED,
        }  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.state in {TRIALING, ACTIVE, CANCELLING, PAST_DUE}


def states(user: User) -> list[PlanState]:
    """The person's subscriptions, the living ones first; an ended one only if none lives.

    Reads the local copy only.
    """
    link = links.of(user)
    if link is None:
        return []
    rows = mirror.of_customer("subscription", link.customer)
    living = [row for row in rows if row["status"] in LIVING | {INCOMPLETE}]
    ended = [row for row in rows if row["status"] == "canceled"][-1:]
    if not (living or ended):
        return []
    invoices = mirror.of_customer("invoice", link.customer)
    intents = {one for row in invoices for one in entitlements.payment_intents(row)}
    objects = entitlements.CustomerObjects(
        offers={},
        invoices=invoices,
        disputes=mirror.disputes_about(intents) if living else [],
        rules=reconcile.rules(),
    )
    return [describe(row, objects) for row in reversed(living or ended)]


def is_overdue(user: User) -> bool:
    """Whether a payment of the person failed and waits. One query."""
    customers = CustomerLink.objects.filter(user=user, deleted_at=None)
    return bool(
        djstripe.Subscription.objects.filter(
            customer__id__in=customers.values("customer"),
            stripe_data__status=PAST_DUE,
        ).exists()
    )


def living_for(user: User, plan: Plan) -> Json | None:
    """The person's living subscription to a plan, or to one that it replaces; or None."""
    link = links.of(user)
    rows = mirror.of_customer("subscription", link.customer) if link else []
    living = [row for row in rows if row["status"] in LIVING]
    if not living:
        return None
    rivals = set(Plan.objects.rivals(plan).values_list("stripe_product", flat=True))
    return next((row for row in living if products_of(row) & rivals), None)


def products_of(row: Json) -> set[str]:
    return {item["price"]["product"] for item in entitlements.items(row)}


def had(user: User, product: str) -> bool:
    """Whether the person ever had a subscription to the product: no second trial."""
    customers = CustomerLink.objects.filter(user=user).values_list(
        "customer", flat=True
    )
    return any(
        product in products_of(row)
        for customer in customers
        for row in mirror.of_customer("subscription", customer)
    )


def describe(row: Json, objects: entitlements.CustomerObjects) -> PlanState:
    """A subscription's JSON as facts, in the active language."""
    state = _state_with(row, objects)
    rows = entitlements.items(row)
    data = rows[0]["price"]
    price = (
        PlanPrice.objects.select_related("plan").filter(stripe_price=data["id"]).first()
    )
    method = upcoming.method_of(row)
    facts: dict[str, Any] = {
        "plan": price.plan.name if price else (data.get("nickname") or ""),
        "price": money.show(upcoming.list_amount(row), row["currency"]),
        "currency": row["currency"].upper(),
        "yearly": (data.get("recurring") or {}).get("interval") == "year",
        "card": upcoming.label_of(method),
        "expires": upcoming.expiry_of(method),
        "discounted": bool(row.get("discounts")),
        "waiting": pending_change.waiting(row, objects.invoices),
        "cancelled": bool(entitlements.cancels_at(row)),
    }
    return PlanState(
        id=row["id"],
        state=state,
        price_id=data["id"],
        **facts,
        **_dates(row, state, list(objects.invoices)),
    )


def _state_with(row: Json, objects: entitlements.CustomerObjects) -> str:
    """Its state, where a dispute says more than the subscription does."""
    dispute = entitlements.disputed(row, objects)
    if dispute is None or row["status"] not in LIVING:
        return state_of(row)
    return DISPUTED if dispute["status"] == "lost" else SUSPENDED


def _dates(row: Json, state: str, invoices: list[Json]) -> dict[str, Any]:
    if state in {TRIALING, ACTIVE}:
        return {
            "next_charge_on": upcoming.moment(row),
            "next_charge": money.show(upcoming.amount(row), row["currency"]),
        }
    if state == CANCELLING:
        return {"ends": entitlements.cancels_at(row)}
    if state == PAUSED and row.get("pause_collection"):
        return {"ends": entitlements.period_end(row)}
    if state in {PAST_DUE, UNPAID, INCOMPLETE}:
        return _overdue(row, state, invoices)
    if state == ENDED and row.get("ended_at"):
        return {"ends": entitlements.moment(row["ended_at"])}
    return {}


def _overdue(row: Json, state: str, invoices: list[Json]) -> dict[str, Any]:
    grace = timedelta(days=settings.BILLING_GRACE_DAYS)
    ends = entitlements.unpaid_since(row, invoices) + grace
    left = max(0, -(-(ends - timezone.now()) // timedelta(days=1)))
    open_invoices = entitlements.open_invoices(row, invoices)
    url = open_invoices[-1].get("hosted_invoice_url") if open_invoices else ""
    days = left if state == PAST_DUE else 0
    return {"ends": ends, "days_left": days, "pay_url": url or ""}


class NotYoursError(Exception):
    """The person has no such subscription."""


def owned(user: User, subscription: str) -> Json:
    """The person's subscription with this id, whatever became of it. Raises NotYoursError."""
    link = links.of(user)
    rows = mirror.of_customer("subscription", link.customer) if link else []
    row = next((row for row in rows if row["id"] == subscription), None)
    if row is None:
        raise NotYoursError
    return row


def set_cancelling(user: User, subscription: str, *, cancelling: bool) -> None:
    """Cancel at the end of what is paid, or take that back; access follows at once.

    A change of plan that waits, or that a schedule at Stripe foresees, is dropped.

    Raises NotYoursError, stripe.StripeError; nothing is changed then.
    """
    row = owned(user, subscription)
    if row["status"] not in LIVING:
        raise NotYoursError
    change: SubscriptionUpdateParams = {"cancel_at_period_end": cancelling}
    if not cancelling and row.get("cancel_at") and not row.get("cancel_at_period_end"):
        change = {"cancel_at": ""}
    with transaction.atomic():
        locked = links.lock(row["customer"])
        pending_change.clear(row)
        stripe_api.client().v1.subscriptions.update(subscription, change)
        mirror.refresh("subscription", subscription)
        if locked:  # by number: the trail outlives the account
            reconcile.follow(locked, actor=f"user:{user.pk}")


def portal_url(user: User, return_url: str) -> str:
    """A link to Stripe's own pages for cards and addresses. Raises NotYoursError,
    stripe.StripeError."""
    link = links.of(user)
    if link is None:
        raise NotYoursError
    session = stripe_api.client().v1.billing_portal.sessions.create(
        {"customer": link.customer, "return_url": return_url, "locale": user.language}
    )
    return str(session.url)
