"""Plans' prices, copied from Stripe."""

import logging

from django.db.models import QuerySet

from billing import mirror
from billing.models.plans import Plan, PlanPrice
from billing.stripe_api import Json, id_of
from website import version

logger = logging.getLogger(__name__)


def sync() -> list[PlanPrice]:
    """Copy every product and price from Stripe; the plans' prices after it. What Stripe does
    not list any more, or sells no more, is off sale.

    Products that no plan names are left alone. An account that lists none of our prices is
    not ours (a mistaken key): nothing goes off sale, an error is logged. Raises
    stripe.StripeError.
    """
    off = set()
    for product in mirror.refresh_all("product"):
        adopt(product)
        if not product["active"]:
            off.add(product["id"])
    found = [
        price
        for data in mirror.refresh_all("price")
        if (price := copy(_sold(data, off))) is not None
    ]
    if found:
        _retire(PlanPrice.objects.exclude(pk__in=[price.pk for price in found]))
    elif PlanPrice.objects.filter(active=True).exists():
        logger.error(
            "Stripe lists none of the plans' prices: is the key of this school?"
        )
    return found


def refresh(kind: str, object_id: str) -> None:
    """Copy one product or price again; what is gone is off sale, and so are the prices of a
    product that is not sold. Raises stripe.StripeError."""
    data = mirror.refresh_if_there(kind, object_id)
    if not data or data.get("deleted"):
        data = None
    if kind == "product":
        _follow_product(object_id, on_sale=bool(data and data["active"]))
    elif data:
        copy(_of_product(data))
    else:
        _retire(PlanPrice.objects.filter(stripe_price=object_id))


def _follow_product(product: str, *, on_sale: bool) -> None:
    prices = PlanPrice.objects.filter(plan__stripe_product=product)
    if not on_sale:
        _retire(prices)
        return
    for name in prices.values_list("stripe_price", flat=True):
        if data := mirror.get("price", name):
            copy(data)


def _of_product(data: Json) -> Json:
    """A price as it is sold: by its product too, as far as that is known."""
    product = mirror.get("product", _product(data)) or {"active": True}
    return _sold(data, set() if product["active"] else {_product(data)})


def _sold(data: Json, off: set[str]) -> Json:
    return {**data, "active": data["active"] and _product(data) not in off}


def _retire(prices: QuerySet[PlanPrice]) -> None:
    if prices.filter(active=True).update(active=False):
        version.bump()  # the pricing page is kept


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
    return str(id_of(data["product"]))


def _interval(plan: Plan, data: Json) -> str | None:
    """How often it is charged; None for what the pricing page cannot say (weekly …)."""
    recurring = data.get("recurring")
    if recurring is None:
        listed = plan.unlocks == Plan.Unlocks.COURSES
        return PlanPrice.Interval.COURSE if listed else PlanPrice.Interval.LIFETIME
    if recurring["interval_count"] == 1 and recurring["interval"] in {"month", "year"}:
        return str(recurring["interval"])
    return None
