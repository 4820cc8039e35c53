"""What a student has opened and finished; access is courses.access's business."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now as current_time

from accounts import prepared
from accounts.models import User
from courses import (
    certificates,
    completion_rules,
    mails,
    places,
    registry,
    video,
)
from courses.models import (
    Course,
    CourseCompletion,
    CoursePage,
    ItemProgress,
    LessonPage,
)
from courses.standing import Progress

Rule = ItemProgress.Rule
State = ItemProgress.State


OPENED = """
INSERT INTO courses_itemprogress AS old
    (user_id, item_id, state, first_opened, last_opened, completed_by, seconds)
SELECT %(user)s, key, 'opened', %(now)s, %(now)s, '', 0
FROM courses_item WHERE key = %(item)s
ON CONFLICT (user_id, item_id) DO UPDATE
    SET last_opened = GREATEST(old.last_opened, excluded.last_opened)
RETURNING id
"""


class NotPassedError(Exception):
    """The lesson is done only when its quiz is passed, or its video played."""


def note_opened(user: User, lesson: LessonPage, now: datetime | None = None) -> None:
    """Remember that the student is here. One statement; never moves back in time.

    Raises Item.DoesNotExist for a draft that was never published.
    """
    values: dict[str, Any] = {
        "user": user.pk,
        "item": lesson.key,
        "now": now or current_time(),
    }
    if prepared.first_row(OPENED, values) is None:  # the lesson's record is missing
        registry.item_of(lesson)
        prepared.first_row(OPENED, values)


def open_lesson(
    user: User, lesson: LessonPage, now: datetime | None = None
) -> ItemProgress:
    """Remember that the student is here; the row, made when missing."""
    moment = now or current_time()
    item = registry.item_of(lesson)
    row, created = ItemProgress.objects.get_or_create(
        user=user,
        item=item,
        defaults={"first_opened": moment, "last_opened": moment},
    )
    if not created and row.last_opened < moment:
        ItemProgress.objects.filter(pk=row.pk).update(last_opened=moment)
        row.last_opened = moment
    return row


@transaction.atomic
def complete_lesson(
    user: User,
    lesson: LessonPage,
    *,
    rule: str = Rule.MANUAL,
    now: datetime | None = None,
) -> ItemProgress:
    """Mark the lesson as done, and the course when it was the last one. Idempotent.

    Raises NotPassedError when something the lesson asks for is missing.
    """
    moment = now or current_time()
    if rule != Rule.STAFF and completion_rules.missing(user, lesson):
        raise NotPassedError(lesson.title)
    row = open_lesson(user, lesson, moment)
    if row.state == State.DONE:
        return row
    row.state, row.completed_at, row.completed_by = State.DONE, moment, rule
    row.save(update_fields=["state", "completed_at", "completed_by"])
    complete_course(user, lesson.place.course, moment)
    return row


def mark(user: User, lesson: LessonPage, now: datetime | None = None) -> ItemProgress:
    """The student says it is done, or came to its end. Raises NotPassedError.

    That the end was reached is kept even when something else is missing.
    """
    if Rule.VIEW not in completion_rules.asked(lesson):
        return complete_lesson(user, lesson, now=now)
    moment = now or current_time()
    row = open_lesson(user, lesson, moment)
    if row.read_at is None:
        ItemProgress.objects.filter(pk=row.pk).update(read_at=moment)
    return complete_lesson(user, lesson, rule=Rule.VIEW, now=moment)


def video_watched(user: User, lesson: LessonPage, report: video.Watched) -> bool:
    """After a player's report: whether it finished the lesson.

    No statement unless this report reached the share that the lesson asks for.
    """
    wanted = lesson.watch_percent
    reached = report.before < wanted <= report.percent
    if not reached or Rule.VIDEO not in completion_rules.asked(lesson):
        return False
    if completion_rules.missing(user, lesson):
        return False
    complete_lesson(user, lesson, rule=Rule.VIDEO)
    return True


def undo_complete(user: User, lesson: LessonPage) -> bool:
    """Take the mark back; False when there was none. A finished course stays finished."""
    return bool(
        ItemProgress.objects.filter(
            user=user, item=lesson.key, state=State.DONE
        ).update(state=State.OPENED, completed_at=None, completed_by="")
    )


def quiz_answered(
    user: User, lesson: LessonPage, *, passed: bool, now: datetime | None = None
) -> None:
    """After an attempt: the lesson is done when all it asks for is passed."""
    asks_for_quiz = Rule.QUIZ in completion_rules.asked(lesson)
    if asks_for_quiz and not completion_rules.missing(user, lesson):
        complete_lesson(user, lesson, rule=Rule.QUIZ, now=now)
    elif not passed:
        ItemProgress.objects.filter(
            user=user, item=lesson.key, state=State.OPENED
        ).update(state=State.FAILED)
    else:
        ItemProgress.objects.filter(
            user=user, item=lesson.key, state=State.FAILED
        ).update(state=State.OPENED)


@transaction.atomic
def complete_course(
    user: User, course: CoursePage, now: datetime | None = None
) -> CourseCompletion | None:
    """Record the finished course once all its required lessons are done; else None.

    Never taken back, whatever lessons are added later. The first time it issues the
    certificate and queues the mail.
    """
    _one_at_a_time(user, course)
    lessons = list(places.available([course]))
    required = [lesson for lesson in lessons if lesson.required] or lessons
    done = states(user, [lesson.key for lesson in required])
    if not required or any(done.get(one.key) != State.DONE for one in required):
        return None
    completion, created = CourseCompletion.objects.get_or_create(
        user=user,
        course=Course.objects.get(key=course.translation_key),
        defaults={
            "completed_at": now or current_time(),
            "syllabus": [
                {
                    "key": str(lesson.key),
                    "title": lesson.title,
                    "required": lesson.required,
                }
                for lesson in lessons
            ],
        },
    )
    if created:
        mails.completed(completion, certificates.course_completed(completion, course))
    return completion


def _one_at_a_time(user: User, course: CoursePage) -> None:
    """Until the transaction ends: two last lessons finished at once see each other."""
    keys = [user.pk % 2**31, int(course.translation_key) % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", keys)


def states(user: User, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Progress state by item key; lessons never opened are missing. One query."""
    return dict(
        ItemProgress.objects.filter(user=user, item__in=list(keys)).values_list(
            "item_id", "state"
        )
    )


