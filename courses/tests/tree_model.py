"""A plain-Python school: what must be true of records whatever editors do to pages.

Two halves. `Learning` remembers what students did, as a dictionary; no page operation may
change it. `expected_rows` computes the registry from the page tables alone, without any
code of courses.registry. Both read the database in one plain statement, so that looking
after each of thousands of operations costs little.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

STEP = 4
COURSE, MODULE, LESSON = 4, 5, 6  # depths in the tree

TREE = """
SELECT page.id, page.path, page.depth, page.live, page.locale_id, page.translation_key,
       original.translation_key, page.title, lesson.required, page.numchild
FROM wagtailcore_page page
LEFT JOIN courses_lessonpage lesson ON lesson.page_ptr_id = page.id
LEFT JOIN wagtailcore_page original ON original.id = page.alias_of_id
WHERE page.depth >= 4 ORDER BY page.path
"""
# kind, person, item or course, state, how many, whether reports can name it
RECORDS = """
SELECT 'progress', one.user_id, one.item_id, one.state, 1, item.title <> '' AND course.title <> ''
FROM courses_itemprogress one
LEFT JOIN courses_item item ON item.key = one.item_id
LEFT JOIN courses_course course ON course.key = item.course_id
UNION ALL
SELECT 'attempt', user_id, item_id, '', count(*), bool_and(item.title <> '')
FROM courses_quizattempt LEFT JOIN courses_item item ON item.key = item_id GROUP BY 2, 3
UNION ALL
SELECT 'finished', user_id, course_id, '', count(*), bool_and(course.title <> '')
FROM courses_coursecompletion LEFT JOIN courses_course course ON course.key = course_id
GROUP BY 2, 3
UNION ALL
SELECT CASE WHEN ended_at IS NULL THEN 'place' ELSE 'left' END, user_id, course_id, '',
       count(*), bool_and(course.title <> '')
