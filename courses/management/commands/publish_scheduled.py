"""Wagtail's command of the same name; pages with something to mend are held back first."""

from typing import Any

from wagtail.management.commands import publish_scheduled

from courses import withheld


class Command(publish_scheduled.Command):
    help = (
        "Publish and unpublish what editors planned; what must be mended stays a draft."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dryrun"]:
            withheld.hold_back()
        super().handle(*args, **options)
