"""A course's outline as one person sees it: every lesson with its state, in few queries."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.utils.timezone import now as current_time

from accounts.models import User
from courses import facts as facts_module
from courses import progress, standing
from courses.access import Decision, decide, decide_course
from courses.facts import Facts, Person
from courses.models import CoursePage, ItemProgress, LessonPage, ModulePage
from courses.places import STEP
from courses.standing import Progress, Standing

STATES = {
    ItemProgress.State.DONE: "done",
    ItemProgress.State.FAILED: "failed",
    ItemProgress.State.OPENED: "current",
}


@dataclass(frozen=True)
class LessonRow:
    """state: done, current (opened), todo, locked or failed.

    fresh: it came after the person finished the course, and waits for them.
    """

    page: LessonPage
    url: str
    state: str
    decision: Decision
    fresh: bool = False

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
    """entry: whether the person may start the course (the rule without a lesson).

    url: of the course. standing: what it was made from. completed_at: when the person finished the course.
    """

    course: CoursePage
    modules: list[ModuleRow]
    facts: Facts
    entry: Decision
    rows: dict[uuid.UUID, Progress] = field(default_factory=dict)
    completed_at: datetime | None = None
    url: str = ""
    standing: Standing | None = None

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
        if self.completed_at:
            return 100  # lessons added since are "new", never a step back
        pages = [row.page for row in self.lessons]
        return progress.share(
            pages, [row.key for row in self.lessons if row.state == "done"]
        )

    @property
    def next(self) -> LessonRow | None:
        """The lesson to continue with; None when all are done."""
        page = progress.first_open([row.page for row in self.lessons], self.rows)
        return next((row for row in self.lessons if row.page is page), None)

    def url_of(self, lesson: LessonPage) -> str:
        """The address of a lesson of this course."""
        tree = self.standing.structure.course if self.standing else self.course
        return self.url + str(lesson.url_path[len(tree.url_path) :])

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
    found: Standing | None = None,
    url: str | None = None,
) -> Outline:
    """The whole outline from one query, whatever the number of lessons.

    found, url: where the person stands and the course's address, from a caller who knows.
    A few queries more after the course's pages changed.
    """
    moment = now or current_time()
    found = found or standing_of(user, course, moment)
    facts = (
        facts_module.of_person(user, course, found, course_live=True)
        if isinstance(user, User)
        else facts_module.of_visitor(course, course_live=True)
    )
    base = course.get_url(request) or "" if url is None else url
    start = len(found.structure.course.url_path)
    modules: dict[str, list[LessonRow]] = {
        module.path: [] for module in found.structure.modules
    }
    for page in found.structure.lessons:
        decision = decide(user, page, moment, facts=facts)
        state = _state(decision, found.rows.get(page.key))
        row = LessonRow(
            page=page,
            url=base + page.url_path[start:],
            state=state,
            decision=decision,
            fresh=state != "done" and progress.is_fresh(page, found.completed_at),
        )
        modules[page.path[:-STEP]].append(row)
    return Outline(
        course=course,
        modules=[
            ModuleRow(module, modules[module.path])
            for module in found.structure.modules
        ],
        facts=facts,
        entry=decide_course(facts),
        rows=found.rows,
        completed_at=found.completed_at,
        url=base,
        standing=found,
    )


def standing_of(
    user: Person,
    course: CoursePage,
    now: datetime | None = None,
    *,
    item: uuid.UUID | None = None,
) -> Standing:
    """Where a visitor or a person stands. One query."""
    if isinstance(user, User):
        return standing.read(user, course.path, now, course=course, item=item)
    return standing.of_visitor(course.path, course=course)


def _state(decision: Decision, row: Progress | None) -> str:
    """A finished lesson stays finished when access ended; an opened one locks."""
    if row is not None and row.state == ItemProgress.State.DONE:
        return "done"
    if not decision.allowed:
        return "locked"
    return STATES[ItemProgress.State(row.state)] if row is not None else "todo"
