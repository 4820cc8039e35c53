"""Stories of a school, told by hypothesis: editors change pages while students learn.

A story is one run of a state machine: every step is a page operation or something a
student does, chosen with its numbers by hypothesis. After each step the records equal a
plain dictionary that only students' actions change, and the registry equals what the page
tables alone say. The same stories on every run (a fixed seed for each file of tests).
"""

import gc
import logging
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from wagtail.models import Locale
from wagtail.signal_handlers import disable_reference_index_auto_update

from courses import enrolment, progress, quiz, reports
from courses.models import Course, CoursePage, LessonPage, ModulePage
from courses.tests import make
from courses.tests.tree_model import STEP, Learning, Row, Tree
from courses.tests.tree_operations import Editors

LOG = logging.getLogger(__name__)
# in each of the two files; AMI_STORIES=52 plays more than 10,000 operations (8 minutes)
STORIES = int(os.environ.get("AMI_STORIES", "20"))
FULLY = 10  # percentages are asked for after every so many operations
NUMBERS = st.integers(0, 5039)
PEOPLE = st.integers(0, 2)
OPERATIONS = (
    "create", "edit", "edit", "publish", "publish", "unpublish", "schedule", "revert",
    "reorder", "move_inside", "move_away", "copy", "translate", "alias", "detach",
    "delete", "delete_by_admin", "delete_by_bulk", "delete_by_api",
)  # fmt: skip
LEARNING = (
    "",
    "",
    "",
    "",
    "open",
    "complete",
    "complete",
    "undo",
    "quiz",
    "enrol",
    "withdraw",
)
OTHERWISE = ("reorder", "unpublish", "publish", "edit", "move_inside")


@dataclass
class Stage:
    """What every story starts from, and what all of them together did."""

    owner: Any
    client: Any
    people: list[Any]
    done: Counter[str] = field(default_factory=Counter)
    learned: Counter[str] = field(default_factory=Counter)


