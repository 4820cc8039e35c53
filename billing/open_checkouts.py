"""Payment pages at Stripe that somebody left open, closed when nothing may be paid there."""

from django.db.models import QuerySet

from billing import stripe_api
from billing.models.customers import CheckoutAttempt
from outbox import queue
from outbox.handlers import register
from outbox.models import Message

KIND = "billing-expire-checkout"


def expire(attempts: QuerySet[CheckoutAttempt]) -> None:
    """Queue the closing of the attempts' pages, in the caller's transaction."""
    open_ones = attempts.filter(closed_at=None).exclude(session="")
    for session in open_ones.values_list("session", flat=True):
        queue.put(kind=KIND, key=f"{KIND}:{session}", payload={"session": session})


@register(KIND)
def close(message: Message) -> None:
    """Expire the page unless it was paid or ran out by itself. Raises stripe.StripeError,
    and is tried again then."""
    service = stripe_api.client().v1.checkout.sessions
    session = service.retrieve(message.payload["session"])
    if session.status == "open":
        service.expire(session.id)
