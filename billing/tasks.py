"""Celery only runs what the inbox holds; a lost task costs at most one sweep."""

import logging

from celery import shared_task
from django.conf import settings

from billing import inbox, nightly, purge

logger = logging.getLogger(__name__)


@shared_task
def process(event_id: str) -> None:
    inbox.process(event_id)


@shared_task
def sweep_inbox() -> int:
    return inbox.sweep()


@shared_task
def reconcile() -> None:
    """Heal what a lost event left behind, once a night."""
    if settings.BILLING_ENABLED:
        nightly.run()


@shared_task
def purge_inbox() -> int:
    """Forget events that were processed long ago."""
    return sum(purge.old_events())


def hint(event_id: str) -> None:
    """Ask for prompt processing; with the broker away the sweeper does it later."""
    try:
        process.delay(event_id)
    except Exception as error:  # noqa: BLE001  kombu raises many kinds; none may reach Stripe
        logger.warning("queue away, the sweeper will process: %s", type(error).__name__)
