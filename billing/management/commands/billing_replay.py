"""Process stored Stripe events again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import inbox
from billing.management.progress import track
from billing.models import InboxEvent


class Command(BaseCommand):
    help = "Process these stored Stripe events again; safe, whatever became of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("events", nargs="*", metavar="EVENT", help="evt_…")
        parser.add_argument(
            "--waiting",
            action="store_true",
            help="instead: all that are due, from cron",
        )
        parser.add_argument(
            "--dead", action="store_true", help="all that were given up"
        )

    def handle(self, *args: Any, events: list[str], dead: bool, **options: Any) -> None:
        if options["waiting"]:  # what the task runner does, where none runs
            self.stdout.write(f"tried {inbox.sweep(limit=10_000)}")
            return
        if dead:
            events = [*events, *InboxEvent.objects.dead().values_list("pk", flat=True)]
        if not events and not dead:
            raise CommandError("name the events (evt_…), or --dead for all given up")
        rows = track(events, "events", len(events), self.stdout)
        failed = sum(not self._replay(event_id) for event_id in rows)
        if failed:
            raise CommandError(f"{failed} of {len(events)} events failed again")

    def _replay(self, event_id: str) -> bool:
        try:
            inbox.replay(event_id, actor="billing_replay")
        except InboxEvent.DoesNotExist:
            self.stderr.write(f"{event_id}: no such event was received")
            return False
        event = InboxEvent.objects.get(pk=event_id)
        self.stdout.write(f"{event}: {event.last_error or 'done'}")
        return event.processed_at is not None
