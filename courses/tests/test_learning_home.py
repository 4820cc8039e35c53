"""Learning beside the work: the administration's first page and the lesson's editor."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from courses import enrolment, learning_home, progress, quiz
from courses.models import ItemProgress
from courses.tests import make

pytestmark = pytest.mark.django_db
LONG = now() - timedelta(days=40)


@pytest.fixture
def page():
    return make.with_quiz()


@pytest.fixture
def row(page):
    return make.row_of(page)


def test_the_first_page_tells_the_week(owner, make_user, client_of, page, row):
    first, _second, last = make.lessons_of(page)
    for n in range(6):
        person = make_user(f"Student{n}")
        enrolment.enrol(person, row)
        quiz.submit(person, last, "quiz-r", make.WRONG)
        progress.open_lesson(person, first)
    ItemProgress.objects.update(last_opened=LONG)
    found = learning_home.week(owner)
    assert found["joined"] == 6
    assert found["finished"] == 0
    assert found["stops"][0]["lesson"] in ("Quiz", "Lesson 1.1")
    assert {one["text"] for one in found["questions"]} == {
        "Question q1", "Question q2", "Question q3",
    }  # fmt: skip
    shown = client_of(owner).get(reverse("wagtailadmin_home")).content.decode()
    assert "Learning this week" in shown
    assert "Question q1" in shown


def test_editors_see_only_their_courses_and_students_nothing(
    editor, alice, client_of, row
):
    editor.groups.get().page_permissions.all().delete()
    assert not learning_home.week(editor)["shown"]
    cache.clear()
    assert client_of(alice).get(reverse("wagtailadmin_home")).status_code in (302, 403)


def test_the_lesson_editor_shows_how_students_get_on(
    owner, alice, bob, client_of, page, row
):
    lesson = make.lessons_of(page)[2]
    for person, given in ((alice, make.RIGHT), (bob, make.WRONG)):
        enrolment.enrol(person, row)
        progress.open_lesson(person, lesson)
        quiz.submit(person, lesson, "quiz-r", given)
    found = learning_home.of_lesson(lesson)
    assert found["step"].opened == 2
    assert found["hardest"].share_right == 50
    client = client_of(owner)
    url = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    shown = client.get(url).content.decode()
    assert "of 2 students opened it" in shown
    module = page.get_children().first()
    add = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", module.pk])
    assert "How students get on" not in client.get(add).content.decode()


def test_the_explorer_shows_what_students_do_in_one_more_statement(
    owner, alice, bob, client_of, page, row
):
    lesson = make.lessons_of(page)[0]
    for person in (alice, bob):
        enrolment.enrol(person, row)
        progress.open_lesson(person, lesson)
    progress.complete_lesson(alice, lesson)
    client = client_of(owner)
    module = page.get_children().first()
    for parent, heads in (
        (page.get_parent(), ("Students", "Finished, %")),
        (module, ("Opened", "Completed, %")),
    ):
        url = reverse("wagtailadmin_explore", args=[parent.pk])
        shown = client.get(url).content.decode()
        assert all(head in shown for head in heads)
        with CaptureQueriesContext(connection) as few:
            client.get(url)
        for n in range(3):
            if parent is module:
                make.lesson(module.specific, title=f"More {n}")
            else:
                make.course(title=f"More {n}", slug=f"more-{n}")
        with CaptureQueriesContext(connection) as many:
            client.get(url)
        assert len(many) - len(few) <= 3
    assert ">50<" in shown
