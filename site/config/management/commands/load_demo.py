"""The demo school: what every installed room contributes. Safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from wagtail import hooks

from accounts.hooks import HOOK_DEMO_STARTED, HOOK_LOAD_DEMO


class Command(BaseCommand):
    help = "Load the demo school (people, pages, courses, plans …); idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--running-at",
            metavar="URL",
            help="the site answers there: do only what needs a running site",
        )

    def handle(self, *args: Any, running_at: str | None, **options: Any) -> None:
        if running_at:
            for hook in hooks.get_hooks(HOOK_DEMO_STARTED):
                hook(running_at, self.stdout.write)
            return
        for hook in hooks.get_hooks(HOOK_LOAD_DEMO):
            with transaction.atomic():
                hook(self.stdout.write)
        self.stdout.write(self.style.SUCCESS("The demo school is loaded."))
