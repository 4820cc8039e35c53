"""The rows behind the revenue figures, read in a fixed number of statements."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Sum,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, TruncMonth
from django.utils import timezone
from djstripe import models as djstripe

from billing import plan_states, revenue
from billing.entitlements import PAYMENT
from billing.models.customers import CustomerLink
from billing.models.plans import PlanPrice
from billing.models.receipts import Receipt
from billing.revenue import Earner
from courses import grants
from courses.models import AccessGrant

MONTHS = 12
# of a subscription's JSON, which is long
PARTS = (
    "id", "status", "items", "created", "start_date", "trial_end", "ended_at", "cancel_at",
    "cancel_at_period_end", "pause_collection", "discounts", "default_tax_rates",
)  # fmt: skip


@dataclass(frozen=True)
class PlanFigures:
    """One plan in one currency. mrr: minor units."""

    plan: str
    currency: str
    states: dict[str, int]
    mrr: int

    def count(self, state: str) -> int:
        return self.states.get(state, 0)


@dataclass(frozen=True)
class Sales:
    """What the receipts of a month say, less credit notes, without tax: minor units by
    currency, of subscriptions and of what is paid once."""

    recurring: dict[str, int] = field(default_factory=dict)
    once: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Overview:
    """states: how many subscriptions are in each; months: oldest first, with their sales;
    at_risk: the part of mrr whose payment failed; leaving: the part that was cancelled."""

    states: dict[str, int]
    mrr: dict[str, int]
    at_risk: dict[str, int]
    leaving: dict[str, int]
    plans: list[PlanFigures]
    months: list[tuple[revenue.Month, Sales]]
    lifetime: int

    @property
    def currencies(self) -> list[str]:
        found = {currency for one, _sales in self.months for currency in one.mrr}
        for _one, sales in self.months:
            found |= {*sales.recurring, *sales.once}
        return sorted(found | set(self.mrr))


def subscriptions() -> QuerySet[Any]:
    """The mirrored subscriptions of the school's customers."""
    ours = CustomerLink.objects.values("customer")
    return djstripe.Subscription.objects.filter(customer__id__in=ours)  # type: ignore[no-any-return]


def earners(now: datetime) -> list[Earner]:
    """Every subscription there ever was. One statement."""
    parts = {f"the_{part}": F(f"stripe_data__{part}") for part in PARTS}
    rows = subscriptions().order_by("created", "pk").values(**parts)
    return [
        revenue.earner({part: row[f"the_{part}"] for part in PARTS}, now)
        for row in rows.iterator()
    ]


def overview(now: datetime | None = None) -> Overview:
    """Everything the page shows. Four statements, whatever the number of rows."""
    now = now or timezone.now()
    rows = earners(now)
    paying = [row for row in rows if row.state in revenue.PAYING]
    firsts = revenue.last_months(timezone.localtime(now).date(), MONTHS)
    return Overview(
        states={
            state: sum(row.state == state for row in rows) for state in revenue.STATES
        },
        mrr=revenue.mrr(paying),
        at_risk=revenue.mrr(row for row in paying if row.state == plan_states.PAST_DUE),
        leaving=revenue.mrr(
            row for row in paying if row.state == plan_states.CANCELLING
        ),
        plans=by_plan(rows),
        months=_months(rows, firsts, now),
        lifetime=lifetime(now),
    )


def by_plan(rows: list[Earner]) -> list[PlanFigures]:
    """Living subscriptions by plan and currency. One statement."""
    names = {
        price.stripe_price: price.plan.name
        for price in PlanPrice.objects.select_related("plan")
    }
    groups: dict[tuple[str, str], list[Earner]] = {}
    for row in rows:
        if row.state not in {plan_states.ENDED, plan_states.INCOMPLETE}:
            key = (names.get(row.price, row.price), row.currency)
            groups.setdefault(key, []).append(row)
    return [
        PlanFigures(
            plan=plan,
            currency=currency,
            states={s: sum(row.state == s for row in group) for s in revenue.STATES},
            mrr=revenue.mrr(row for row in group if row.state in revenue.PAYING).get(
                currency, 0
            ),
        )
        for (plan, currency), group in sorted(groups.items())
    ]


def lifetime(now: datetime) -> int:
    """How many people have access that they paid once."""
    found = AccessGrant.objects.valid_at(now).filter(source_kind=PAYMENT)
    return found.aggregate(people=Count("user", distinct=True))["people"] or 0


def _months(
    rows: list[Earner], firsts: list[date], now: datetime
) -> list[tuple[revenue.Month, Sales]]:
    starts = [grants.start_of(first) for first in firsts]
    ends = [*starts[1:], now]
    sold = sales(starts[0])
    return [
        (revenue.month(rows, first, start, end), sold.get(first, Sales()))
        for first, start, end in zip(firsts, starts, ends, strict=True)
    ]


def sales(since: datetime) -> dict[date, Sales]:
    """Receipts and credit notes since then by the month of issue. One statement.

    A credit note counts where the receipt it corrects does.
    """
    details = KeyTransform(
        "subscription_details", KeyTransform("parent", "stripe_data")
    )
    recurring = djstripe.Invoice.objects.annotate(
        renews=Coalesce(  # and the shape of older API versions
            KeyTextTransform("subscription", details),
            KeyTextTransform("subscription", "stripe_data"),
        )
    ).filter(renews__isnull=False)
    net = Cast(KeyTextTransform("net", "snapshot"), BigIntegerField())
    rows = (
        Receipt.objects.filter(issued_at__gte=since)
        .annotate(
            month=TruncMonth("issued_at"), of=Coalesce("corrects__source", "source")
        )
        .annotate(recurring=Exists(recurring.filter(id=OuterRef("of"))))
        .values("month", "currency", "recurring")
        .annotate(net=Sum(net))
        .order_by("month")
    )
    found: dict[date, Sales] = {}
    for row in rows:
        one = found.setdefault(row["month"].date(), Sales())
        kind = one.recurring if row["recurring"] else one.once
        kind[row["currency"]] = row["net"]
    return found
