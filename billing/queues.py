"""How the inbox and the outbox are: what waits, since when, and what was given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from audit import trail
from billing import inbox
from billing.models import InboxEvent
from outbox import queue
from outbox.models import Message

# what is older than this, while the sweep runs twice a minute, needs a look
LATE = timedelta(minutes=15)
# a page waits for them one by one
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Standing:
    """oldest: since when the oldest waits, or None when nothing waits."""

    waiting: int
    dead: int
    oldest: datetime | None

    @property
    def needs_a_look(self) -> bool:
        late = self.oldest is not None and timezone.now() - self.oldest > LATE
        return late or self.dead > 0


def events() -> Standing:
    """One statement."""
    return _standing(InboxEvent.objects.all(), "processed_at", "received_at")


def messages() -> Standing:
    """One statement."""
    return _standing(Message.objects.all(), "done_at", "created_at")


def _standing(rows: Any, done: str, since: str) -> Standing:
    waits = Q(**{done: None}, dead_at=None)
    found = rows.filter(**{done: None}).aggregate(
        waiting=Count("pk", filter=waits),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
        oldest=Min(since, filter=waits),
    )
    return Standing(**found)


def replay_event(event: InboxEvent, actor: Any) -> str:
    """Process it again and write down who asked; the error it met, or ""."""
    inbox.replay(event.pk, actor=actor)
    event.refresh_from_db()
    return event.last_error


def replay_message(message: Message, actor: Any) -> str:
    """Deliver it again, also when it was delivered, and write down who asked; the error it
    met, or ""."""
    with transaction.atomic():
        message.revive()
        trail.record(actor, "outbox.replay", f"message:{message.pk}", key=message.key)
    queue.deliver(str(message.pk))
    message.refresh_from_db()
    return message.last_error


def replay_dead_events(actor: Any) -> tuple[int, int]:
    """The first MOST_AT_ONCE that were given up; how many were tried and failed again."""
    dead = list(InboxEvent.objects.dead().order_by("received_at")[:MOST_AT_ONCE])
    return len(dead), sum(bool(replay_event(event, actor)) for event in dead)


def replay_dead_messages(actor: Any) -> tuple[int, int]:
    """As replay_dead_events, of the outbox."""
    dead = list(Message.objects.dead().order_by("created_at")[:MOST_AT_ONCE])
    return len(dead), sum(bool(replay_message(one, actor)) for one in dead)
