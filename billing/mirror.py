"""The local copy of Stripe's objects: fetched anew, kept by dj-stripe, read as JSON.

Only dj-stripe's models and their sync are used. Its convenience methods read fields that
this API version no longer sends.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings
from djstripe import models as djstripe
from djstripe.models.base import StripeModel

from billing import embedded, entitlements, stripe_api
from billing.stripe_api import Json

PAGE = 100


type Fetched = list[tuple[str, Any]]  # kind, and Stripe's object


@dataclass(frozen=True)
class Source:
    """How one kind of object is fetched and which model keeps it."""

    model: Any
    service: Callable[[stripe.StripeClient], Any]
    expand: tuple[str, ...] = ()


SOURCES: dict[str, Source] = {
    "customer": Source(djstripe.Customer, lambda api: api.v1.customers),
    "subscription": Source(
        djstripe.Subscription,
        lambda api: api.v1.subscriptions,
        ("default_payment_method", "discounts.source.coupon"),
    ),
    "invoice": Source(
        djstripe.Invoice,
        lambda api: api.v1.invoices,
        # dj-stripe keeps an invoice's discounts as rows and takes no ids for them
        ("payments", "discounts", "lines.data.discounts"),
    ),
    "checkout.session": Source(djstripe.Session, lambda api: api.v1.checkout.sessions),
    "payment_method": Source(
        djstripe.PaymentMethod, lambda api: api.v1.payment_methods
    ),
    "payment_intent": Source(
        djstripe.PaymentIntent, lambda api: api.v1.payment_intents
    ),
    "charge": Source(djstripe.Charge, lambda api: api.v1.charges, ("refunds",)),
    "dispute": Source(djstripe.Dispute, lambda api: api.v1.disputes),
    "product": Source(djstripe.Product, lambda api: api.v1.products),
    "price": Source(djstripe.Price, lambda api: api.v1.prices),
    "tax_rate": Source(djstripe.TaxRate, lambda api: api.v1.tax_rates),
}


def _no_owner(
    cls: type, data: Any, api_key: str | None = None, livemode: Any = None
) -> None:
    """dj-stripe looks the account up by the API key, which it would write into its table
    in plain text. This school has one account, and nothing here reads that column."""


StripeModel._find_owner_account = classmethod(_no_owner)


def refresh(kind: str, object_id: str) -> Json:
    """Fetch the object from Stripe and keep it; its JSON.

    A customer deleted at Stripe comes back as {"deleted": True, …} and is not kept. Raises
    stripe.StripeError; calls Stripe once, once more for each related object that is not known
    yet, and for each list in it that goes on.
    """
    return keep(kind, _retrieved(kind, object_id))


def refresh_if_there(kind: str, object_id: str) -> Json | None:
    """As refresh; None when Stripe does not know the object (a deleted draft)."""
    found = _retrieved_if_there(kind, object_id)
    return None if found is None else keep(kind, found)


def peek(kind: str, object_id: str) -> Json:
    """What Stripe says of an object, without keeping it; {} when it does not know it.

    For what may be no business of this school. Raises stripe.StripeError.
    """
    found = _retrieved_if_there(kind, object_id)
    return {} if found is None else stripe_api.plain(found)


def _retrieved(kind: str, object_id: str) -> Any:
    source = SOURCES[kind]
    params = {"expand": list(source.expand)} if source.expand else {}
    obj = source.service(stripe_api.client()).retrieve(object_id, params)
    embedded.complete(kind, obj)
    return obj


def _retrieved_if_there(kind: str, object_id: str) -> Any:
    try:
        return _retrieved(kind, object_id)
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise


def keep(kind: str, obj: Any) -> Json:
    """Keep an object that Stripe just returned; its JSON."""
    embedded.complete(kind, obj)
    data = stripe_api.plain(obj)
    if not data.get("deleted"):
        SOURCES[kind].model.sync_from_stripe_data(
            obj, api_key=settings.STRIPE_SECRET_KEY
        )
    return data


def refresh_all(kind: str, **filters: Any) -> Iterator[Json]:
    """Fetch and keep every object of a kind that Stripe lists with these filters."""
    for obj in _listed(kind, **filters):
        yield keep(kind, obj)


def listed(kind: str, **filters: Any) -> Iterator[Json]:
    """As refresh_all, without keeping anything."""
    for obj in _listed(kind, **filters):
        yield stripe_api.plain(obj)


def _listed(kind: str, **filters: Any) -> Iterator[Any]:
    source = SOURCES[kind]
    params: dict[str, Any] = {"limit": PAGE, **filters}
    if source.expand:
        params["expand"] = [f"data.{name}" for name in source.expand]
    for obj in source.service(stripe_api.client()).list(params).auto_paging_iter():
        embedded.complete(kind, obj)
        yield obj


def fetch_customer(customer: str) -> Fetched:
    """Ask Stripe for the customer and for everything that decides about their access and
    receipts; keeps nothing."""
    found: Fetched = [("customer", _retrieved("customer", customer))]
    found += _all("subscription", customer=customer, status="all")
    for kind in ("invoice", "checkout.session", "charge"):
        rows = _all(kind, customer=customer)
        found += rows
        for _kind, obj in rows:
            found += _beside(kind, obj)
    return found


def _all(kind: str, **filters: Any) -> Fetched:
    """Nothing where Stripe lists nothing any more of a customer who was deleted."""
    try:
        return [(kind, obj) for obj in _listed(kind, **filters)]
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return []
        raise


def _beside(kind: str, obj: Any) -> Fetched:
    """What an object is not understood without: the payments of an invoice that could not be
    collected say whether the bank wants the buyer's confirmation; a charge's disputes."""
    if kind == "charge" and obj["disputed"]:
        return _all("dispute", charge=obj["id"])
    if kind == "invoice":
        intents = waiting_intents(stripe_api.plain(obj))
        return [
            ("payment_intent", found)
            for name in sorted(intents)
            if (found := _retrieved_if_there("payment_intent", name))
        ]
    return []


def refresh_customer(customer: str) -> None:
    """Fetch and keep the same."""
    for kind, obj in fetch_customer(customer):
        keep(kind, obj)


def waiting_intents(invoice: Json) -> set[str]:
    if invoice["status"] != "open" or not invoice.get("attempted"):
        return set()
    return entitlements.payment_intents(invoice)


def get(kind: str, object_id: str) -> Json | None:
    """The kept JSON of one object, or None."""
    model = SOURCES[kind].model
    found = model.objects.filter(id=object_id).values_list("stripe_data", flat=True)
    return next(iter(found), None)


def of_customer(kind: str, customer: str) -> list[Json]:
    """The kept JSON of a customer's objects of one kind, oldest first."""
    return of_customers(kind, [customer])


