"""The webhook inbox: store each event once, process it until it works."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from audit import trail
from billing import erasure, processing
from billing.models.inbox import InboxEvent

logger = logging.getLogger(__name__)


def store(payload: dict[str, Any]) -> None:
    """Keep a verified event; one that is there already is left as it is. One statement."""
    InboxEvent.objects.bulk_create(
        [
            InboxEvent(
                id=payload["id"],
                type=payload["type"],
                livemode=payload["livemode"],
                created=datetime.fromtimestamp(payload["created"], UTC),
                payload=payload,
            )
        ],
        ignore_conflicts=True,
    )


def process(event_id: str) -> bool:
    """Process one due event under its row's lock; False when there was nothing to do.

    A failure is kept on the row and tried again later; it never raises one.
    """
    with transaction.atomic():
        event = (
            InboxEvent.objects.due()
            .select_for_update(skip_locked=True)
            .filter(pk=event_id)
            .first()
        )
        if event is None:
            return False
        _attempt(event)
        return True


def _attempt(event: InboxEvent) -> None:
    try:
        with transaction.atomic():
            processing.handle(event)
    except Exception as error:  # noqa: BLE001  whatever processing raises is kept and retried
        logger.warning("stripe event %s failed: %s", event, type(error).__name__)
        event.failed(f"{type(error).__name__}: {error}")
    else:
        event.done()
    if erasure.of_nobody(event):
        erasure.cut(event)


def sweep(limit: int = 200) -> int:
    """Process every event that is due, at most limit; returns how many were tried."""
    due = list(InboxEvent.objects.due().values_list("pk", flat=True)[:limit])
    return sum(process(pk) for pk in due)


def replay(event_id: str, *, actor: Any) -> bool:
    """Process a stored event again, whatever became of it, and write down who asked.

    Raises InboxEvent.DoesNotExist.
    """
    event = InboxEvent.objects.get(pk=event_id)
    with transaction.atomic():
        event.revive()
        trail.record(actor, "billing.replay", f"event:{event_id}", type=event.type)
    return process(event_id)
