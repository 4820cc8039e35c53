"""Contradictory settings become system-check errors."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured


@register(Tags.security)
def contradictory_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse combinations that would be dangerous in production."""
    found: list[CheckMessage] = []
    if settings.DEBUG and settings.STRIPE_LIVE_MODE:
        found.append(
            Error(
                "A live Stripe key is set while AMI_DEBUG is on.",
                hint="Turn AMI_DEBUG off, or use a test key.",
                id="ami.E001",
            )
        )
    if settings.BILLING_ENABLED and not settings.STRIPE_WEBHOOK_SECRETS:
        found.append(
            Error(
                "STRIPE_SECRET_KEY is set without STRIPE_WEBHOOK_SECRET.",
                hint="Subscriptions would never reach the site: set the secret of the endpoint /billing/webhook/.",
                id="ami.E002",
            )
        )
    found += _certificate_key()
    if not settings.DEBUG and settings.SECURE and "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error("AMI_ALLOWED_HOSTS must name the hosts of this site.", id="ami.E003")
        )
    return found


def _certificate_key() -> list[CheckMessage]:
    """Said at the start, not when the first student finishes a course."""
    from courses import certificate_keys

    try:
        certificate_keys.private_key()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="ami.E004")]
    return []
