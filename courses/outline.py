"""A course's outline as one person sees it: every lesson with its state, in few queries."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.utils.timezone import now as current_time

from accounts.models import User
from courses import facts as facts_module
from courses import progress
from courses.access import Decision, decide, decide_course
from courses.facts import Facts, Person
from courses.models import CoursePage, ItemProgress, LessonPage, ModulePage
from courses.places import STEP, available

STATES = {
    ItemProgress.State.DONE: "done",
    ItemProgress.State.FAILED: "failed",
    ItemProgress.State.OPENED: "current",
}


@dataclass(frozen=True)
class LessonRow:
    """state: done, current (opened), todo, locked or failed."""

    page: LessonPage
    url: str
    state: str
    decision: Decision

    @property
    def key(self) -> uuid.UUID:
        return self.page.key


@dataclass(frozen=True)
class ModuleRow:
    page: ModulePage
    lessons: list[LessonRow]

    @property
    def minutes(self) -> int:
        return sum(row.page.minutes for row in self.lessons)

    @property
    def done(self) -> int:
        return sum(row.state == "done" for row in self.lessons)


@dataclass(frozen=True)
class Outline:
    """entry: whether the person may start the course (the rule without a lesson)."""

    course: CoursePage
    modules: list[ModuleRow]
    facts: Facts
    entry: Decision
    rows: dict[uuid.UUID, ItemProgress] = field(default_factory=dict)

    @property
    def lessons(self) -> list[LessonRow]:
        return [row for module in self.modules for row in module.lessons]

    @property
    def minutes(self) -> int:
        return self.course.minutes or sum(row.page.minutes for row in self.lessons)

    @property
    def done(self) -> int:
        return sum(row.state == "done" for row in self.lessons)

    @property
    def percent(self) -> int:
        pages = [row.page for row in self.lessons]
        return progress.share(
            pages, [row.key for row in self.lessons if row.state == "done"]
        )

    @property
    def next(self) -> LessonRow | None:
        """The lesson to continue with; None when all are done."""
        page = progress.first_open([row.page for row in self.lessons], self.rows)
        return next((row for row in self.lessons if row.page is page), None)

    def around(self, lesson: LessonPage) -> tuple[LessonRow | None, LessonRow | None]:
        """The lessons before and after this one."""
        rows: list[LessonRow | None] = [None, *self.lessons, None]
        for place, row in enumerate(rows):
            if row is not None and row.page.pk == lesson.pk:
                return rows[place - 1], rows[place + 1]
        return None, None


def outline(
    course: CoursePage,
    user: Person,
    now: datetime | None = None,
    *,
    request: HttpRequest | None = None,
) -> Outline:
    """Read the whole outline: at most 6 queries, whatever the number of lessons."""
    moment = now or current_time()
    modules = list(ModulePage.objects.child_of(course).live().order_by("path"))
    pages = list(available([course]))
    rows = _progress(user, pages)
    done = frozenset(
        k for k, row in rows.items() if row.state == ItemProgress.State.DONE
    )
    facts = facts_module.gather(user, course, moment, lessons=pages, done=done)
    base = course.get_url(request) or ""
    by_module: dict[str, list[LessonRow]] = {module.path: [] for module in modules}
    for page in pages:
        decision = decide(user, page, moment, facts=facts)
        row = LessonRow(
            page=page,
            url=base + page.url_path[len(course.url_path) :],
            state=_state(decision, rows.get(page.key)),
            decision=decision,
        )
        by_module[page.path[:-STEP]].append(row)
    return Outline(
        course=course,
        modules=[ModuleRow(module, by_module[module.path]) for module in modules],
        facts=facts,
        entry=decide_course(facts),
        rows=rows,
    )


def _progress(user: Person, pages: list[LessonPage]) -> dict[uuid.UUID, ItemProgress]:
    if not isinstance(user, User):
        return {}
    found = ItemProgress.objects.filter(
        user=user, item__in=[page.key for page in pages]
    )
    return {row.item_id: row for row in found}


def _state(decision: Decision, row: ItemProgress | None) -> str:
    """A finished lesson stays finished when access ended; an opened one locks."""
    if row is not None and row.state == ItemProgress.State.DONE:
        return "done"
    if not decision.allowed:
        return "locked"
    return STATES[ItemProgress.State(row.state)] if row is not None else "todo"
