"""Verify the audit trail's hash chain."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import trail
from audit.models import AuditEvent


class Command(BaseCommand):
    help = "verify: check that no event of the audit trail was changed or removed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        broken = trail.broken_links()
        if broken:
            raise CommandError(
                f"{len(broken)} events do not fit the chain, first {broken[0]}"
            )
        self.stdout.write(f"{AuditEvent.objects.count()} events, the chain is whole")
