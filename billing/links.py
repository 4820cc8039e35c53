"""Which person a Stripe customer is. Only the server says so."""

import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from billing import mirror, stripe_api
from billing.models.customers import CustomerLink
from billing.stripe_api import Json


def of(user: User) -> CustomerLink | None:
    """The person's living customer, or None."""
    return CustomerLink.objects.filter(user=user, deleted_at=None).first()


def lock(customer: str) -> CustomerLink | None:
    """The customer's row, locked until the transaction ends; None: nobody of ours.

    A customer we made but whose row was lost with a crash is linked again by the metadata
    that our server wrote at Stripe (one call).
    """
    rows = CustomerLink.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("user").filter(customer=customer).first()
    return found or _relink(customer)


def create(user: User) -> CustomerLink:
    """Make the person's customer at Stripe and link it; the living one if there is one.

    Safe to repeat: a crash after Stripe's answer gets the same customer again. Raises
    stripe.StripeError.
    """
    existing = of(user)
    if existing:
        return existing
    made = stripe_api.client().v1.customers.create(
        {
            "email": user.email,
            "name": user.name or user.email,
            "preferred_locales": [user.language],
            "metadata": _mark(user),
        },
        {"idempotency_key": f"customer-{_fingerprint(user)}"},
    )
    mirror.keep("customer", made)
    return _link(user, made.id)


def _link(user: User, customer: str) -> CustomerLink:
    try:
        with transaction.atomic():
            return CustomerLink.objects.create(customer=customer, user=user)
    except IntegrityError:  # another request was faster
        return CustomerLink.objects.get(user=user, deleted_at=None)


def _mark(user: User) -> dict[str, str]:
    """Who made the account when: a person of another database is never taken for it."""
    return {"ami_user": str(user.pk), "ami_joined": user.date_joined.isoformat()}


def _fingerprint(user: User) -> str:
    deleted = CustomerLink.objects.filter(user=user).exclude(deleted_at=None).count()
    text = f"{_mark(user)} {user.email} {user.name} {user.language} {deleted}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _relink(customer: str) -> CustomerLink | None:
    data = mirror.peek("customer", customer)
    user = None if data.get("deleted") else _marked(data)
    if user is None or of(user):
        return None
    mirror.refresh("customer", customer)
    return CustomerLink.objects.create(customer=customer, user=user)


def _marked(data: Json) -> User | None:
    mark = data.get("metadata") or {}
    key = mark.get("ami_user", "")
    people = User.objects.filter(is_active=True)  # nobody whose account was erased
    user = people.filter(pk=int(key)).first() if key.isdecimal() else None
    return (
        user if user and _mark(user)["ami_joined"] == mark.get("ami_joined") else None
    )


def is_ours(data: Json) -> bool:
    """Whether our server made this Stripe customer, for anybody."""
    known = CustomerLink.objects.filter(customer=data["id"]).exists()
    return known or _marked(data) is not None


def gone(link: CustomerLink) -> None:
    """The customer was deleted at Stripe; receipts stay, the person may buy again."""
    link.deleted_at = link.deleted_at or timezone.now()
    link.save(update_fields=["deleted_at"])
