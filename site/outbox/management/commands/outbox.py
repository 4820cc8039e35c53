"""See and drain the outbox by hand or from cron."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox import queue
from outbox.models import Message


class Command(BaseCommand):
    help = "status: what waits and what was given up (exit 1 if any); drain: deliver what is due; retry: try given-up messages again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "drain", "retry"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "drain":
            self.stdout.write(f"tried {queue.sweep(limit=10_000)}")
        elif action == "retry":
            dead = list(Message.objects.dead())
            for message in dead:
                message.revive()
            self.stdout.write(f"revived {len(dead)}")
        self._status()

    def _status(self) -> None:
        waiting, dead = (
            Message.objects.waiting().count(),
            Message.objects.dead().count(),
        )
        oldest = Message.objects.waiting().order_by("created_at").first()
        since = f", oldest since {oldest.created_at:%Y-%m-%d %H:%M}" if oldest else ""
        self.stdout.write(f"waiting {waiting}{since}; given up {dead}")
        if dead:
            raise CommandError(f"{dead} messages were given up: outbox retry")
