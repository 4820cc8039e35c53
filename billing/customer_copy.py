"""A person's name, address and language, copied to their Stripe customer when they change."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from accounts.models import User
from billing import links, mirror, stripe_api
from outbox import queue
from outbox.handlers import register
from outbox.models import Message

KIND = "billing-customer"
COPIED = frozenset({"email", "name", "language"})


def connect() -> None:
    post_save.connect(changed, sender=User, dispatch_uid=KIND)


def changed(
    sender: Any,
    instance: User,
    created: bool,
    update_fields: Any = None,
    **kwargs: Any,
) -> None:
    """Queue a copy, in the transaction of the change, when there is something to copy."""
    if created or (update_fields is not None and not COPIED & set(update_fields)):
        return
    link = links.of(instance)
    if link is None:
        return
    known = mirror.get("customer", link.customer) or {}
    wanted = wanted_of(instance)
    if any(known.get(name) != value for name, value in wanted.items()):
        queue.put(kind=KIND, payload={"user": instance.pk})


def wanted_of(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": user.name or user.email,
        "preferred_locales": [user.language],
    }


@register(KIND)
def copy(message: Message) -> None:
    """Write what is true now, whatever it was when it was queued. Raises stripe.StripeError,
    and is tried again then."""
    user = User.objects.filter(pk=message.payload["user"]).first()
    link = links.of(user) if user else None
    if user is None or link is None:
        return
    with transaction.atomic():
        made = stripe_api.client().v1.customers.update(
            link.customer,
            wanted_of(user),  # type: ignore[arg-type]
        )
        mirror.keep("customer", made)
