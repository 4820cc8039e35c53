"""Make access, receipts and mails agree with Stripe, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import nightly
from billing.management.progress import track
from billing.models import CustomerLink


class Command(BaseCommand):
    help = "Fetch every customer from Stripe and bring access and receipts in line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say it")
        parser.add_argument("--user", metavar="EMAIL", help="only this person")

    def handle(self, *args: Any, dry_run: bool, user: str, **options: Any) -> None:
        links = CustomerLink.objects.followed()
        if user:
            links = links.filter(user__email__iexact=user)
            if not links:
                raise CommandError(f"{user} has no Stripe customer")
        failed = changed = 0
        rows = nightly.customers(links, dry_run=dry_run)
        for outcome in track(rows, "customers", links.count(), self.stdout):
            failed += bool(outcome.error)
            changed += len(outcome.changes)
            for line in outcome.lines():
                self.stdout.write(line)
        word = "would change" if dry_run else "changed"
        self.stdout.write(f"{len(links)} customers, {changed} grants {word}")
        if failed:
            raise CommandError(f"{failed} customers could not be reconciled")
