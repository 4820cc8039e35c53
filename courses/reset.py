"""Setting a student's progress back to the start, with history, and restoring it.

A reset takes lessons, video positions and quiz attempts away, so that their number
starts at one again. Enrolment, access, notes and certificates stay; the finished course
stays finished unless that is asked for. Everything taken away is kept in ProgressReset.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils.timezone import now

from audit import trail
from courses import reset_merge
from courses.models import (
    Course,
    CourseCompletion,
    Item,
    ItemProgress,
    ProgressReset,
    QuizAttempt,
    QuizDraft,
    Regraded,
    VideoProgress,
)

type Snapshot = dict[str, list[dict[str, Any]]]

# in the order they are put back; they are taken away in the other one
KEPT: tuple[type[models.Model], ...] = (
    ItemProgress,
    VideoProgress,
    QuizDraft,
    QuizAttempt,
    Regraded,
    CourseCompletion,
)


@transaction.atomic
def reset(
    course: Course,
    users: Iterable[int],
    *,
    reason: str,
    actor: Any,
    item: Item | None = None,
    completion: bool = False,
    batch: uuid.UUID | None = None,
) -> list[ProgressReset]:
    """Set these students back, in the whole course or one lesson; what was kept of each.

    Students who did nothing there are left out. A fixed number of statements.
    """
    people = list(users)
    found: dict[int, Snapshot] = defaultdict(dict)
    taken: list[models.QuerySet[Any]] = []
    for model in KEPT:
        rows = list(_rows(model, course, people, item, completion=completion))
        for row in rows:
            found[_owner(row)].setdefault(model.__name__, []).append(_frozen(row))
        taken.append(model._default_manager.filter(pk__in=[row.pk for row in rows]))
    for chosen in reversed(taken):
        chosen.delete()
    kept = ProgressReset.objects.bulk_create(
        ProgressReset(
            user_id=user,
            course=course,
            item=item,
            by=getattr(actor, "email", str(actor)),
            reason=reason[:200],
            completion=completion,
            batch=batch or uuid.uuid4(),
            snapshot=snapshot,
        )
        for user, snapshot in found.items()
    )
    trail.record_many(actor, "progress.reset", [_event(row) for row in kept])
    return kept


@transaction.atomic
def restore(pk: uuid.UUID, *, actor: Any) -> bool:
    """Put back what a reset took; what the student did since then stays too.

    False when it was restored before.
    """
    kept = (
        ProgressReset.objects.select_for_update(of=("self",))
        .select_related("course", "item")
        .filter(pk=pk, undone_at=None)
        .first()
    )
    if kept is None:
        return False
    for model in KEPT:
        rows = [thawed(model, row) for row in kept.snapshot.get(model.__name__, [])]
        reset_merge.put_back(model, rows)
    kept.undone_at, kept.undone_by = now(), getattr(actor, "email", str(actor))
    kept.save(update_fields=["undone_at", "undone_by"])
    trail.record_many(actor, "progress.restore", [_event(kept)])
    return True


def _rows(
    model: type[models.Model],
    course: Course,
    people: list[int],
    item: Item | None,
    *,
    completion: bool,
) -> Any:
    """Locked rows of these people in the course or lesson."""
    rows: Any = model._default_manager.select_for_update(of=("self",)).order_by("pk")
    if model is CourseCompletion:
        wanted = people if completion else []
        return rows.filter(user__in=wanted, course=course)
    prefix = "attempt__" if model is Regraded else ""
    rows = rows.select_related("attempt") if model is Regraded else rows
    where = {f"{prefix}item": item} if item else {f"{prefix}item__course": course}
    return rows.filter(**{f"{prefix}user__in": people}, **where)


def _owner(row: Any) -> int:
    return int(row.attempt.user_id if isinstance(row, Regraded) else row.user_id)


def _frozen(row: models.Model) -> dict[str, Any]:
    """The row's columns as JSON values that thawed() turns back exactly."""
    return {field.attname: _value(field, row) for field in row._meta.concrete_fields}


def _value(field: Any, row: models.Model) -> Any:
    value = field.value_from_object(row)
    if isinstance(field, models.JSONField) or isinstance(value, bool | int | str):
        return value
    return None if value is None else field.value_to_string(row)


def thawed(model: type[models.Model], values: dict[str, Any]) -> Any:
    """The row again, not saved. Columns that went since then are left out."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(
        **{
            name: fields[name].to_python(value)
            for name, value in values.items()
            if name in fields
        }
    )


def _event(kept: ProgressReset) -> tuple[str, dict[str, Any]]:
    return f"user:{kept.user_id}", {
        "course": kept.course.code,
        "lesson": kept.item.title if kept.item else "",
        "reason": kept.reason,
        "completion": kept.completion,
        "rows": {name: len(rows) for name, rows in kept.snapshot.items()},
        "reset": str(kept.pk),
        "batch": str(kept.batch),
    }