def of_customers(kind: str, customers: list[str]) -> list[Json]:
    """As of_customer, for several customers at once."""
    rows = SOURCES[kind].model.objects.filter(customer__id__in=customers)
    return list(rows.order_by("created", "pk").values_list("stripe_data", flat=True))


def customers_with_subscriptions(statuses: Collection[str]) -> Any:
    """Ids of the customers who have subscriptions kept in one of these states; a query."""
    rows = djstripe.Subscription.objects.filter(stripe_data__status__in=statuses)
    return rows.values("customer__id")


def end_subscriptions(customer: str, at: datetime, statuses: Collection[str]) -> None:
    """Write into the kept subscriptions in these states that they ended then."""
    rows = djstripe.Subscription.objects.filter(
        customer__id=customer, stripe_data__status__in=statuses
    )
    ended = {"status": "canceled", "ended_at": int(at.timestamp())}
    for row in rows:
        row.stripe_data = {**row.stripe_data, **ended}
        row.save(update_fields=["stripe_data"])


def disputes(charges: list[Json]) -> list[Json]:
    """The kept disputes about these charges."""
    ids = [charge["id"] for charge in charges if charge.get("disputed")]
    if not ids:
        return []
    rows = djstripe.Dispute.objects.filter(stripe_data__charge__in=ids)
    return list(rows.values_list("stripe_data", flat=True))


def disputes_about(intents: set[str]) -> list[Json]:
    """The kept disputes about these payment intents."""
    if not intents:
        return []
    rows = djstripe.Dispute.objects.filter(
        stripe_data__payment_intent__in=list(intents)
    )
    return list(rows.values_list("stripe_data", flat=True))
