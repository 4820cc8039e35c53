"""Celery only runs what rows hold; a lost task costs at most one sweep."""

import logging
import uuid

from celery import shared_task
from django.utils.timezone import now

logger = logging.getLogger(__name__)


@shared_task
def apply_enrolment_list(pk: str) -> None:
    """Go on with an uploaded list of students: check it, apply it, or undo it."""
    from courses import enrolment_import

    enrolment_import.run(uuid.UUID(pk))


@shared_task
def sweep_enrolment_lists() -> int:
    """Go on with lists whose worker died; returns how many. One that fails stops no other."""
    from courses import enrolment_import

    waiting = enrolment_import.stalled()
    for pk in waiting:
        try:
            enrolment_import.run(pk)
        except Exception:
            logger.exception("enrolment list %s: tried again later", pk)
    return len(waiting)


def hint(pk: str) -> None:
    """Ask for prompt work; with the broker away the sweeper does it later."""
    try:
        apply_enrolment_list.delay(pk)
    except Exception as error:  # noqa: BLE001  kombu raises many kinds; none may reach a page
        logger.warning("queue away, the sweeper will go on: %s", type(error).__name__)


@shared_task
def close_quizzes() -> int:
    """Grade what a time limit ended and nobody came back to; how many. Safe to run twice.

    Attempts of lessons without a published page wait until there is one again.
    """
    from courses import places, quiz
    from courses.models import QuizDraft

    closed = 0
    over = QuizDraft.objects.filter(closes_at__lt=now() - quiz.GRACE)
    for draft in over.select_related("user", "version").order_by("closes_at")[:500]:
        lesson = places.pages_of(draft.item_id).live().order_by("path").first()
        if lesson and quiz.close(draft, lesson):
            closed += 1
    return closed


@shared_task
def sweep_mails() -> int:
    """Queue the mails that time causes; returns how many."""
    from courses import mail_sweep

    return mail_sweep.run()
