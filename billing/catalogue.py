"""Plans' prices, copied from Stripe."""

from typing import Any

from billing import mirror
from billing.models.plans import Plan, PlanPrice
from billing.stripe_api import Json


def sync() -> list[PlanPrice]:
    """Copy every product and price from Stripe; the plans' prices after it.

    Products that no plan names are left alone. Raises stripe.StripeError.
    """
    for product in mirror.refresh_all("product"):
        adopt(product)
    return [
        price
        for data in mirror.refresh_all("price")
        if (price := copy(data)) is not None
    ]


def refresh(kind: str, object_id: str) -> None:
    """Copy one product or price again; a price that is gone is off sale. Raises
    stripe.StripeError."""
    data = mirror.refresh_if_there(kind, object_id)
    if kind != "price":
        return
    if data and not data.get("deleted"):
        copy(data)
    else:
        PlanPrice.objects.filter(stripe_price=object_id).update(active=False)


def adopt(product: Json) -> Plan | None:
    """Give the plan whose code is in the product's metadata (ami_plan) its product."""
    code = (product.get("metadata") or {}).get("ami_plan", "")
    plan = Plan.objects.filter(code=code, stripe_product="").first() if code else None
    if plan:
        plan.stripe_product = product["id"]
        plan.save(update_fields=["stripe_product"])
    return plan


def copy(data: Json) -> PlanPrice | None:
    """Write a Stripe price into its plan; None when no plan sells its product.

    A price without a fixed amount cannot be shown on a card and is left out.
    """
    plan = Plan.objects.filter(stripe_product=_product(data)).first()
    interval = _interval(plan, data) if plan else None
    if plan is None or interval is None or data.get("unit_amount") is None:
        return None
    price, _ = PlanPrice.objects.update_or_create(
        stripe_price=data["id"],
        defaults={
            "plan": plan,
            "interval": interval,
            "currency": data["currency"].upper(),
            "amount": data["unit_amount"],
            "active": data["active"],
        },
    )
    return price


def _product(data: Json) -> str:
    product: Any = data["product"]
    return str(product["id"] if isinstance(product, dict) else product)


def _interval(plan: Plan, data: Json) -> str | None:
    """How often it is charged; None for what the pricing page cannot say (weekly …)."""
    recurring = data.get("recurring")
    if recurring is None:
        listed = plan.unlocks == Plan.Unlocks.COURSES
        return PlanPrice.Interval.COURSE if listed else PlanPrice.Interval.LIFETIME
    if recurring["interval_count"] == 1 and recurring["interval"] in {"month", "year"}:
        return str(recurring["interval"])
    return None
