"""What the copies of Stripe's objects say of a person, taken out for good.

Amounts, dates, ids and the country stay: access, figures and receipts follow from them.
The receipts themselves are kept whole, as the law asks.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.db.models.signals import pre_delete
from djstripe import models as djstripe

from accounts.models import User
from billing import entitlements
from billing.models.customers import CustomerLink
from billing.models.inbox import (
    CHARGE,
    CUSTOMER,
    OBJECT,
    OF_CUSTOMERS,
    InboxEvent,
)
from billing.stripe_api import Json, id_of

# emptied wherever they stand, with all that is in them
PERSONAL = frozenset(
    [
        "account_holder_name", "address", "billing_details", "business_name",
        "cardholder_name", "cashtag", "collected_information", "custom_fields",
        "customer_acceptance", "customer_address", "customer_details", "customer_email",
        "customer_email_address", "customer_name", "customer_phone",
        "customer_purchase_ip", "customer_shipping", "customer_tax_ids", "email",
        "evidence", "fingerprint", "hosted_invoice_url", "individual_name",
        "invoice_pdf", "ip_address", "owner", "payer_email", "payer_name", "phone",
        "receipt_email", "receipt_number", "receipt_url", "shipping",
        "shipping_address", "shipping_cost", "shipping_details", "tax_id", "tax_ids",
        "verified_address", "verified_email", "verified_name",
    ]
)  # fmt: skip
# of these kinds a name or a description is a person's too, elsewhere a product's
NAMED = frozenset({"customer", "card", "bank_account", "source"})
NAMES = frozenset({"name", "description"})
PUBLIC = frozenset({"country"})
# of an event: what replaying it needs
IDS = (
    "id", "object", "customer", "charge", "payment_intent", "subscription", "invoice",
    "status", "payment_status",
)  # fmt: skip
DETACHED = "payment_method.detached"


def connect() -> None:
    pre_delete.connect(deleted, sender=User, dispatch_uid="billing-erasure")


def deleted(sender: Any, instance: User, **kwargs: Any) -> None:
    """An account that an owner deletes is erased here too."""
    with transaction.atomic():
        leave(instance)


def leave(user: User) -> None:
    """Part a person from their customers, and forget who those were. In a transaction.

    Locks in the order of billing.inbox: events, then customers. What is being fetched this
    moment is blanked after it arrived.
    """
    held = user.stripe_customers.values_list("customer", flat=True)
    customers = sorted({*held, *marked(user.pk)})
    for customer in customers:
        _locked(customer)
    list(user.stripe_customers.select_for_update().order_by("pk"))
    user.stripe_customers.update(user=None)
    for customer in customers:
        forget(customer)


def catch_up() -> int:
    """Forget the customers of accounts that were erased before this was done; how many."""
    nobodys = CustomerLink.objects.filter(user=None).values("customer")
    known = djstripe.Customer.objects.filter(id__in=nobodys).exclude(email="")
    customers = list(known.values_list("id", flat=True))
    for customer in customers:
        with transaction.atomic():
            _locked(customer)
            CustomerLink.objects.select_for_update().get(customer=customer)
            forget(customer)
    return len(customers)


def forget(customer: str) -> None:
    """Blank everything kept about a customer: copies and events. Under the link's lock."""
    blank(customer)
    # one that arrived since is locked by whoever processes it, and cuts it then
    for event in _locked(customer, skip_locked=True):
        cut(event, customer)


def blank(customer: str) -> None:
    """Take the person out of every copied object of a customer; writes what changes."""
    for rows in _copies(customer):
        _blank(rows)


def _blank(rows: QuerySet[Any]) -> None:
    for row in rows:
        data = blanked(row.stripe_data)
        changed = {"stripe_data": data} if data != row.stripe_data else {}
        if getattr(row, "email", ""):
            changed["email"] = ""
        if changed:
            type(row).objects.filter(pk=row.pk).update(**changed)


def blank_method(method: str) -> None:
    """Take the person out of a card that was taken off; it names nobody's customer now."""
    _blank(djstripe.PaymentMethod.objects.filter(id=method))