class Story(RuleBasedStateMachine):
    """Two courses, their editors and three students; everything is undone at the end."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint_create()
        self.people = self.stage.people
        self.learning = Learning()
        self.editors = Editors(self.stage.owner, self.stage.client, self.learning)
        self.turn = 0

    @rule(
        what=st.sampled_from(OPERATIONS),
        n=NUMBERS,
        m=NUMBERS,
        does=st.sampled_from(LEARNING),
        who=PEOPLE,
    )
    def step(self, what: str, n: int, m: int, does: str, who: int) -> None:
        """A page operation; another one when it finds no page. Then perhaps a student."""
        for name in (what, *OTHERWISE[m % 5 :], *OTHERWISE[: m % 5]):
            if getattr(self.editors, name)(n, m):
                self.stage.done[name] += 1
                break
        self.editors.tree = Tree.read()
        if does:
            self.learn(does, who, n)
        self.turn += 1
        if self.turn % FULLY == 0:
            tree = self.editors.tree
            path = sorted(tree.courses)[m % len(tree.courses)]
            self.check_percent(path, self.people[who])

    @invariant()
    def nothing_is_lost(self) -> None:
        self.learning.check()
        self.editors.tree.check(self.editors.identity)

    def teardown(self) -> None:
        try:
            self.check_reports()
        finally:
            transaction.savepoint_rollback(self.before)

    # -- students ------------------------------------------------------------------

    def learn(self, does: str, who: int, n: int) -> None:
        tree = self.editors.tree
        shown = [one for one in tree.lessons if tree.shown(one)]
        if not shown:
            return
        self.stage.learned[does] += 1
        lesson = LessonPage.objects.get(pk=shown[n % len(shown)].pk)
        getattr(self, f"{does}_")(self.people[who], lesson)

    def open_(self, person: Any, lesson: LessonPage) -> None:
        progress.open_lesson(person, lesson)
        self.learning.opened(person.pk, lesson.key)

    def complete_(self, person: Any, lesson: LessonPage) -> None:
        mark = (person.pk, lesson.key)
        try:
            progress.complete_lesson(person, lesson)
        except progress.NotPassedError:
            return
        if self.learning.progress.get(mark) != "done":
            self.learning.progress[mark] = "done"
            self.finish(person, lesson)

    def course_of(self, lesson: LessonPage) -> Row:
        return self.editors.tree.courses[lesson.path[: -2 * STEP]]

    def finish(self, person: Any, lesson: LessonPage) -> None:
        course = self.course_of(lesson)
        asked = self.editors.tree.required(course.path)
        if asked <= self.learning.done_by(person.pk):
            self.learning.finished.add((person.pk, course.own))

    def undo_(self, person: Any, lesson: LessonPage) -> None:
        mark = (person.pk, lesson.key)
        known = self.learning.progress.get(mark) == "done"
        assert progress.undo_complete(person, lesson) is known
        if known:
            self.learning.progress[mark] = "opened"

    def quiz_(self, person: Any, lesson: LessonPage) -> None:
        if not any(child.block_type == "quiz" for child in lesson.body):
            return
        right = len(self.learning.attempts) % 2 == 0
        attempt = quiz.submit(
            person, lesson, "quiz-r", make.RIGHT if right else make.WRONG
        )
        assert attempt.passed is right
        mark = (person.pk, lesson.key)
        self.learning.attempts[mark] += 1
        if right:
            self.learning.passed.add(mark)
        if self.learning.progress.get(mark) != "done":
            passed = mark in self.learning.passed  # once is enough
            self.learning.progress[mark] = "done" if passed else "failed"
            if passed:
                self.finish(person, lesson)

    def enrol_(self, person: Any, lesson: LessonPage) -> None:
        key = self.course_of(lesson).own
        enrolment.enrol(person, Course.objects.get(key=key))
        self.learning.places.setdefault((person.pk, key), [0, 0])[0] = 1

    def withdraw_(self, person: Any, lesson: LessonPage) -> None:
        key = self.course_of(lesson).own
        course = Course.objects.get(key=key)
        place = self.learning.places.get((person.pk, key), [0, 0])
        assert enrolment.withdraw(person, course, reason="left") is (place[0] == 1)
        if place[0]:
            self.learning.places[(person.pk, key)] = [0, place[1] + 1]

    # -- what people are shown -------------------------------------------------------

    def check_percent(self, path: str, person: Any) -> None:
        """0..100; 100 for a finished course; else the share of what is done."""
        tree = self.editors.tree
        course = tree.courses[path]
        percent = progress.percent(CoursePage.objects.get(path=path), person)
        if (person.pk, course.own) in self.learning.finished:
            assert percent == 100
            return
        assert 0 <= percent <= 100
        if course.live:
            asked = tree.required(path)
            done = asked & self.learning.done_by(person.pk)
            assert percent == (100 * len(done) // len(asked) if asked else 0)

    def check_reports(self) -> None:
        """Everybody's percent in every course; every place stands in the report."""
        for path in self.editors.tree.courses:
            for person in self.people:
                self.check_percent(path, person)
        rows = list(reports.students(Course.objects.all()))
        listed = Counter((row.user_id, row.course_id) for row in rows)
        assert listed == {mark: sum(n) for mark, n in self.learning.places.items()}
        assert all(0 <= reports.percent(row) <= 100 for row in rows)


def build() -> None:
    """Two courses of two modules, of two lessons each: one has only its quiz."""
    Locale.objects.get_or_create(language_code="en")
    make.home("es")
    for title in ("Risk", "Charts"):
        page = make.course(title=title, slug=title.lower(), modules=2, lessons=1)
        for module in ModulePage.objects.child_of(page):
            make.lesson(
                module,
                title=f"Quiz of {title} {module.title}",
                slug=f"quiz-{module.pk}",
                body=[make.quiz()],
                completion="quiz",
            )


def tell(stage: Stage, *, number: int, stories: int, steps: int) -> None:
    """Run that many stories of that many steps from the database as it is.

    number: the seed. The search and reference indexes are not in question: the caller
    turns the first off. A failing story is printed as it is, not made shorter: replaying
    it for that takes minutes (add Phase.shrink to have it).
    """
    chosen = settings(
        database=None,
        deadline=None,
        max_examples=stories,
        stateful_step_count=steps,
        phases=[Phase.generate],
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    machine = seed(number)(type("Story", (Story,), {"stage": stage}))
    gc.collect()
    gc.freeze()
    try:
        with disable_reference_index_auto_update():
            run_state_machine_as_test(machine, settings=chosen)
    finally:
        gc.unfreeze()
    LOG.info("%s page operations: %s", stage.done.total(), stage.done.most_common())


def check_all_happened(stage: Stage, *, wanted: int) -> None:
    assert stage.done.total() >= wanted
    assert set(OPERATIONS) <= set(stage.done)
    assert set(LEARNING) - {""} <= set(stage.learned)
