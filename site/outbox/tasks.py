"""Celery only runs what the outbox holds; a lost task costs at most one sweep."""

import logging

from celery import shared_task

from outbox import queue

logger = logging.getLogger(__name__)


@shared_task
def deliver(message_id: str) -> None:
    queue.deliver(message_id)


@shared_task
def sweep() -> int:
    return queue.sweep()


def hint(message_id: str) -> None:
    """Ask for prompt delivery; with the broker away the sweeper does it later."""
    hint_many([message_id])


def hint_many(message_ids: list[str]) -> None:
    """hint() for many; the first the broker refuses ends the asking."""
    try:
        for message_id in message_ids:
            deliver.delay(message_id)
    except Exception as error:  # noqa: BLE001  kombu raises many kinds; none may reach a page
        logger.warning("queue away, the sweeper will deliver: %s", type(error).__name__)
