"""A plain-Python school: what must be true of records whatever editors do to pages.

Two halves. `Learning` remembers what students did, as a dictionary; no page operation may
change it. `expected_rows` computes the registry from the page tables alone, without any
code of courses.registry.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from courses.models import (
    CourseCompletion,
    CoursePage,
    Enrolment,
    Item,
    ItemProgress,
    LessonPage,
    ModulePage,
    QuizAttempt,
)

STEP = 4


@dataclass
class Learning:
    """progress: {(user, item key): state}; attempts: {(user, item key): number};
    finished: {(user, course key)}; places: {(user, course key): [open, closed]}."""

    progress: dict[tuple[int, uuid.UUID], str] = field(default_factory=dict)
    attempts: Counter[tuple[int, uuid.UUID]] = field(default_factory=Counter)
    finished: set[tuple[int, uuid.UUID]] = field(default_factory=set)
    places: dict[tuple[int, uuid.UUID], list[int]] = field(default_factory=dict)

    def opened(self, user: int, key: uuid.UUID) -> None:
        self.progress.setdefault((user, key), "opened")

    def has_records(self, keys: set[uuid.UUID]) -> bool:
        known = {key for _user, key in (*self.progress, *self.places, *self.finished)}
        return bool(known & keys)

    def check(self) -> None:
        """Nothing lost, nothing invented, every record has a title and a course."""
        rows = ItemProgress.objects.values_list(
            "user_id", "item_id", "state", "item__title", "item__course__title"
        )
        kept = {(row[0], row[1]): row[2] for row in rows}
        assert kept == self.progress, set(kept.items()) ^ set(self.progress.items())
        assert all(row[3] and row[4] for row in rows)
        attempts = QuizAttempt.objects.values_list("user_id", "item_id")
        assert Counter(attempts) == self.attempts
        done = CourseCompletion.objects.values_list("user_id", "course_id")
        assert sorted(done) == sorted(self.finished)
        places: dict[tuple[int, uuid.UUID], list[int]] = {}
        for user, course, ended in Enrolment.objects.values_list(
            "user_id", "course_id", "ended_at"
        ):
            places.setdefault((user, course), [0, 0])[ended is not None] += 1
        assert places == self.places


@dataclass
class Lesson:
    """A row of the page table. key: the lesson it shows; own: its translation key."""

    pk: int
    path: str
    live: bool
    own: uuid.UUID
    key: uuid.UUID
    alias: bool
    title: str
    required: bool


@dataclass
class Tree:
    """The pages as they are in the database now."""

    courses: dict[str, tuple[uuid.UUID, bool]]  # path: (key, live)
    modules: dict[str, tuple[uuid.UUID, bool]]
    lessons: list[Lesson]

    @classmethod
    def read(cls) -> "Tree":
        fields = ("path", "translation_key", "live")
        rows = LessonPage.objects.order_by("path").values_list(
            "pk", "path", "live", "translation_key", "alias_of__translation_key",
            "title", "required",
        )  # fmt: skip
        return cls(
            courses={
                p: (k, on) for p, k, on in CoursePage.objects.values_list(*fields)
            },
            modules={
                p: (k, on) for p, k, on in ModulePage.objects.values_list(*fields)
            },
            lessons=[
                Lesson(pk, path, live, own, of or own, bool(of), *rest)
                for pk, path, live, own, of, *rest in rows
            ],
        )

    def shown(self, lesson: Lesson) -> bool:
        module = self.modules[lesson.path[:-STEP]]
        course = self.courses[lesson.path[: -2 * STEP]]
        return lesson.live and module[1] and course[1]

    def of_course(self, path: str) -> list[Lesson]:
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
        """{lesson: (course, module, title, required, position)} of those not retired."""
        numbers = self.numbers()
        rows: dict[uuid.UUID, tuple[Any, ...]] = {}
        for lesson in sorted(self.lessons, key=lambda one: one.alias):
            if not self.shown(lesson) or lesson.key in rows:
                continue
            home = lesson.path
            if lesson.alias:
                originals = (x for x in self.lessons if not x.alias)
                home = next(x.path for x in originals if x.own == lesson.key)
            course = self.courses[home[: -2 * STEP]][0]
            module = self.modules[home[:-STEP]][0]
            rows[lesson.key] = (
                course, module, lesson.title, lesson.required, numbers[home]
            )  # fmt: skip
        return rows

    def check(self, identity: dict[int, uuid.UUID]) -> None:
        """The registry says what the tree says; every page shows the lesson it should."""
        rows = Item.objects.filter(retired_at=None).values_list(
            "key", "course_id", "module_key", "title", "required", "position"
        )
        kept, wanted = {row[0]: row[1:] for row in rows}, self.expected_rows()
        wrong = {k: (kept.get(k), wanted.get(k)) for k in kept | wanted}
        # the place is a cache for reports: which language gives it is not promised
        wrong = {
            k: both for k, both in wrong.items() if _facts(both[0]) != _facts(both[1])
        }
        assert not wrong, f"registry and tree differ: {wrong}"
        assert {one.pk: one.key for one in self.lessons} == identity


def _facts(row: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    return row and row[:4]
