"""Putting rows back beside what a student did after a reset: nothing of either is lost."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import F

from courses.models import (
    CourseCompletion,
    ItemProgress,
    QuizAttempt,
    QuizDraft,
    VideoProgress,
)

FAR = 1_000_000  # out of the way while attempts are numbered anew


def put_back(model: type[models.Model], rows: list[Any]) -> None:
    """Insert the rows; where the student has one again, bring the two together."""
    merge = MERGES.get(model)
    fresh = rows
    if merge is not None:
        fresh = [row for row in rows if not merge(row)]
    model._default_manager.bulk_create(fresh)
    if model is QuizAttempt:
        _renumber(rows)


def _progress(old: ItemProgress) -> bool:
    new = ItemProgress.objects.filter(user=old.user_id, item=old.item_id).first()
    if new is None:
        return False
    done = [row for row in (old, new) if row.completed_at]
    if done:
        first = min(done, key=lambda row: row.completed_at)  # type: ignore[arg-type,return-value]
        new.state, new.completed_at = first.state, first.completed_at
        new.completed_by = first.completed_by
    new.first_opened = min(old.first_opened, new.first_opened)
    new.last_opened = max(old.last_opened, new.last_opened)
    new.seconds += old.seconds
    new.save()
    return True


def _video(old: VideoProgress) -> bool:
    new = VideoProgress.objects.filter(
        user=old.user_id, item=old.item_id, block_id=old.block_id
    ).first()
    if new is None:
        return False
    new.intervals = union([*old.intervals, *new.intervals])
    new.duration = max(old.duration, new.duration)
    new.save(update_fields=["intervals", "duration"])
    return True


def union(intervals: list[list[int]]) -> list[list[int]]:
    """Merged and in order: [[0, 5], [4, 9]] is [[0, 9]]."""
    merged: list[list[int]] = []
    for start, stop in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], stop)
        else:
            merged.append([start, stop])
    return merged


def _draft(old: QuizDraft) -> bool:
    """The newer open attempt stays."""
    return QuizDraft.objects.filter(
        user=old.user_id, item=old.item_id, block_id=old.block_id
    ).exists()


def _completion(old: CourseCompletion) -> bool:
    return CourseCompletion.objects.filter(
        user=old.user_id, course=old.course_id
    ).exists()


def _attempt(old: QuizAttempt) -> bool:
    """Make room: attempts made since the reset come after the old ones."""
    _since(old).filter(n__lt=FAR).exclude(pk=old.pk).update(n=F("n") + FAR)
    return False


def _since(old: QuizAttempt) -> Any:
    return QuizAttempt.objects.filter(
        user=old.user_id, item=old.item_id, block_id=old.block_id
    )


def _renumber(rows: list[QuizAttempt]) -> None:
    last: dict[tuple[Any, Any, str], QuizAttempt] = {}
    for row in sorted(rows, key=lambda one: one.n):
        last[row.user_id, row.item_id, row.block_id] = row
    for old in last.values():
        _since(old).filter(n__gt=FAR).update(n=F("n") - FAR + old.n)


MERGES: dict[type[models.Model], Callable[[Any], bool]] = {
    ItemProgress: _progress,
    VideoProgress: _video,
    QuizDraft: _draft,
    QuizAttempt: _attempt,
    CourseCompletion: _completion,
}
