"""Work on a clock."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def publish_scheduled() -> None:
    """Publish and unpublish what editors planned for now; safe to run twice."""
    call_command("publish_scheduled", verbosity=0)