FROM courses_enrolment LEFT JOIN courses_course course ON course.key = course_id
GROUP BY 1, 2, 3
"""
REGISTRY = """
SELECT key, course_id, module_key, title, required, position
FROM courses_item WHERE retired_at IS NULL
"""
type Mark = tuple[int, uuid.UUID]


def rows_of(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@dataclass
class Learning:
    """progress: {(user, item key): state}; attempts: {(user, item key): number};
    passed: {(user, item key)}; finished: {(user, course key)}; places: {(user, course key): [open, closed]}."""

    progress: dict[Mark, str] = field(default_factory=dict)
    attempts: Counter[Mark] = field(default_factory=Counter)
    passed: set[Mark] = field(default_factory=set)
    finished: set[Mark] = field(default_factory=set)
    places: dict[Mark, list[int]] = field(default_factory=dict)

    def opened(self, user: int, key: uuid.UUID) -> None:
        self.progress.setdefault((user, key), "opened")

    def done_by(self, user: int) -> set[uuid.UUID]:
        mine = self.progress.items()
        return {key for (one, key), s in mine if (one, s) == (user, "done")}

    def has_records(self, keys: set[uuid.UUID]) -> bool:
        known = {key for _user, key in (*self.progress, *self.places, *self.finished)}
        return bool(known & keys)

    def expected(self) -> set[tuple[Any, ...]]:
        """The rows of RECORDS; True: reports can name each."""
        open_ones = {mark: n[0] for mark, n in self.places.items() if n[0]}
        closed = {mark: n[1] for mark, n in self.places.items() if n[1]}
        return {
            *(("progress", *mark, state, 1, True) for mark, state in self.progress.items()),
            *(("attempt", *mark, "", n, True) for mark, n in self.attempts.items()),
            *(("finished", *mark, "", 1, True) for mark in self.finished),
            *(("place", *mark, "", n, True) for mark, n in open_ones.items()),
            *(("left", *mark, "", n, True) for mark, n in closed.items()),
        }  # fmt: skip

    def check(self) -> None:
        """Nothing lost, nothing invented, every record has a title and a course."""
        kept = rows_of(RECORDS)
        wanted = self.expected()
        assert len(kept) == len(wanted)
        assert set(kept) == wanted, set(kept) ^ wanted


@dataclass(frozen=True)
class Row:
    """A page. key: the lesson it shows (its own key elsewhere); own: its translation key."""

    pk: int
    path: str
    depth: int
    live: bool
    locale: int
    own: uuid.UUID
    key: uuid.UUID
    alias: bool
    title: str
    required: bool
    children: int


@dataclass
class Tree:
    """The pages as they are in the database now, each kind by path."""

    courses: dict[str, Row]
    modules: dict[str, Row]
    lessons: list[Row]

    @classmethod
    def read(cls) -> "Tree":
        rows = [
            Row(pk, path, depth, live, locale, own, of or own, bool(of), *rest)
            for pk, path, depth, live, locale, own, of, *rest in rows_of(TREE)
        ]
        return cls(
            courses={row.path: row for row in rows if row.depth == COURSE},
            modules={row.path: row for row in rows if row.depth == MODULE},
            lessons=[row for row in rows if row.depth == LESSON],
        )

    def of_depth(self, depth: int) -> list[Row]:
        if depth == LESSON:
            return self.lessons
        return [*(self.courses if depth == COURSE else self.modules).values()]

    def pages(self) -> list[Row]:
        return [*self.courses.values(), *self.modules.values(), *self.lessons]

    def below(self, path: str) -> list[Row]:
        """The page and those below it."""
        return [row for row in self.pages() if row.path.startswith(path)]

    def keys_below(self, path: str) -> set[uuid.UUID]:
        return {key for row in self.below(path) for key in (row.own, row.key)}

    def shown(self, lesson: Row) -> bool:
        module = self.modules[lesson.path[:-STEP]]
        course = self.courses[lesson.path[: -2 * STEP]]
        return lesson.live and module.live and course.live

    def of_course(self, path: str) -> list[Row]:
        """The lessons a student sees in this course page."""
        return [x for x in self.lessons if x.path.startswith(path) and self.shown(x)]

    def required(self, path: str) -> set[uuid.UUID]:
        seen = self.of_course(path)
        return {x.key for x in seen if x.required} or {x.key for x in seen}

    def numbers(self) -> dict[str, int]:
        """Place of each lesson page: module × 1000 + lesson, drafts counted."""
        modules: Counter[str] = Counter()
        place: dict[str, int] = {}
        for path in sorted(self.modules):
            modules[path[:-STEP]] += 1
            place[path] = modules[path[:-STEP]]
        found: dict[str, int] = {}
        counts: Counter[str] = Counter()
        for lesson in self.lessons:
            module = lesson.path[:-STEP]
            counts[module] += 1
            found[lesson.path] = place[module] * 1000 + counts[module]
        return found

    def expected_rows(self) -> dict[uuid.UUID, tuple[Any, ...]]:
        """{lesson: (course, module, title, required, position)} of those not retired.

        An original decides before an alias does, the first in the tree before the others;
        of originals that nobody is shown, the oldest.
        """
        numbers = self.numbers()
        homes: dict[uuid.UUID, str] = {}
        for lesson in sorted(self.lessons, key=lambda one: one.pk):
            if not lesson.alias:
                homes.setdefault(lesson.own, lesson.path)
        rows: dict[uuid.UUID, tuple[Any, ...]] = {}
        for lesson in sorted(self.lessons, key=lambda one: one.alias):
            if not self.shown(lesson) or lesson.key in rows:
                continue
            home = homes[lesson.key] if lesson.alias else lesson.path
            course = self.courses[home[: -2 * STEP]].own
            module = self.modules[home[:-STEP]].own
            rows[lesson.key] = (
                course, module, lesson.title, lesson.required, numbers[home]
            )  # fmt: skip
        return rows

    def check(self, identity: dict[int, uuid.UUID]) -> None:
        """The registry says what the tree says; every page shows the lesson it should."""
        kept = {row[0]: tuple(row[1:]) for row in rows_of(REGISTRY)}
        wanted = self.expected_rows()
        wrong = {k: (kept.get(k), wanted.get(k)) for k in kept | wanted}
        wrong = {k: both for k, both in wrong.items() if both[0] != both[1]}
        assert not wrong, f"registry and tree differ: {wrong}"
        assert {one.pk: one.key for one in self.lessons} == identity
