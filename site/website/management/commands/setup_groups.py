from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from website import groups


class Command(BaseCommand):
    help = "Give Editors, Moderators and Owners the permissions they need; idempotent."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            groups.setup()
        self.stdout.write(self.style.SUCCESS("The groups have their permissions."))
