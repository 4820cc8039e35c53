"""Forget events that were processed long ago."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import purge
from billing.management.progress import track


class Command(BaseCommand):
    help = "Delete stored Stripe events that were processed long ago; others stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            default=purge.KEPT_DAYS,
            help=f"keep those of the last days (default {purge.KEPT_DAYS})",
        )

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        if days < 1:
            raise CommandError("--days: one or more")
        batches = track(purge.old_events(days), "batches", None, self.stdout)
        self.stdout.write(f"{sum(batches)} events deleted")
