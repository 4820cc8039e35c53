"""Where the lessons of some courses are and which page shows each, in one statement."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from courses.places import STEP

# A lesson page is shown when it and every page above it are published. Modules and lessons
# are numbered as they lie in the tree, drafts and aliases counted.
PLACES = f"""
WITH around AS (
    SELECT above.translation_key FROM courses_lessonpage lesson
    JOIN wagtailcore_page page ON page.id = lesson.page_ptr_id
    LEFT JOIN wagtailcore_page original ON original.id = page.alias_of_id
    JOIN wagtailcore_page above ON above.path = left(page.path, {-2 * STEP})
    WHERE page.translation_key = ANY(%(keys)s::uuid[])
       OR original.translation_key = ANY(%(keys)s::uuid[])
    UNION SELECT course_id FROM courses_item WHERE key = ANY(%(keys)s::uuid[])
    UNION SELECT unnest(%(courses)s::uuid[])
),
course AS (
    SELECT page.path, page.translation_key AS key, NOT EXISTS (
        SELECT FROM wagtailcore_page above
        WHERE NOT above.live AND above.depth > 1 AND starts_with(page.path, above.path)
    ) AS live
    FROM courses_coursepage JOIN wagtailcore_page page ON page.id = page_ptr_id
    WHERE page.translation_key IN (SELECT translation_key FROM around)
),
module AS (
    SELECT page.path, page.translation_key AS key, course.key AS course,
           course.live AND page.live AS live,
           row_number() OVER (PARTITION BY course.path ORDER BY page.path) AS n
    FROM courses_modulepage JOIN wagtailcore_page page ON page.id = page_ptr_id
    JOIN course ON course.path = left(page.path, {-STEP})
)
SELECT page.id, COALESCE(original.translation_key, page.translation_key),
       original.id IS NOT NULL, module.live AND page.live, page.title, lesson.required,
       module.course, module.key, 1000 * module.n
           + row_number() OVER (PARTITION BY module.path ORDER BY page.path),
       lesson.body @> '[{{"type": "quiz"}}]'
FROM courses_lessonpage lesson
JOIN wagtailcore_page page ON page.id = lesson.page_ptr_id
JOIN module ON module.path = left(page.path, {-STEP})
LEFT JOIN wagtailcore_page original ON original.id = page.alias_of_id
ORDER BY page.path
"""  # noqa: S608  our own numbers


@dataclass(frozen=True)
class LessonPlace:
    """One lesson page. position: module × 1000 + lesson, from 1. quiz: it has one."""

    page: int
    key: uuid.UUID
    alias: bool
    shown: bool
    title: str
    required: bool
    course: uuid.UUID
    module: uuid.UUID
    position: int
    quiz: bool


def read(
    keys: Collection[uuid.UUID], courses: Collection[uuid.UUID]
) -> list[LessonPlace]:
    """Every lesson page of these courses and of those that hold these lessons, in order."""
    values = {"keys": list(keys), "courses": list(courses)}
    with connection.cursor() as cursor:
        cursor.execute(PLACES, values)
        return [LessonPlace(*row) for row in cursor.fetchall()]


def shown(rows: Iterable[LessonPlace]) -> dict[uuid.UUID, LessonPlace]:
    """The page that shows each lesson to students: an original before an alias, else the
    first in the tree."""
    found: dict[uuid.UUID, LessonPlace] = {}
    for one in sorted(rows, key=lambda row: row.alias):
        if one.shown:
            found.setdefault(one.key, one)
    return found


def homes(rows: Iterable[LessonPlace]) -> dict[uuid.UUID, LessonPlace]:
    """Where each lesson belongs: its first original that is shown, else the oldest one.

    A lesson that only an alias shows stays in the place of its original: another draft of
    it, in a language whose pages come first, moves nothing.
    """
    found: dict[uuid.UUID, LessonPlace] = {}
    for one in sorted(rows, key=lambda row: 0 if row.shown else row.page):
        if not one.alias:
            found.setdefault(one.key, one)
    return found
