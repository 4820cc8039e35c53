"""More than 1,200 page operations by editors while students learn: nothing is lost.

The same sequence on every run (no randomness from outside). After each step the records
equal a plain dictionary that only students' actions change, and the registry equals what
the page tables alone say. See tree_model and tree_operations.
"""

import logging
from collections import Counter
from random import Random
from typing import Any

import pytest
from django.db import transaction
from wagtail.signal_handlers import disable_reference_index_auto_update

from courses import enrolment, progress, quiz
from courses.models import Course, CoursePage, LessonPage, ModulePage
from courses.tests import make
from courses.tests.tree_model import Learning, Tree
from courses.tests.tree_operations import Editors

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.thorough,
    pytest.mark.timeout(600),
]

PARTS = 2
WANTED = 600  # page operations in each part
STEPS = 100
EXAMPLES = 8  # in each part
NUMBERS = 5040
OPERATIONS = (
    "create", "edit", "edit", "publish", "publish", "publish", "unpublish", "schedule",
    "revert", "reorder", "reorder", "move_inside", "move_away", "copy", "translate",
    "alias", "detach", "delete", "delete", "delete",
)  # fmt: skip
LEARNING = ("open", "complete", "complete", "undo", "quiz", "enrol", "withdraw")

LOG = logging.getLogger(__name__)


class School:
    """Two courses, their editors and three students, from the first operation on."""

    def __init__(self, people: list[Any], owner: Any, client: Any) -> None:
        self.people = people
        self.learning = Learning()
        self.editors = Editors(owner, client, self.learning)
        self.turn = 0
        self.done: Counter[str] = Counter()
        self.story: list[tuple[str, int, int]] = []

    def live(self, chance: Random) -> None:
        """STEPS operations and, at the end, everybody's percent in every course."""
        for _number in range(STEPS):
            what, does = chance.choice(OPERATIONS), chance.choice(LEARNING)
            n, m = chance.randrange(NUMBERS), chance.randrange(NUMBERS)
            self.step(what, n, m, chance.randrange(3), does)
        for path in Tree.read().courses:
            for person in self.people:
                self.check_percent(path, person)

    def step(self, what: str, n: int, m: int, who: int, does: str) -> None:
        """One operation of an editor; every other time a student does something too."""
        if not getattr(self.editors, what)(n, m):
            what = "edit"
            if not self.editors.edit(n, 1):
                return
        self.done[what] += 1
        self.story.append((what, n, m))
        self.learning.check()
        if n % 2:
            self.learn(does, self.people[who], m)
        tree = Tree.read()
        tree.check(self.editors.identity)
        self.turn += 1
        if self.turn % 5 == 0:
            path = sorted(tree.courses)[m % len(tree.courses)]
            self.check_percent(path, self.people[who])

    # -- students ------------------------------------------------------------------

    def learn(self, does: str, person: Any, n: int) -> None:
        tree = Tree.read()
        shown = [one for one in tree.lessons if tree.shown(one)]
        if not shown:
            return
        one = shown[n % len(shown)]
        lesson = LessonPage.objects.get(pk=one.pk)
        getattr(self, f"{does}_")(person, lesson, tree)
        self.learning.check()

    def open_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        progress.open_lesson(person, lesson)
        self.learning.opened(person.pk, lesson.key)

    def complete_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        mark = (person.pk, lesson.key)
        try:
            progress.complete_lesson(person, lesson)
        except progress.NotPassedError:
            return
        if self.learning.progress.get(mark) != "done":
            self.learning.progress[mark] = "done"
            self.finish(person, lesson, tree)

    def finish(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        path = lesson.path[:-8]
        done = {
            key
            for (user, key), state in self.learning.progress.items()
            if (user, state) == (person.pk, "done")
        }
        if tree.required(path) <= done:
            self.learning.finished.add((person.pk, tree.courses[path][0]))

    def undo_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        mark = (person.pk, lesson.key)
        known = self.learning.progress.get(mark) == "done"
        assert progress.undo_complete(person, lesson) is known
        if known:
            self.learning.progress[mark] = "opened"

    def quiz_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        if not any(child.block_type == "quiz" for child in lesson.body):
            return
        right = len(self.learning.attempts) % 2 == 0
        attempt = quiz.submit(
            person, lesson, "quiz-r", make.RIGHT if right else make.WRONG
        )
        assert attempt.passed is right
        mark = (person.pk, lesson.key)
        self.learning.attempts[mark] += 1
        if self.learning.progress.get(mark) != "done":
            self.learning.progress[mark] = "done" if right else "failed"
            if right:
                self.finish(person, lesson, tree)

    def enrol_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        key = tree.courses[lesson.path[:-8]][0]
        enrolment.enrol(person, Course.objects.get(key=key))
        self.learning.places.setdefault((person.pk, key), [0, 0])[0] = 1

    def withdraw_(self, person: Any, lesson: LessonPage, tree: Tree) -> None:
        key = tree.courses[lesson.path[:-8]][0]
        course = Course.objects.get(key=key)
        place = self.learning.places.get((person.pk, key), [0, 0])
        assert enrolment.withdraw(person, course, reason="left") is (place[0] == 1)
        if place[0]:
            self.learning.places[(person.pk, key)] = [0, place[1] + 1]

    def check_percent(self, path: str, person: Any) -> None:
        """0..100; 100 for a finished course; else the share of what is done."""
        tree = Tree.read()
        key = tree.courses[path][0]
        percent = progress.percent(CoursePage.objects.get(path=path), person)
        if (person.pk, key) in self.learning.finished:
            assert percent == 100
            return
        asked = {
            one.key
            for one in tree.of_course(path)
            if one.required or not any(x.required for x in tree.of_course(path))
        }
        if not tree.courses[path][1]:
            assert 0 <= percent <= 100
            return
        done = {
            k
            for (user, k), s in self.learning.progress.items()
            if (user, s) == (person.pk, "done")
        }
        assert percent == (100 * len(asked & done) // len(asked) if asked else 0)


def build() -> None:
    """Two courses of two modules; one lesson of each asks for its quiz."""
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


@pytest.mark.parametrize("part", range(PARTS))
def test_records_survive_any_order_of_page_operations(
    part: int,
    make_user: Any,
    owner: Any,
    client_of: Any,
    record_property: Any,
    settings: Any,
) -> None:
    """PARTS × WANTED operations; the search and reference indexes are not in question."""
    settings.WAGTAILSEARCH_BACKENDS = {
        name: {**backend, "AUTO_UPDATE": False}
        for name, backend in settings.WAGTAILSEARCH_BACKENDS.items()
    }
    build()
    people = [make_user(name) for name in ("Ana", "Ben", "Cai")]
    done: Counter[str] = Counter()
    client = client_of(owner)

    def life(number: int) -> None:
        savepoint = transaction.savepoint_create()
        school = School(people, owner, client)
        try:
            school.live(Random(number))  # noqa: S311  a story, not a secret
        except AssertionError as error:
            error.add_note(f"story {number}, {len(school.story)}: {school.story[-4:]}")
            raise
        finally:
            done.update(school.done)
            transaction.savepoint_rollback(savepoint)

    with disable_reference_index_auto_update():
        for number in range(EXAMPLES):
            life(part * 1000 + number)
    total = sum(done.values())
    record_property("page_operations", total)
    LOG.info("%s page operations: %s", total, dict(done.most_common()))
    assert total >= WANTED
    assert set(OPERATIONS) <= set(done)
