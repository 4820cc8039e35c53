"""The state of a subscription as people are told it, whoever asks: student or owner."""

from billing.entitlements import cancels_at
from billing.stripe_api import Json

TRIALING, ACTIVE, CANCELLING, PAST_DUE = "trialing", "active", "cancelling", "past_due"
PAUSED, UNPAID, INCOMPLETE, ENDED = "paused", "unpaid", "incomplete", "ended"
# subscriptions in these states stand in the way of a second one to the same product
LIVING = frozenset({TRIALING, ACTIVE, PAST_DUE, UNPAID, PAUSED})


def state_of(subscription: Json) -> str:
    """Stripe's status, and whether it was cancelled or paused."""
    status = subscription["status"]
    if status in {TRIALING, ACTIVE} and cancels_at(subscription):
        return CANCELLING
    if status == ACTIVE and subscription.get("pause_collection"):
        return PAUSED
    if status in {"canceled", "incomplete_expired"}:
        return ENDED
    return str(status)
