"""The one way this room talks to Stripe, and what it says when Stripe is away."""

from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

TIMEOUT_SECONDS = 8
RETRIES = 1

type Json = dict[str, Any]


class StripeAwayError(Exception):
    """Stripe did not answer, or refused for a reason that a person cannot mend."""


# dj-stripe's own calls go through the module's defaults, which would wait 80 seconds
stripe.default_http_client = stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
stripe.max_network_retries = RETRIES


def client() -> stripe.StripeClient:
    """A client for the school's account. Raises StripeAwayError when no key is set."""
    if not settings.STRIPE_SECRET_KEY:
        raise StripeAwayError("no Stripe key is set")
    return _client(settings.STRIPE_SECRET_KEY, stripe.api_base)


@lru_cache(maxsize=4)
def _client(key: str, host: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": host},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def plain(obj: Any) -> Json:
    """A Stripe object as plain dicts and lists."""
    return dict(obj.to_dict())


def id_of(reference: Any) -> Any:
    """The id that a field names, whether Stripe expanded the field or not; None for none."""
    return reference["id"] if isinstance(reference, dict) else reference


# What a caller of this room sees instead of Stripe's own errors.
AWAY = (stripe.StripeError, StripeAwayError)
