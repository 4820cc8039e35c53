"""The school's subscriptions as rows that can be filtered, searched and exported."""

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Upper

from billing import plan_states
from billing.models.customers import CustomerLink
from billing.revenue_rows import subscriptions

FIRST = "stripe_data__items__data__0"


def rows() -> QuerySet[Any]:
    """Every subscription with its person and the facts that lists show.

    Adds person, person_name and email (None once an account is erased), state (as
    plan_states.state_of), price, currency, interval, amount (minor units of one piece) and
    period_end (seconds).
    """
    link = CustomerLink.objects.filter(customer=OuterRef("customer__id"))
    found: QuerySet[Any] = (
        subscriptions()
        .annotate(
            status_text=KT("stripe_data__status"),
            cancel_at_text=KT("stripe_data__cancel_at"),
            cancel_text=KT("stripe_data__cancel_at_period_end"),
            pause_text=KT("stripe_data__pause_collection"),
        )
        .annotate(
            person=Subquery(link.values("user_id")[:1]),
            person_name=Subquery(link.values("user__name")[:1]),
            email=Subquery(link.values("user__email")[:1]),
            state=_state(),
            price=KT(f"{FIRST}__price__id"),
            currency=Upper(KT(f"{FIRST}__price__currency")),
            interval=KT(f"{FIRST}__price__recurring__interval"),
            amount=Cast(KT(f"{FIRST}__price__unit_amount"), BigIntegerField()),
            period_end=Cast(KT(f"{FIRST}__current_period_end"), BigIntegerField()),
        )
        .defer("stripe_data")
    )
    return found


def _state() -> Case:
    """plan_states.state_of, as the database says it."""
    cancelled = Q(status_text__in=["trialing", "active"]) & (
        Q(cancel_at_text__isnull=False) | Q(cancel_text="true")
    )
    return Case(
        When(
            status_text__in=["canceled", "incomplete_expired"],
            then=Value(plan_states.ENDED),
        ),
        When(cancelled, then=Value(plan_states.CANCELLING)),
        When(
            status_text="active",
            pause_text__isnull=False,
            then=Value(plan_states.PAUSED),
        ),
        default="status_text",
        output_field=CharField(),
    )