def share(lessons: Iterable[LessonPage], done: Iterable[uuid.UUID]) -> int:
    """Percent 0..100, rounded down, of the required lessons that are done.

    All lessons count when none is required; no lessons count as 0.
    """
    rows = list(lessons)
    counted = {row.key for row in rows if row.required} or {row.key for row in rows}
    return 100 * len(counted & set(done)) // len(counted) if counted else 0


def is_fresh(lesson: LessonPage, finished_at: datetime | None) -> bool:
    """Whether the lesson was published after the student finished the course."""
    published = lesson.first_published_at
    return bool(finished_at and published and published > finished_at)


def percent(course: CoursePage, user: User) -> int:
    """Share of the course's required live lessons that the student completed, 0..100.

    100 for a finished course, even if lessons were added since. Three queries.
    """
    if CourseCompletion.objects.filter(
        user=user, course=course.translation_key
    ).exists():
        return 100
    lessons = list(places.available([course]))
    found = states(user, [lesson.key for lesson in lessons])
    return share(lessons, [key for key, state in found.items() if state == State.DONE])


def next_lesson(course: CoursePage, user: User) -> LessonPage | None:
    """The lesson to continue with: the first one after the last opened that is not done.

    Falls back to the first open one of the course; None when all are done.
    """
    lessons = list(places.available([course]))
    return first_open(lessons, _rows(user, lessons))


def first_open(
    lessons: list[LessonPage],
    rows: Mapping[uuid.UUID, ItemProgress] | Mapping[uuid.UUID, Progress],
) -> LessonPage | None:
    """The rule of next_lesson, for callers that have the rows."""
    opened = [one for one in lessons if one.key in rows]
    start = 0
    if opened:
        latest = max(opened, key=lambda one: rows[one.key].last_opened)
        start = lessons.index(latest)
    for lesson in lessons[start:] + lessons[:start]:
        if lesson.key not in rows or rows[lesson.key].state != State.DONE:
            return lesson
    return None


def _rows(user: User, lessons: list[LessonPage]) -> dict[uuid.UUID, ItemProgress]:
    found = ItemProgress.objects.filter(
        user=user, item__in=[one.key for one in lessons]
    )
    return {row.item_id: row for row in found}
