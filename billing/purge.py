"""Forget old events: they were processed, and Stripe keeps its own."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from billing.models.inbox import InboxEvent

KEPT_DAYS = 90
BATCH = 1000


def old_events(days: int = KEPT_DAYS, batch: int = BATCH) -> Iterator[int]:
    """Delete events processed more than days ago; yields how many went in each batch.

    Each batch is a statement of its own, so that nothing is locked for long. What was not
    processed stays, however old.
    """
    before = timezone.now() - timedelta(days=days)
    old = InboxEvent.objects.filter(processed_at__lt=before)
    while True:
        keys = list(old.order_by("processed_at").values_list("pk", flat=True)[:batch])
        if not keys:
            return
        # _raw_delete: nothing points to an event, so nothing needs to be collected first
        yield InboxEvent.objects.filter(pk__in=keys)._raw_delete(using="default")
