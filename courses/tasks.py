"""Celery only runs what rows hold; a lost task costs at most one sweep."""

import logging
import uuid

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task
def apply_enrolment_list(pk: str) -> None:
    """Go on with an uploaded list of students: apply it, or undo it."""
    from courses import enrolment_import

    enrolment_import.run(uuid.UUID(pk))


@shared_task
def sweep_enrolment_lists() -> int:
    """Go on with lists whose worker died; returns how many."""
    from courses import enrolment_import

    waiting = enrolment_import.stalled()
    for pk in waiting:
        enrolment_import.run(pk)
    return len(waiting)


def hint(pk: str) -> None:
    """Ask for prompt work; with the broker away the sweeper does it later."""
    try:
        apply_enrolment_list.delay(pk)
    except Exception as error:  # noqa: BLE001  kombu raises many kinds; none may reach a page
        logger.warning("queue away, the sweeper will go on: %s", type(error).__name__)