def blanked(value: Any) -> Any:
    """A copy of Stripe's JSON that names nobody; every key stays."""
    if isinstance(value, list):
        return [blanked(one) for one in value]
    if not isinstance(value, dict):
        return value
    personal = PERSONAL | NAMES if value.get("object") in NAMED else PERSONAL
    return {
        name: _emptied(one) if name in personal else blanked(one)
        for name, one in value.items()
    }


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: one if name in PUBLIC else _emptied(one)
            for name, one in value.items()
        }
    return [] if isinstance(value, list) else None


def of_nobody(event: InboxEvent) -> bool:
    """Whether the event is about a customer who is nobody here: the account was erased, or
    they are another shop's. Two queries at most."""
    customer = _customer(event.payload)
    ours = CustomerLink.objects.filter(customer=customer, user__isnull=False)
    return bool(customer) and not ours.exists()


def cut(event: InboxEvent, customer: str = "") -> None:
    """Leave of an event's content the ids that replaying it needs; no error text."""
    payload: Json = event.payload
    data = payload["data"]
    known = {name: data["object"].get(name) for name in IDS}
    if known["object"] == "invoice":
        known["subscription"] = entitlements.subscription_of(data["object"])
    if known["object"] != "customer":
        known["customer"] = customer or _customer(payload)
    kept = {
        "object": {k: value for k, value in known.items() if isinstance(value, str)}
    }
    if before := (data.get("previous_attributes") or {}).get("status"):
        kept["previous_attributes"] = {"status": str(before)}
    about = ("id", "object", "type", "created", "livemode", "api_version")
    event.payload = {k: payload[k] for k in about if k in payload} | {"data": kept}
    event.last_error = ""
    event.save(update_fields=["payload", "last_error"])


def marked(person: int) -> list[str]:
    """Customers that our server made for a person, as their metadata says; also those
    whose link a crash prevented."""
    rows = djstripe.Customer.objects.filter(stripe_data__metadata__ami_user=str(person))
    return list(rows.values_list("id", flat=True))


def _customer(payload: Json) -> str:
    """Whose event it is, as far as it and the copies say; "" for nobody's."""
    data = payload.get("data")
    obj = data.get("object") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(obj, dict):
        return ""
    if obj.get("object") == "customer":
        return str(obj.get("id", ""))
    before = data.get("previous_attributes") or {}
    found = id_of(obj.get("customer") or before.get("customer"))
    if not found and isinstance(obj.get("charge"), str):
        charges = djstripe.Charge.objects.filter(id=obj["charge"])
        found = charges.values_list("customer_id", flat=True).first()
    return str(found or "")


def _locked(customer: str, *, skip_locked: bool = False) -> list[InboxEvent]:
    """A customer's events, their rows locked; four statements."""
    rows = InboxEvent.objects.annotate(
        customer=CUSTOMER, charge=CHARGE, object_id=OBJECT
    ).select_for_update(skip_locked=skip_locked)
    charges = list(_charges(customer).values_list("id", flat=True))
    before = {"payload__data__previous_attributes__customer": customer}
    return [
        *rows.filter(customer=customer).order_by("pk"),
        *rows.filter(type__in=OF_CUSTOMERS, object_id=customer).order_by("pk"),
        *rows.filter(charge__in=charges, customer__isnull=True).order_by("pk"),
        *rows.filter(type=DETACHED, **before).order_by("pk"),
    ]


def _charges(customer: str) -> QuerySet[Any]:
    return djstripe.Charge.objects.filter(customer__id=customer)  # type: ignore[no-any-return]


def _copies(customer: str) -> Iterator[QuerySet[Any]]:
    """The rows of every model that copies something of a customer."""
    yield djstripe.Customer.objects.filter(id=customer)
    for relation in djstripe.Customer._meta.related_objects:
        if isinstance(relation.field, ForeignKey) and _is_copy(relation.related_model):
            name = relation.field.name
            yield relation.related_model.objects.filter(**{f"{name}__id": customer})
    charges = _charges(customer)
    yield djstripe.Refund.objects.filter(charge__id__in=charges.values("id"))
    yield djstripe.Dispute.objects.filter(
        Q(charge__id__in=charges.values("id"))
        | Q(stripe_data__charge__in=list(charges.values_list("id", flat=True)))
    )
    # a card that was taken off names no customer any more, but what it paid names it
    cards = charges.exclude(payment_method=None).values("payment_method__id")
    yield djstripe.PaymentMethod.objects.filter(id__in=cards)


def _is_copy(model: Any) -> bool:
    return any(field.name == "stripe_data" for field in model._meta.get_fields())
