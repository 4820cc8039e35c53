"""Put effects into the outbox and deliver them, at least once each."""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import translation

from outbox import handlers
from outbox.models import Message

logger = logging.getLogger(__name__)


def put(
    *, kind: str, payload: dict[str, Any], key: str = "", language: str = "es"
) -> Message | None:
    """Write one effect in the caller's transaction; None when key was written before.

    Delivery starts after commit. Nothing is sent if the transaction rolls back.
    """
    from outbox import tasks

    message, created = Message.objects.get_or_create(
        key=key or f"{kind}:{uuid.uuid4()}",
        defaults={"kind": kind, "payload": payload, "language": language},
    )
    if not created:
        return None
    transaction.on_commit(lambda: tasks.hint(str(message.pk)), robust=True)
    return message


@dataclass(frozen=True)
class Effect:
    """One of many: see put()."""

    key: str
    payload: dict[str, Any]
    language: str


def put_many(kind: str, effects: Iterable[Effect]) -> int:
    """put() for many of one kind, in two statements; how many keys were new."""
    from outbox import tasks

    wanted = {one.key: one for one in effects}
    known = Message.objects.filter(key__in=wanted).values_list("key", flat=True)
    for key in list(known):
        del wanted[key]
    made = [
        Message(kind=kind, key=one.key, payload=one.payload, language=one.language)
        for one in wanted.values()
    ]
    Message.objects.bulk_create(made, ignore_conflicts=True)
    keys = [str(message.pk) for message in made]
    transaction.on_commit(lambda: tasks.hint_many(keys), robust=True)
    return len(made)


def ask(message: Message) -> None:
    """Ask for prompt delivery of a message that is due; the sweeper does it otherwise."""
    from outbox import tasks

    tasks.hint(str(message.pk))


def deliver(message_id: str) -> bool:
    """Deliver one due message under a row lock; False when there was nothing to do."""
    with transaction.atomic():
        message = (
            Message.objects.due()
            .select_for_update(skip_locked=True)
            .filter(pk=message_id)
            .first()
        )
        if message is None:
            return False
        _attempt(message)
        return True


def sweep(limit: int = 200) -> int:
    """Deliver every message that is due, at most limit; returns how many were tried."""
    due = list(Message.objects.due().values_list("pk", flat=True)[:limit])
    return sum(deliver(str(pk)) for pk in due)


def _attempt(message: Message) -> None:
    try:
        with transaction.atomic(), translation.override(message.language):
            handlers.handler_of(message.kind)(message)
    except Exception as error:  # noqa: BLE001  whatever a delivery raises is kept and retried
        logger.warning("outbox %s failed: %s", message, type(error).__name__)
        message.failed(f"{type(error).__name__}: {error}")
    else:
        message.delivered()
