"""Noticing that a published quiz marks earlier attempts differently.

Whatever publishes (the editor, a workflow, the clock, a bulk action, the API) ends here
through page_published: results are kept and the choice stays open until somebody makes it.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.timezone import now

from courses import places, quiz_versions, regrade
from courses.models import Item, LessonPage, QuizChange
from courses.quiz_versions import Content
from courses.regrade import Choice, Impact


def impacts(lesson: LessonPage) -> list[Impact]:
    """What publishing this text (a draft, or the live one) does to earlier results.

    Only quizzes with results that change and that nobody has decided about.
    """
    item = Item.objects.filter(key=lesson.key).first()
    if item is None:
        return []
    found = []
    for block_id, content in quiz_versions.contents_of(lesson).items():
        if not _is_decided(item, block_id, content):
            impact = regrade.dry_run(item, block_id, content)
            if impact.changed:
                found.append(impact)
    return found


@transaction.atomic
def notice(lesson: LessonPage) -> None:
    """After publishing: leave an open choice for each quiz that needs one."""
    item = Item.objects.filter(key=lesson.key).first()
    if item is None:
        return
    needed = {one.block_id: one for one in impacts(lesson)}
    for block_id, content in quiz_versions.contents_of(lesson).items():
        waiting = QuizChange.objects.filter(
            item=item, block_id=block_id, choice=Choice.OPEN
        )
        if block_id not in needed:
            waiting.delete()
            continue
        QuizChange.objects.update_or_create(
            item=item,
            block_id=block_id,
            choice=Choice.OPEN,
            defaults={
                "version": quiz_versions.version_of(item, block_id, content),
                "attempts": needed[block_id].attempts,
                "changed": needed[block_id].changed,
                "created_at": now(),
            },
        )


def waiting() -> Iterable[tuple[QuizChange, LessonPage]]:
    """Every open choice with a page of its lesson; lessons without a live page left out."""
    changes = QuizChange.objects.filter(choice=Choice.OPEN).select_related(
        "item__course", "version"
    )
    for change in changes:
        page = places.pages_of(change.item_id).live().order_by("path").first()
        if page:
            yield change, page


def _is_decided(item: Item, block_id: str, content: Content) -> bool:
    """Whether the newest decision was about this key."""
    last = (
        QuizChange.objects.filter(item=item, block_id=block_id)
        .exclude(choice=Choice.OPEN)
        .select_related("version")
        .order_by("-decided_at")
        .first()
    )
    return last is not None and not regrade.differs(last.version.content, content)
