"""A person's name, address and language, copied to their Stripe customer when they change.

Only what the person changed here: what they gave at Checkout (a company's name) stays.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_save

from accounts.models import User
from billing import links, mirror, stripe_api
from outbox import queue
from outbox.handlers import register
from outbox.models import Message

KIND = "billing-customer"
# our field, and Stripe's
COPIED = {"email": "email", "name": "name", "language": "preferred_locales"}
BEFORE = "_billing_before"


def connect() -> None:
    pre_save.connect(remember, sender=User, dispatch_uid=KIND)
    post_save.connect(changed, sender=User, dispatch_uid=KIND)


def remember(
    sender: Any, instance: User, update_fields: Any = None, **kwargs: Any
) -> None:
    """Keep what the database says, to see what a save changes. Two queries at most, none
    when nothing of it is saved."""
    known = None
    touched = update_fields is None or COPIED.keys() & set(update_fields)
    if instance.pk and touched and links.of(instance):
        known = User.objects.filter(pk=instance.pk).values(*COPIED).first()
    setattr(instance, BEFORE, known)


def changed(sender: Any, instance: User, **kwargs: Any) -> None:
    """Queue a copy of what changed, in the transaction of the change."""
    before = getattr(instance, BEFORE, None)
    if not before:
        return
    fields = {name for name in COPIED if before[name] != getattr(instance, name)}
    if "email" in fields and not (instance.name or before["name"]):
        fields.add("name")  # who has none is called by their address
    if fields:
        payload = {"user": instance.pk, "fields": sorted(fields)}
        queue.put(kind=KIND, payload=payload)


def wanted_of(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": user.name or user.email,
        "preferred_locales": [user.language],
    }


@register(KIND)
def copy(message: Message) -> None:
    """Write what is true now of the fields that changed, whatever it was when it was queued.
    Raises stripe.StripeError, and is tried again then."""
    user = User.objects.filter(pk=message.payload["user"]).first()
    link = links.of(user) if user else None
    if user is None or link is None:
        return
    fields = message.payload.get("fields", COPIED)
    wanted = wanted_of(user)
    change: Any = {COPIED[name]: wanted[COPIED[name]] for name in fields}
    made = stripe_api.client().v1.customers.update(link.customer, change)
    with transaction.atomic():
        locked = links.lock(link.customer)
        if locked and locked.user_id:  # not erased meanwhile
            mirror.keep("customer", made)
